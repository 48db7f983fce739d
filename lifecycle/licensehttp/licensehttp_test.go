package licensehttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/licensehttp"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

var (
	vendor = lifecycle.Actor{Vendor: pkgversion.MustVendorID("acme"), ID: lifecycle.MustActorID("olga")}
	rocket = pkgversion.MustPackageID("rocket")
	org    = pkgversion.MustOrgID("umbra-org")
)

// world is a vendor with one license of two seats, of which ada holds one.
type world struct {
	*lifecycle.Manager
	checker *lifecycle.Checker
	clock   time.Time
}

// newWorld returns one, closed with t. The Examples leave theirs to the end of the program.
func newWorld(t *testing.T) *world {
	w := &world{clock: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	m, err := lifecycle.New(lifecycle.Config{Store: &lifecycle.MemStore{}, Now: func() time.Time { return w.clock }})
	check(err)
	w.Manager = m
	_, err = m.RegisterPackage(context.Background(), vendor, lifecycle.Registration{Package: pkgversion.Package{ID: rocket},
		Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(2)}})
	check(err)
	version := pkgversion.PackageVersion{ID: pkgversion.MustVersionID("v1"), Package: rocket, Version: pkgversion.MustVersion("1.0")}
	check(m.PublishVersion(context.Background(), vendor, lifecycle.PublishVersion{Version: version}))
	_, err = m.Install(context.Background(), vendor, lifecycle.Installed{Notice: lifecycle.Notice{Org: license.Org{ID: org}},
		Installation: license.MustInstallationID("i1"), Package: rocket, Version: version.ID})
	check(err)
	_, err = m.Assign(context.Background(), vendor, lifecycle.Assign{License: 1, Users: []seats.UserID{seats.MustUserID("ada")}})
	check(err)
	w.checker, err = lifecycle.NewChecker(context.Background(), lifecycle.CheckerConfig{Manager: m, Actor: vendor, MaxAge: time.Hour})
	check(err)
	if t != nil {
		t.Cleanup(w.checker.Close)
	}
	return w
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func (w *world) terms(change func(*license.Terms)) {
	l, err := w.License(context.Background(), vendor, 1)
	check(err)
	change(&l.Terms)
	_, err = w.Modify(context.Background(), vendor, lifecycle.Modify{License: 1, Terms: l.Terms, Revision: l.Revision})
	check(err)
}

// ask sends a request through Require and returns the answer, and whether the handler
// behind it was called.
func (w *world) ask(t *testing.T, method, user string, set ...func(*licensehttp.Config)) (*http.Response, licensehttp.Problem, bool) {
	t.Helper()
	config := licensehttp.Config{Checker: w.checker, Package: rocket, Who: whoAsks}
	for _, f := range set {
		f(&config)
	}
	called := false
	server := httptest.NewServer(licensehttp.Require(config)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		called = true
		if answer, ok := licensehttp.Answer(r); ok != (method != http.MethodOptions) || ok != answer.Licensed() {
			t.Errorf("the handler finds %v, %t", answer, ok)
		}
	})))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), method, server.URL, nil)
	check(err)
	request.Header.Set("X-User", user)
	response, err := server.Client().Do(request)
	check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(err)
	for _, private := range []string{"ada", "eve", org.String(), "L-0000", "acme"} {
		if strings.Contains(string(body), private) {
			t.Errorf("the answer shows %q: %s", private, body)
		}
	}
	var problem licensehttp.Problem
	if len(body) > 0 {
		check(json.Unmarshal(body, &problem))
		if problem.Status != response.StatusCode || response.Header.Get("Content-Type") != "application/problem+json" ||
			response.Header.Get("Cache-Control") != "no-store" || problem.Type == "" || problem.Detail == "" {
			t.Errorf("answered %v %s", response.Header, body)
		}
	}
	return response, problem, called
}

