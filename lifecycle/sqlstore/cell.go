package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// A cell is one column of one row, at the field of the record that it keeps: it
// gives the field's value to the driver and takes it back.
type cell interface {
	driver.Valuer
	sql.Scanner
}

// mismatch says that a column holds what the store never writes there.
func mismatch(want string, src any) error {
	return fmt.Errorf("sqlstore: a column holds a %T, want %s", src, want)
}

func textOf(src any) (string, error) {
	switch src := src.(type) {
	case nil:
		return "", nil
	case string:
		return src, nil
	case []byte:
		return string(src), nil
	case time.Time: // a column of type date; instants are read by moment
		return src.Format(time.DateOnly), nil
	}
	return "", mismatch("text", src)
}

// words is text that may be empty.
type words string

func (w *words) Value() (driver.Value, error) { return string(*w), nil }

func (w *words) Scan(src any) error {
	text, err := textOf(src)
	*w = words(text)
	return err
}

// texter is what every id type is: it prints itself, and reads what it printed.
type texter interface {
	String() string
	UnmarshalText([]byte) error
}

// name is an id that a key is made of.
type name struct{ id texter }

func (n name) Value() (driver.Value, error) { return n.id.String(), nil }

func (n name) Scan(src any) error {
	text, err := textOf(src)
	if err != nil {
		return err
	}
	return n.id.UnmarshalText([]byte(text))
}

// optional is an id or a date that may be zero, which is NULL.
type optional struct{ id texter }

func (o optional) Value() (driver.Value, error) {
	if text := o.id.String(); text != "" {
		return text, nil
	}
	return nil, nil
}

func (o optional) Scan(src any) error { return name(o).Scan(src) }

// number is an integer.
type number[T ~int | ~int64] struct{ n *T }

func (n number[T]) Value() (driver.Value, error) { return int64(*n.n), nil }

func (n number[T]) Scan(src any) error {
	value, ok := src.(int64)
	if !ok {
		return mismatch("an integer", src)
	}
	*n.n = T(value)
	return nil
}

// reference is a number that may be zero, which is NULL.
type reference struct{ id *license.ID }

func (r reference) Value() (driver.Value, error) {
	if *r.id == 0 {
		return nil, nil
	}
	return int64(*r.id), nil
}

func (r reference) Scan(src any) error {
	if src == nil {
		*r.id = 0
		return nil
	}
	return number[license.ID]{r.id}.Scan(src)
}

// sequence is a number that an event does not have at first, which is NULL.
type sequence int64

func (s *sequence) Value() (driver.Value, error) { return int64(*s), nil }

func (s *sequence) Scan(src any) error {
	if *s = 0; src == nil {
		return nil
	}
	return number[int64]{(*int64)(s)}.Scan(src)
}

// flag is a bool.
type flag bool

func (f *flag) Value() (driver.Value, error) { return bool(*f), nil }

func (f *flag) Scan(src any) error {
	switch src := src.(type) {
	case int64:
		*f = src != 0
	case bool:
		*f = flag(src)
	default:
		return mismatch("a boolean", src)
	}
	return nil
}

// moment is an instant. The zero time is NULL.
type moment time.Time

// momentLayout has a fixed width, so that instants sort as text.
const momentLayout = "2006-01-02T15:04:05.000000Z"

func (m *moment) Value() (driver.Value, error) {
	t := instant.Of(time.Time(*m))
	switch year := t.Year(); {
	case t.IsZero():
		return nil, nil
	case year < 0 || year > 9999:
		return nil, fmt.Errorf("sqlstore: an instant in the year %d does not fit a column", year)
	}
	return t.Format(momentLayout), nil
}

func (m *moment) Scan(src any) error {
	*m = moment{}
	if t, ok := src.(time.Time); ok {
		*m = moment(instant.Of(t))
		return nil
	}
	text, err := textOf(src)
	if err != nil || text == "" {
		return err
	}
	t, err := time.Parse(momentLayout, text)
	*m = moment(t)
	return err
}

// status is a stored status; where it may be zero, that is NULL.
type status struct {
	status   *license.Status
	optional bool
}

func (s status) Value() (driver.Value, error) {
	if *s.status == 0 && s.optional {
		return nil, nil
	}
	return s.status.String(), nil // what is not a status fails the column's CHECK
}

