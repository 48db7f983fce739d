package license

import (
	"io/fs"
	"sync"
	"time"
	_ "time/tzdata" // so that a zone's name means the same on a host without a tz database
)

// Zone is the time zone in which a license's days are counted. The zero Zone is
// UTC. Zones are comparable: zones of one name are ==.
//
// What a name means is looked up in the host's time zone database where it has
// one, else in the one that Go embeds: hosts that are to agree on the last hour of a
// license need the same, or licenses in UTC.
type Zone struct {
	loc *time.Location // nil for UTC; one pointer per name, from zoneCache
}

// UTC is the zero Zone, the default.
var UTC Zone

// zoneCache holds a *time.Location per name, so that == on Zone is equality.
var zoneCache sync.Map

// ParseZone returns the zone of an IANA name, like "America/Santiago"; "" and
// "UTC" are UTC. "Local" is refused: an answer must not depend on the host. The
// error is a *FieldError.
func ParseZone(name string) (Zone, error) {
	if name == "" || name == "UTC" {
		return UTC, nil
	}
	if known, ok := zoneCache.Load(name); ok {
		return Zone{known.(*time.Location)}, nil
	}
	refuse := func(rule string) (Zone, error) {
		return Zone{}, &FieldError{Field: "time zone", Value: name, Rule: rule}
	}
	if name == "Local" {
		return refuse("must not depend on the host")
	}
	loc, err := time.LoadLocation(name)
	if err != nil || !fs.ValidPath(name) { // Europe/./Berlin would be a zone of another name
		return refuse("must be a name of the IANA time zone database")
	}
	first, _ := zoneCache.LoadOrStore(name, loc)
	return Zone{first.(*time.Location)}, nil
}

// MustZone is ParseZone for literals and tests; it panics on an error.
func MustZone(name string) Zone {
	zone, err := ParseZone(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// Location returns the zone for use with package time.
func (z Zone) Location() *time.Location {
	if z.loc == nil {
		return time.UTC
	}
	return z.loc
}

// Equal reports z == other.
func (z Zone) Equal(other Zone) bool { return z == other }

// DateOf returns the civil date of t in the zone.
func (z Zone) DateOf(t time.Time) Date { return civilDate(t.In(z.Location())) }

// EndOf returns the instant from which the civil date in the zone is, for good,
// later than d: the end of the day whose last moment is still d. It is UTC.
//
// It is not midnight arithmetic. Where clocks are set forward at midnight the
// day ends when the clock jumps (Santiago, Havana); where they are set back
// across it, when the date d is left for the last time (St. John's until 2011,
// whose clocks went from 00:01 back to 23:01), so that no answer flickers.
func (z Zone) EndOf(d Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	midnight := (d.unixDay() + 1) * 86400 // of the next day, were the zone UTC
	if z.loc == nil {
		return time.Unix(midnight, 0).UTC()
	}
	// Offsets lie within ±26 h, so the day ends within that of midnight UTC. Walk
	// the periods of constant offset that overlap and keep the last moment of d.
	const reach = 26 * 3600
	end := time.Unix(midnight-reach, 0)
	for t := end; t.Unix() < midnight+reach; {
		local := t.In(z.loc)
		_, offset := local.Zone()
		periodStart, periodEnd := local.ZoneBounds()
		over := time.Unix(midnight-int64(offset), 0) // the date is later than d from here on
		if !periodEnd.IsZero() && periodEnd.Before(over) {
			over = periodEnd
		}
		if periodStart.IsZero() || periodStart.Before(over) {
			end = over
		}
		if periodEnd.IsZero() {
			break
		}
		t = periodEnd
	}
	return end.UTC()
}

// String returns the zone's IANA name.
func (z Zone) String() string { return z.Location().String() }

// MarshalText returns what String returns.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText reads what ParseZone reads.
func (z *Zone) UnmarshalText(text []byte) error {
	parsed, err := ParseZone(string(text))
	if err != nil {
		return err
	}
	*z = parsed
	return nil
}
