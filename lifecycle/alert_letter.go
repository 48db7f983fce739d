package lifecycle

import (
	"errors"
	"io"
	"strings"
	"text/template"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// The plain words of an alert, where its rule has no template.
const (
	plainSubject = `{{with .Package.Name}}{{.}} {{end}}{{.License.ID}}: {{.Alert.Kind}}`
	plainText    = `License {{.License.ID}} of org {{with .Org.Name}}{{.}} ({{$.License.Org}}){{else}}{{.License.Org}}{{end}}` +
		`{{with .Package.Name}} for {{.}}{{end}}: {{.Alert.Kind}}, on {{.Alert.Due}}.` +
		`{{if not .Alert.User.IsZero}} User {{.Alert.User}} has not logged in for {{.Alert.Days}} days.` +
		`{{else if eq .Alert.Kind "unused"}} Last used on {{.Alert.Last}}.` +
		`{{else if not .Alert.Last.IsZero}} Last day: {{.Alert.Last}}.{{end}}` +
		`{{with .Alert.Field}} Vendor and subscriber org differ in: {{.}}.{{end}}` +
		`{{if or .Alert.Used .Alert.Seats}} {{.Alert.Used}} of {{.Alert.Seats}} seats are used.{{end}}` +
		`{{if .Alert.Late}} Recorded late, on {{.Alert.At.Format "2006-01-02"}}.{{end}}`
)

// LetterError says that a template of an alert rule cannot be parsed or executed. Its
// text holds nothing of the alert; Err, which it wraps, may.
type LetterError struct {
	Part string // "subject" or "text"
	Err  error
}

// Error names the part.
func (e *LetterError) Error() string {
	return errtext.Line("lifecycle: the template of the ", e.Part, " of an alert failed: ", withoutAddresses(e.Err.Error()))
}

// Unwrap returns the error of the template.
func (e *LetterError) Unwrap() error { return e.Err }

// parseLetter parses a template, and tries it on a letter with everything and on one
// with little.
func parseLetter(part, text, plain string, kind AlertKind) (*template.Template, error) {
	if text == "" {
		text = plain
	}
	t, err := template.New(part).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, &LetterError{part, err}
	}
	for _, letter := range []Letter{fullLetter(kind), {Alert: Alert{Kind: kind}}} {
		if _, err := render(part, t, letter); err != nil {
			return nil, err
		}
	}
	return t, nil
}

const maxLetter = 1 << 20 // bytes

func render(part string, t *template.Template, l Letter) (string, error) {
	page := &page{}
	if err := t.Execute(page, l); err != nil {
		return "", &LetterError{part, err}
	}
	return page.String(), nil
}

// page is text of limited length.
type page struct{ strings.Builder }

var _ io.Writer = (*page)(nil)

func (p *page) Write(text []byte) (int, error) {
	if p.Len()+len(text) > maxLetter {
		return 0, errors.New("the letter is longer than a megabyte")
	}
	return p.Builder.Write(text)
}

// fullLetter returns a made-up letter with every field set.
func fullLetter(kind AlertKind) Letter {
	day := license.MustDate("2026-06-30")
	noon := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	return Letter{
		Alert: Alert{
			ID: AlertID{"rule/L-00001/1"}, License: 1, Number: 1, Rule: "rule", Kind: kind, Due: day, At: noon, Late: true,
			Days: 30, BasisPoints: 8000, Last: day, Used: 8, Seats: 10, Field: license.DriftSeats, User: seats.MustUserID("user"),
		},
		License: license.License{
			ID: 1, Org: pkgversion.MustOrgID("org"), Package: pkgversion.MustPackageID("package"), InstalledAt: noon, LeadName: "Name",
			Terms: license.Terms{Status: license.Active, Seats: license.MustSeats(10), Expiration: license.LastDay(day)},
		},
		Org:     license.Org{ID: pkgversion.MustOrgID("org"), Name: "Org"},
		Package: pkgversion.Package{ID: pkgversion.MustPackageID("package"), Name: "Package", Namespace: "ns"},
		Person:  lead.Person{FirstName: "First", LastName: "Last"},
	}
}

// withoutAddresses returns text with everything left out that may be an e-mail address.
func withoutAddresses(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if strings.Contains(word, "@") {
			words[i] = "(not shown: it may be an address)"
		}
	}
	return strings.Join(words, " ")
}