// Every reason has its status, and its remedy.
func TestStatuses(t *testing.T) {
	for name, c := range map[string]struct {
		user   string
		happen func(*world)
		config func(*licensehttp.Config)
		status int
		reason license.Reason
	}{
		"licensed": {user: "ada", status: 200},
		"no seat":  {user: "eve", status: 403, reason: license.DeniedNoSeat},
		"nobody":   {user: "", status: 403},
		"expired": {user: "ada", status: 402, reason: license.DeniedExpired, happen: func(w *world) {
			w.terms(func(t *license.Terms) { t.Expiration = license.LastDay(license.DateOf(w.clock)) })
			w.clock = w.clock.AddDate(0, 0, 2)
		}},
		"suspended": {user: "ada", status: 403, reason: license.DeniedSuspended, happen: func(w *world) {
			w.terms(func(t *license.Terms) { t.Status = license.Suspended })
		}},
		"uninstalled": {user: "ada", status: 402, reason: license.DeniedUninstalled, happen: func(w *world) {
			_, err := w.Uninstall(context.Background(), vendor, lifecycle.Uninstalled{Notice: lifecycle.Notice{Org: license.Org{ID: org}},
				Installation: license.MustInstallationID("i1"), Package: rocket})
			check(err)
		}},
		"another org": {user: "ada", status: 402, reason: license.DeniedUnknown, config: func(c *licensehttp.Config) {
			c.Who = func(*http.Request) (pkgversion.OrgID, seats.UserID, error) {
				return pkgversion.MustOrgID("other-org"), seats.MustUserID("ada"), nil
			}
		}},
		"no such package": {user: "ada", status: 500, config: func(c *licensehttp.Config) { c.Package = pkgversion.MustPackageID("none") }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.happen != nil {
				c.happen(w)
			}
			check(w.checker.CatchUp(t.Context()))
			config := c.config
			if config == nil {
				config = func(*licensehttp.Config) {}
			}
			response, problem, called := w.ask(t, http.MethodGet, c.user, config)
			if response.StatusCode != c.status || called != (c.status == 200) {
				t.Fatalf("answered %d, want %d; handler called: %t", response.StatusCode, c.status, called)
			}
			if len(problem.Causes) > 0 && (problem.Causes[0] != c.reason || problem.Title != c.reason.String() || len(problem.Remedies) == 0) {
				t.Errorf("answered %+v, want %v", problem, c.reason)
			}
		})
	}
}

// D3: what cannot be known is neither a yes nor a no, unless the program says for how
// long it lets users in.
func TestUnknown(t *testing.T) {
	w := newWorld(t)
	w.clock = w.clock.Add(2 * time.Hour)
	response, problem, called := w.ask(t, http.MethodGet, "ada")
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "1" || called || len(problem.Causes) > 0 {
		t.Errorf("answered %d %v, %+v", response.StatusCode, response.Header, problem)
	}
	tolerant := func(c *licensehttp.Config) { c.StaleUpTo = lifecycle.StaleUpTo(24 * time.Hour) }
	if response, _, called := w.ask(t, http.MethodGet, "ada", tolerant); response.StatusCode != 200 || !called {
		t.Errorf("answered %d, want what was known last", response.StatusCode)
	}
	if response, _, _ := w.ask(t, http.MethodGet, "eve", tolerant); response.StatusCode != 403 {
		t.Errorf("answered %d, want a no that nothing overrides", response.StatusCode)
	}
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	response, _, called := w.ask(t, http.MethodHead, "eve")
	if response.StatusCode != 403 || called || response.ContentLength <= 0 {
		t.Errorf("HEAD is answered %d, length %d", response.StatusCode, response.ContentLength)
	}
	if response, _, called := w.ask(t, http.MethodOptions, ""); response.StatusCode != 200 || !called {
		t.Errorf("OPTIONS is answered %d", response.StatusCode)
	}
	if response, _, called := w.ask(t, http.MethodPost, "ada"); response.StatusCode != 200 || !called {
		t.Errorf("POST is answered %d", response.StatusCode)
	}
}

func TestWhoIsNotShown(t *testing.T) {
	w := newWorld(t)
	response, problem, _ := w.ask(t, http.MethodGet, "ada", func(c *licensehttp.Config) {
		c.Who = func(*http.Request) (pkgversion.OrgID, seats.UserID, error) {
			return org, seats.MustUserID("ada"), errors.New("ada's session ended")
		}
	})
	if response.StatusCode != 403 || problem.Title != "not identified" {
		t.Errorf("answered %d %+v", response.StatusCode, problem)
	}
}

func TestRequirePanicsOnFaultsOfTheProgram(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Require without a Checker does not panic")
		}
	}()
	licensehttp.Require(licensehttp.Config{})
}
