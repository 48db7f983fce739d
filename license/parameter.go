package license

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/pkgversion"
)

// MaxParameters is how many feature parameters a package can have.
const MaxParameters = 200

// MaxInteger is the largest integer that a feature parameter can have, of nine digits;
// the smallest is -MaxInteger.
const MaxInteger = 999_999_999

// ParameterName names a feature parameter within its package. It begins with a letter,
// has letters, digits and single underscores, and does not end with an underscore.
type ParameterName struct{ text string }

const (
	maxParameterName = 80
	nameRule         = "begins with a letter, has letters, digits and single underscores, does not end with one, and has at most 80 characters"
)

// ParseParameterName reads a name; the error is a *FieldError.
func ParseParameterName(text string) (ParameterName, error) {
	valid := text != "" && len(text) <= maxParameterName && isLetter(text[0]) &&
		!strings.HasSuffix(text, "_") && !strings.Contains(text, "__")
	for i := range len(text) {
		c := text[i]
		valid = valid && (isLetter(c) || '0' <= c && c <= '9' || c == '_')
	}
	if !valid {
		return ParameterName{}, &FieldError{Field: "parameter name", Value: text, Rule: nameRule}
	}
	return ParameterName{text}, nil
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// MustParameterName is ParseParameterName for literals and tests; it panics on an error.
func MustParameterName(text string) ParameterName { return recordid.Must(ParseParameterName(text)) }

// String returns the name, "" for the zero value.
func (n ParameterName) String() string { return n.text }

// IsZero reports whether n names nothing.
func (n ParameterName) IsZero() bool { return n.text == "" }

// Equal reports n == other.
func (n ParameterName) Equal(other ParameterName) bool { return n == other }

// Compare orders names bytewise.
func (n ParameterName) Compare(other ParameterName) int { return strings.Compare(n.text, other.text) }

// MarshalText returns the name.
func (n ParameterName) MarshalText() ([]byte, error) { return []byte(n.text), nil }

// UnmarshalText reads what ParseParameterName reads; empty text is the zero value.
func (n *ParameterName) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(n, text, ParseParameterName)
}

// ParameterType says what a feature parameter holds. The zero type is none.
type ParameterType uint8

// The types.
const (
	Boolean ParameterType = 1 + iota
	Integer
	Day
)

// Direction says which side sets a feature parameter; the other reads it. The zero
// Direction is none.
type Direction uint8

// The directions.
const (
	ToSubscriber Direction = 1 + iota // the vendor sets it: LmoToSubscriber
	ToVendor                          // the subscriber's code sets it: SubscriberToLmo
)

var (
	parameterTypes = []string{"", "Boolean", "Integer", "Date"}
	directions     = []string{"", "LmoToSubscriber", "SubscriberToLmo"}
)

// String returns Boolean, Integer or Date, as the platform writes it.
func (t ParameterType) String() string { return word(parameterTypes, int(t)) }

// MarshalText returns what String returns.
func (t ParameterType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what String returns; other text is a *FieldError.
func (t *ParameterType) UnmarshalText(text []byte) error {
	i, err := indexOf(parameterTypes, "parameter type", string(text))
	*t = ParameterType(i)
	return err
}

// String returns LmoToSubscriber or SubscriberToLmo, as the platform writes it.
func (d Direction) String() string { return word(directions, int(d)) }

// MarshalText returns what String returns.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what String returns; other text is a *FieldError.
func (d *Direction) UnmarshalText(text []byte) error {
	i, err := indexOf(directions, "direction", string(text))
	*d = Direction(i)
	return err
}

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return strconv.Itoa(i)
}

func indexOf(words []string, field, text string) (int, error) {
	for i, w := range words {
		if w == text {
			return i, nil
		}
	}
	return 0, &FieldError{Field: field, Value: text, Rule: "is one of" + strings.Join(words, " ")}
}

// Value is what a feature parameter holds: a boolean, an integer or a date. Values are
// comparable. The zero Value is none.
type Value struct {
	t ParameterType
	n int32 // 0 or 1, the integer, or the days of the date
}

