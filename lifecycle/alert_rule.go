package lifecycle

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// AlertRule says of what somebody is to be told, who, where and in which words.
type AlertRule struct {
	// Name tells rules apart: it is in the id of every alert and names what the rule has
	// seen. A rule of another name begins anew, with the present.
	Name string
	When Cause

	Package pkgversion.PackageID // only its licenses; zero: all
	Orgs    OrgKind              // only the licenses of such orgs

	Sinks      []string // by their names in AlertConfig; none: alerts are recorded, and delivered nowhere
	Recipients Recipients

	// Subject and Text are templates of package text/template, executed on a Letter when
	// an alert is delivered. Empty stands for plain words.
	Subject, Text string
}

// Recipients are who is written to, where a sink writes to somebody. All parts add up.
type Recipients struct {
	Addresses   []lead.Email
	LeadManager bool // who owns the leads of the package, while recorded as active
	User        bool // whose seat is idle, as AlertConfig.People knows them
}

// Letter is what the templates of a rule are executed on: {{.Alert.Last}},
// {{.License.Org}}, {{.Package.Name}}, {{.Org.Name}}, {{.Person.FirstName}} …
type Letter struct {
	Alert   Alert
	License license.License // as it is at the delivery
	Org     license.Org
	Package pkgversion.Package
	Person  lead.Person // whose seat is idle, as AlertConfig.People knows them; else zero
}

// AlertConfig says what is told to whom. Rules and the sinks that they name are needed;
// the zero value of the rest is the safe default.
type AlertConfig struct {
	Rules []AlertRule
	Sinks map[string]Sink // by a name under which deliveries are kept

	// People says who a user is; nil knows nobody. Needed where a rule writes to User. It
	// runs while no transaction is open, within the Timeout of the delivery, and for a user
	// that it does not know it returns the zero Person.
	People func(UserOf) lead.Person

	Timeout     time.Duration // for one delivery; 0 means 30 seconds
	MaxAttempts int           // after which a delivery is parked; 0 means 16, some two days
}

// UserOf is a user of a license's org.
type UserOf struct {
	License license.ID
	User    seats.UserID
}

// Alerts is an AlertConfig that was found to be right. It is safe for concurrent use.
type Alerts struct {
	rules       []AlertRule
	letters     map[string]letters // by the name of the rule
	sinks       map[string]Sink
	people      func(UserOf) lead.Person
	timeout     time.Duration
	maxAttempts int
}

type letters struct{ subject, text *template.Template }

const (
	defaultTimeout     = 30 * time.Second
	defaultMaxAttempts = 16
	maxRuleName        = 100
)

// ExpiredRule is the name of the rule that every Alerts has: that a license expired is
// always recorded. A rule of the caller with that name stands in its place.
const ExpiredRule = "expired"

// NewAlerts returns Alerts, or an error that lists everything wrong with c. Every
// template is tried on letters of the rule's kind, so that one that cannot be executed
// is found here and not at night.
func NewAlerts(c AlertConfig) (*Alerts, error) {
	a := &Alerts{
		rules: slices.Clone(c.Rules), letters: map[string]letters{}, sinks: maps.Clone(c.Sinks), people: c.People,
		timeout: c.Timeout, maxAttempts: c.MaxAttempts,
	}
	if a.timeout <= 0 {
		a.timeout = defaultTimeout
	}
	if a.maxAttempts <= 0 {
		a.maxAttempts = defaultMaxAttempts
	}
	if a.people == nil {
		a.people = func(UserOf) lead.Person { return lead.Person{} }
	}
	if !slices.ContainsFunc(a.rules, func(r AlertRule) bool { return r.Name == ExpiredRule }) {
		a.rules = append(a.rules, AlertRule{Name: ExpiredRule, When: OnExpired{}})
	}
	var wrong []error
	for name, sink := range a.sinks {
		if sink == nil || name == "" {
			wrong = append(wrong, &FieldError{Field: "sink", Value: name, Rule: "has a name, and is not nil"})
		}
		wrong = append(wrong, validTexts("name of a sink", name))
	}
	for _, r := range a.rules {
		if _, known := a.letters[r.Name]; known {
			wrong = append(wrong, &FieldError{Field: "alert rule", Value: r.Name, Rule: "has a name of its own"})
		}
		words, err := r.check(a.sinks)
		a.letters[r.Name] = words
		wrong = append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return a, nil
}

// check returns the templates of r, or everything wrong with it.
func (r AlertRule) check(sinks map[string]Sink) (letters, error) {
	var wrong []error
	refuse := func(field, value, rule string) {
		wrong = append(wrong, &FieldError{Field: field + " of alert rule " + errtext.Quote(r.Name), Value: value, Rule: rule})
	}
	if err := validTexts("name of an alert rule", r.Name); err != nil {
		return letters{}, err
	}
	if r.Name == "" || len(r.Name) > maxRuleName || strings.ContainsAny(r.Name, "/\r\n\t") {
		refuse("name", r.Name, "has 1 to 100 bytes, and no slash or line break")
	}
	if r.When == nil {
		refuse("cause", "", "is needed")
		return letters{}, errors.Join(wrong...)
	}
	wrong = append(wrong, r.When.validate())
	for i, name := range r.Sinks {
		if sinks[name] == nil || slices.Contains(r.Sinks[:i], name) {
			refuse("sink", name, "is one of AlertConfig.Sinks, each once")
		}
	}
	if r.Recipients.User && r.When.kind() != AlertSeatIdle {
		refuse("recipient", "user", "only an idle seat has one")
	}
	subject, err := parseLetter("subject", r.Subject, plainSubject, r.When.kind())
	wrong = append(wrong, err)
	text, err := parseLetter("text", r.Text, plainText, r.When.kind())
	wrong = append(wrong, err)
	return letters{subject, text}, errors.Join(wrong...)
}

// wants reports whether r is about l, which may be retired: what happened to it before is
// told.
func (r AlertRule) wants(l license.License) bool {
	return LicenseQuery{Package: r.Package, Orgs: r.Orgs, Retired: AndRetired}.Matches(l)
}

// wantsNow reports whether r is about l by what it is now.
func (r AlertRule) wantsNow(l license.License) bool { return r.wants(l) && l.RetiredAt.IsZero() }

// rule returns the rule of a name.
func (a *Alerts) rule(name string) (AlertRule, bool) {
	for _, r := range a.rules {
		if r.Name == name {
			return r, true
		}
	}
	return AlertRule{}, false
}
