package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A browser shows the page: text on it, and every chart painted.
func TestPageInBrowser(t *testing.T) {
	browser := findBrowser(t)
	page, err := filepath.Abs(filepath.Join(t.TempDir(), "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Output(), options{page: page, today: "2026-06-30"}); err != nil {
		t.Fatal(err)
	}
	picture := screenshot(t, browser, page)
	colors := make(map[color.Color]int)
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			colors[picture.At(x, y)]++
		}
	}
	if len(colors) < 200 {
		t.Errorf("%d colors on the page: it is blank, or nearly so", len(colors))
	}
	for name, c := range inks {
		if n := colors[c]; n < 500 {
			t.Errorf("%d pixels of the color %q", n, name)
		}
	}
	// Utilisation of pools and of licenses, idle seats, expirations, spend, waste.
	areas := paintedAreas(picture)
	t.Logf("%d colors; charts are painted at %v", len(colors), areas)
	if len(areas) < 6 {
		t.Errorf("charts are painted at %d places; want six at least", len(areas))
	}
}

// inks are the colors of bars on a light page.
var inks = map[string]color.Color{
	"used":       color.RGBA{0x1f, 0x6f, 0xb4, 0xff},
	"over":       color.RGBA{0xc8, 0x40, 0x2a, 0xff},
	"idle":       color.RGBA{0xe0, 0xa0, 0x21, 0xff},
	"unassigned": color.RGBA{0x8a, 0x97, 0xa8, 0xff},
	"trial":      color.RGBA{0x17, 0x94, 0x7a, 0xff},
}

func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("ISVKIT_NO_SKIP") != "" {
		t.Fatal("no Chromium is installed, and ISVKIT_NO_SKIP is set")
	}
	t.Skip("no Chromium is installed: the page was not looked at")
	return ""
}

// screenshot returns what a browser shows of a page, in a window that has room for
// all of it.
func screenshot(t *testing.T, browser, page string) image.Image {
	t.Helper()
	profile, err := os.MkdirTemp("", "report-browser-")
	if err != nil {
		t.Fatal(err)
	}
	// A browser's last child can still write to its profile: what is left then is left.
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	file := filepath.Join(t.TempDir(), "page.png")
	out, err := exec.CommandContext(t.Context(), browser,
		"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
		"--force-color-profile=srgb", "--user-data-dir="+profile, "--screenshot="+file, "--window-size=1200,8000", "file://"+filepath.ToSlash(page),
	).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, out)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// paintedAreas returns from which row of pixels to which bars are painted: at least 40
// rows, not more than 60 apart. Swatches and underlined words are lower.
func paintedAreas(picture image.Image) (areas [][2]int) {
	for y := range picture.Bounds().Dy() {
		if !hasBar(picture, y) {
			continue
		}
		if last := len(areas) - 1; last >= 0 && y-areas[last][1] <= 60 {
			areas[last][1] = y
		} else {
			areas = append(areas, [2]int{y, y})
		}
	}
	tall := areas[:0]
	for _, a := range areas {
		if a[1]-a[0] >= 40 {
			tall = append(tall, a)
		}
	}
	return tall
}

// hasBar reports whether a row of pixels has 15 of one bar's color on end.
func hasBar(picture image.Image, y int) bool {
	var last color.Color
	on := 0
	for x := range picture.Bounds().Dx() {
		c := picture.At(x, y)
		if c != last {
			last, on = c, 0
		}
		if on++; on >= 15 && isInk(c) {
			return true
		}
	}
	return false
}

func isInk(c color.Color) bool {
	for _, i := range inks {
		if c == i {
			return true
		}
	}
	return false
}