// BooleanValue returns b as a Value.
func BooleanValue(b bool) Value {
	if b {
		return Value{Boolean, 1}
	}
	return Value{Boolean, 0}
}

// IntegerValue returns n as a Value; more than nine digits are a *FieldError.
func IntegerValue(n int) (Value, error) {
	if n < -MaxInteger || n > MaxInteger {
		return Value{}, &FieldError{Field: "parameter value", Value: strconv.Itoa(n), Rule: "has at most nine digits"}
	}
	return Value{Integer, int32(n)}, nil
}

// DateValue returns d as a Value, the zero Value for the zero Date.
func DateValue(d Date) Value {
	if d.IsZero() {
		return Value{}
	}
	return Value{Day, d.n}
}

// ParseValue reads what String returns. The error is a *FieldError.
func ParseValue(text string) (Value, error) {
	switch text {
	case "":
		return Value{}, nil
	case "true":
		return BooleanValue(true), nil
	case "false":
		return BooleanValue(false), nil
	}
	if d, err := ParseDate(text); err == nil {
		return DateValue(d), nil
	}
	if n, err := strconv.Atoi(text); err == nil && strconv.Itoa(n) == text {
		return IntegerValue(n)
	}
	return Value{}, &FieldError{Field: "parameter value", Value: text, Rule: "is true, false, an integer of at most nine digits, or a date"}
}

// Type returns the type, 0 for the zero Value.
func (v Value) Type() ParameterType { return v.t }

// IsZero reports whether v is none.
func (v Value) IsZero() bool { return v.t == 0 }

// Equal reports v == other.
func (v Value) Equal(other Value) bool { return v == other }

// Bool returns the boolean, false for any other Value.
func (v Value) Bool() bool { return v.t == Boolean && v.n == 1 }

// Integer returns the integer, 0 for any other Value.
func (v Value) Integer() int {
	if v.t != Integer {
		return 0
	}
	return int(v.n)
}

// Date returns the date, the zero Date for any other Value.
func (v Value) Date() Date {
	if v.t != Day {
		return Date{}
	}
	return Date{v.n}
}

// String returns true or false, the integer, or the date as 2026-06-30; "" for none.
func (v Value) String() string {
	switch v.t {
	case Boolean:
		return strconv.FormatBool(v.Bool())
	case Integer:
		return strconv.Itoa(v.Integer())
	case Day:
		return v.Date().String()
	}
	return ""
}

// MarshalText returns what String returns.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what ParseValue reads.
func (v *Value) UnmarshalText(text []byte) (err error) {
	*v, err = ParseValue(string(text))
	return err
}

// Parameter is a feature parameter of a package: what the vendor switches on, counts or
// dates per license, or what the subscriber's code tells the vendor. Type and direction
// never change.
type Parameter struct {
	Package   pkgversion.PackageID
	Name      ParameterName
	Type      ParameterType
	Direction Direction
	Default   Value // of licenses for which nobody has set it; never none
	Revision  int64 // rises by one with every change; 1 when new
}

// Validate returns a *FieldError for what is missing, or a default of another type.
func (p Parameter) Validate() error {
	refuse := func(field, value, rule string) error { return &FieldError{Field: field, Value: value, Rule: rule} }
	switch {
	case p.Package.IsZero():
		return refuse("package id", "", "a parameter is of a package")
	case p.Name.IsZero():
		return refuse("parameter name", "", nameRule)
	case p.Type < Boolean || p.Type > Day:
		return refuse("parameter type", p.Type.String(), "is Boolean, Integer or Date")
	case p.Direction < ToSubscriber || p.Direction > ToVendor:
		return refuse("direction", p.Direction.String(), "is LmoToSubscriber or SubscriberToLmo")
	case p.Default.Type() != p.Type:
		return refuse("default", p.Default.String(), "is of the parameter's type, "+p.Type.String())
	}
	return nil
}

