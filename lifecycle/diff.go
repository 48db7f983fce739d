package lifecycle

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Difference is a field that two records of one type do not have in common, with its
// values as text, "" for what is not set.
type Difference struct {
	Field  string // "Terms.Seats"
	Before string
	After  string
}

// String returns "Terms.Seats: 5 → 8".
func (d Difference) String() string {
	return d.Field + ": " + orNone(d.Before) + " → " + orNone(d.After)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// Diff returns the fields in which two records differ, in the order of the type.
func Diff[T any](before, after T) []Difference {
	return differences(nil, "", reflect.ValueOf(&before).Elem(), reflect.ValueOf(&after).Elem())
}

func differences(found []Difference, field string, before, after reflect.Value) []Difference {
	if isRecord(before) {
		for i := range before.NumField() {
			name := before.Type().Field(i).Name
			if field != "" {
				name = field + "." + name
			}
			found = differences(found, name, before.Field(i), after.Field(i))
		}
		return found
	}
	if d := (Difference{field, textOf(before), textOf(after)}); d.Before != d.After {
		found = append(found, d)
	}
	return found
}

// isRecord reports whether v is a struct of fields, not a value that prints itself.
func isRecord(v reflect.Value) bool {
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		return false
	}
	_, prints := v.Interface().(fmt.Stringer)
	_, encodes := v.Interface().(encoding.TextMarshaler)
	return !prints && !encodes
}

func textOf(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Time:
		if value.IsZero() {
			return ""
		}
		return value.UTC().Format("2006-01-02T15:04:05.999999Z")
	case fmt.Stringer:
		if text := value.String(); text != "invalid" { // a choice that was not made
			return text
		}
		return ""
	default:
		if v.IsZero() && v.Kind() != reflect.Bool && !v.CanInt() {
			return ""
		}
		return fmt.Sprint(value)
	}
}

// bookkeeping are fields that the library keeps for itself: they change with every
// change, and say nothing more of it than the event does.
var bookkeeping = []string{"Revision", "ChangedAt"}

// Changes returns what an event changed of the record that it is about, field by field;
// none where it changed no field: who took a seat, for one, its Change says. Of a drift
// that was found these are the vendor's value and the subscriber org's. Revisions
// and the instant of the change are left out, for they change with everything.
func (e Event) Changes() []Difference {
	var all []Difference
	switch c := e.Change.(type) {
	case PackageChanged:
		all = Diff(c.Before, c.After)
	case OrgSeen:
		all = Diff(c.Before, c.After)
	case LicenseChanged:
		all = Diff(c.Before, c.After)
	case LeadChanged:
		all = Diff(c.Before, c.After)
	case ParameterDefined:
		all = Diff(c.Before, c.After)
	case ParameterChanged:
		all = Diff(c.Before, c.After)
	case SidesChanged:
		all = Diff(c.Before, c.After)
	case DriftFound:
		all = []Difference{{Field: string(c.Difference.Field), Before: c.Difference.Vendor, After: c.Difference.Subscriber}}
	case DriftEnded:
		all = []Difference{{Field: string(c.Field), Before: "differs", After: "agrees"}}
	case StageMoved:
		all = []Difference{{Field: "Stage", Before: c.Move.From.String(), After: c.Move.To.String()}}
	}
	return slices.DeleteFunc(all, func(d Difference) bool { return slices.Contains(bookkeeping, d.Field) })
}