func (s status) Scan(src any) error {
	text, err := textOf(src)
	if err != nil || text == "" && s.optional {
		*s.status = 0
		return err
	}
	*s.status, err = license.ParseStatus(text)
	return err
}

// siteLicense and seatCount keep Seats in two columns: a site license has no count.
type (
	siteLicense license.Seats
	seatCount   license.Seats
)

func (s *siteLicense) Value() (driver.Value, error) { return license.Seats(*s).IsSite(), nil }

func (s *siteLicense) Scan(src any) error {
	var site flag
	if err := site.Scan(src); err != nil || !bool(site) {
		return err
	}
	*s = siteLicense(license.Site())
	return nil
}

func (s *seatCount) Value() (driver.Value, error) {
	if n, ok := license.Seats(*s).Count(); ok {
		return int64(n), nil
	}
	return nil, nil
}

func (s *seatCount) Scan(src any) error {
	if src == nil {
		return nil // siteLicense says what it is
	}
	var n int
	if err := (number[int]{&n}).Scan(src); err != nil {
		return err
	}
	count, err := license.NewSeats(n)
	*s = seatCount(count)
	return err
}

// neverExpires and lastDay keep an Expiration in two columns.
type (
	neverExpires license.Expiration
	lastDay      license.Expiration
)

func (e *neverExpires) Value() (driver.Value, error) { return license.Expiration(*e).IsNever(), nil }

func (e *neverExpires) Scan(src any) error {
	var never flag
	if err := never.Scan(src); err != nil || !bool(never) {
		return err
	}
	*e = neverExpires(license.Never())
	return nil
}

func (e *lastDay) Value() (driver.Value, error) {
	day, _ := license.Expiration(*e).LastDay()
	return optional{&day}.Value()
}

func (e *lastDay) Scan(src any) error {
	if src == nil {
		return nil // neverExpires says what it is
	}
	var day license.Date
	err := optional{&day}.Scan(src)
	*e = lastDay(license.LastDay(day))
	return err
}

// observedUsed is a count that may be unknown, which is NULL.
type observedUsed license.Observed

func (o *observedUsed) Value() (driver.Value, error) {
	if !o.HasUsed {
		return nil, nil
	}
	return int64(o.Used), nil
}

func (o *observedUsed) Scan(src any) error {
	if o.HasUsed = src != nil; !o.HasUsed {
		return nil
	}
	return number[int]{&o.Used}.Scan(src)
}

// observedSite and observedSeats keep how many seats are allowed there in two
// columns, both NULL where that is not known.
type (
	observedSite  license.Observed
	observedSeats license.Observed
)

func (o *observedSite) Value() (driver.Value, error) {
	if !o.HasSeats {
		return nil, nil
	}
	return o.Seats.IsSite(), nil
}

func (o *observedSite) Scan(src any) error {
	if o.HasSeats = src != nil; !o.HasSeats {
		return nil
	}
	return (*siteLicense)(&o.Seats).Scan(src)
}

func (o *observedSeats) Value() (driver.Value, error) {
	if !o.HasSeats {
		return nil, nil
	}
	return (*seatCount)(&o.Seats).Value()
}

func (o *observedSeats) Scan(src any) error { return (*seatCount)(&o.Seats).Scan(src) }

// deliveryState is the state of a delivery, as a word.
type deliveryState lifecycle.DeliveryState

func (s *deliveryState) Value() (driver.Value, error) {
	return lifecycle.DeliveryState(*s).String(), nil // what is no state fails the column's CHECK
}

func (s *deliveryState) Scan(src any) error {
	text, err := textOf(src)
	if err != nil {
		return err
	}
	state, err := lifecycle.ParseDeliveryState(text)
	*s = deliveryState(state)
	return err
}

// factKind is the kind of a fact, as a word.
type factKind lifecycle.FactKind

var factKinds = map[lifecycle.FactKind]string{
	lifecycle.FactInstalled:   "installed",
	lifecycle.FactVersion:     "version",
	lifecycle.FactUninstalled: "uninstalled",
}

func (k *factKind) Value() (driver.Value, error) {
	return factKinds[lifecycle.FactKind(*k)], nil // what is no kind fails the column's CHECK
}

func (k *factKind) Scan(src any) error {
	text, err := textOf(src)
	if err != nil {
		return err
	}
	for kind, word := range factKinds {
		if word == text {
			*k = factKind(kind)
			return nil
		}
	}
	return mismatch("a kind of fact", src)
}