// ParameterValue is what the two sides have for a parameter of a license. They are kept
// apart, so that a difference is seen. Instants are UTC.
type ParameterValue struct {
	License    ID
	Name       ParameterName
	Set        Value // by the vendor; none: the default holds
	SetAt      time.Time
	Reported   Value // by the subscriber: what it set, or what it has of what the vendor set
	ReportedAt time.Time
	// DifferSince is since when the subscriber has been seen with another value than the
	// vendor's; zero: it was not, or not since the vendor's last came to agree.
	DifferSince time.Time
	Revision    int64 // rises by one with every change; 1 when new
}

// Effective returns what holds by p: the value of the side that sets it, else the
// default.
func (v ParameterValue) Effective(p Parameter) Value {
	value := v.Set
	if p.Direction == ToVendor {
		value = v.Reported
	}
	if value.Type() != p.Type {
		return p.Default
	}
	return value
}

// Drifts reports whether the subscriber was seen with another value than the one that
// holds for the vendor. Only a report opens a difference: what the vendor set after it is
// on its way. What the subscriber sets cannot drift.
func (v ParameterValue) Drifts(p Parameter) bool { return !v.DifferSince.IsZero() && v.Differs(p) }

// Differs reports whether the two sides do not have the same value, seen or not.
func (v ParameterValue) Differs(p Parameter) bool {
	return p.Direction == ToSubscriber && !v.ReportedAt.IsZero() && v.Reported != v.Effective(p)
}

// Difference returns what the two sides have, and since when they were seen to differ.
func (v ParameterValue) Difference(p Parameter) Difference {
	return Difference{Field: DriftOf(v.Name), Vendor: v.Effective(p).String(), Subscriber: v.Reported.String(), Since: v.DifferSince}
}

// Parameters answers an application's questions about the feature parameters of a
// license. A license that licenses nobody at the moment answers no, 0 and no date to all
// of them, and so does a name that is not defined, or another type than is asked for.
// The zero Parameters does so too.
type Parameters struct {
	Decision Decision // of the license, for somebody who holds a seat

	settings map[string]setting
}

type setting struct {
	parameter Parameter
	value     ParameterValue
}

// NewParameters returns the parameters of a license: those that its package defines, and
// what is set and reported of them.
func NewParameters(d Decision, defined []Parameter, values []ParameterValue) Parameters {
	p := Parameters{Decision: d, settings: make(map[string]setting, len(defined))}
	for _, def := range defined {
		p.settings[def.Name.String()] = setting{parameter: def}
	}
	for _, v := range values {
		if s, ok := p.settings[v.Name.String()]; ok {
			s.value = v
			p.settings[v.Name.String()] = s
		}
	}
	return p
}

// Value returns what holds for a parameter, none if the license licenses nobody or the
// name is not defined.
func (p Parameters) Value(name string) Value {
	s, defined := p.settings[name]
	if !defined || !p.Decision.Licensed() {
		return Value{}
	}
	return s.value.Effective(s.parameter)
}

// Bool returns what holds for a boolean parameter.
func (p Parameters) Bool(name string) bool { return p.Value(name).Bool() }

// Integer returns what holds for an integer parameter.
func (p Parameters) Integer(name string) int { return p.Value(name).Integer() }

// Date returns what holds for a date parameter.
func (p Parameters) Date(name string) Date { return p.Value(name).Date() }

// Side returns what each side has for a parameter, whether or not the license licenses
// anybody.
func (p Parameters) Side(name string) (Parameter, ParameterValue) {
	s := p.settings[name]
	return s.parameter, s.value
}

// Drift returns the parameters for which the subscriber was seen with another value than
// the vendor's, by name: who has what, and since when.
func (p Parameters) Drift() []Difference {
	var drift []Difference
	for _, s := range p.settings {
		if s.value.Drifts(s.parameter) {
			drift = append(drift, s.value.Difference(s.parameter))
		}
	}
	slices.SortFunc(drift, func(a, b Difference) int { return strings.Compare(string(a.Field), string(b.Field)) })
	return drift
}
