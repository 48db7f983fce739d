package sfdata

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/internal/recordid"
	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// codec is how values of one type are written in a cell.
type codec[T any] struct {
	kind   cellKind // of a cell that is not empty, in JSON
	parse  func(text string) (T, error)
	append func(b []byte, value T) ([]byte, error)
}

// rule is an error that says only which rule a value broke.
type rule string

func (r rule) Error() string { return string(r) }

// ruleOf returns the rule that err says was broken, without the value.
func ruleOf(err error) string {
	if r, ok := errors.AsType[rule](err); ok {
		return string(r)
	}
	if e, ok := errors.AsType[*pkgversion.ParseError](err); ok {
		return e.Rule
	}
	if e, ok := errors.AsType[*license.FieldError](err); ok {
		return e.Rule
	}
	if e, ok := errors.AsType[*lead.FieldError](err); ok {
		return e.Rule
	}
	if e, ok := errors.AsType[*seats.FieldError](err); ok {
		return e.Rule
	}
	if e, ok := errors.AsType[*lifecycle.FieldError](err); ok {
		return e.Rule
	}
	return "cannot be read"
}

// textCodec reads text as it is. It copies it, so that a row that is kept does not
// keep its whole record.
var textCodec = codec[string]{
	parse:  func(text string) (string, error) { return strings.Clone(text), nil },
	append: func(b []byte, text string) ([]byte, error) { return append(b, text...), nil },
}

// textual returns the codec of a type whose text is String's, empty for the zero
// value.
func textual[T interface{ String() string }](parse func(string) (T, error)) codec[T] {
	return codec[T]{
		parse: func(text string) (value T, err error) {
			if text == "" {
				return value, nil
			}
			return parse(text)
		},
		append: func(b []byte, value T) ([]byte, error) { return append(b, value.String()...), nil },
	}
}

var (
	orgCodec          = textual(pkgversion.ParseOrgID)
	packageCodec      = textual(pkgversion.ParsePackageID)
	versionIDCodec    = textual(pkgversion.ParseVersionID)
	recordCodec       = textual(parseRecordID)
	installationCodec = textual(license.ParseInstallationID)
	licenseCodec      = textual(license.ParseID)
	leadCodec         = textual(lead.ParseID)
	contactCodec      = textual(lead.ParseContactID)
	accountCodec      = textual(lead.ParseAccountID)
	ownerCodec        = textual(lead.ParseOwnerID)
	userCodec         = textual(seats.ParseUserID)
	noticeIDCodec     = textual(lifecycle.ParseNotificationID)
	numberCodec       = textual(pkgversion.ParseVersion)
	dateCodec         = textual(license.ParseDate)
)

// parseRecordID reads an id of a row. Rows of the app have prefixes of their org's
// own, so that every text that can be a Salesforce id is one here.
func parseRecordID(text string) (pkgversion.RecordID, error) {
	if (len(text) == 15 || len(text) == 18 && !recordid.IsNumber(text)) && strings.IndexFunc(text, notAlphanumeric) < 0 {
		id, broken := recordid.Canonical(text)
		if broken != "" {
			return pkgversion.RecordID{}, rule(broken)
		}
		text = id
	}
	return pkgversion.ParseRecordID(text)
}

func notAlphanumeric(r rune) bool {
	return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z')
}

// statusCodec refuses to write what is no stored status: it would be read back as
// something else, or not at all.
var statusCodec = codec[license.Status]{
	parse: func(text string) (license.Status, error) {
		if text == "" {
			return 0, nil
		}
		return license.ParseStatus(text)
	},
	append: func(b []byte, s license.Status) ([]byte, error) {
		if s != 0 && !s.IsStored() {
			return b, rule("is Trial, Active, Suspended or Uninstalled")
		}
		if s == 0 {
			return b, nil
		}
		return append(b, s.String()...), nil
	},
}

var zoneCodec = codec[license.Zone]{
	parse: license.ParseZone,
	append: func(b []byte, z license.Zone) ([]byte, error) {
		if z == license.UTC {
			return b, nil
		}
		return append(b, z.String()...), nil
	},
}

var boolCodec = codec[bool]{
	kind: boolCell,
	parse: func(text string) (bool, error) {
		switch {
		case text == "" || text == "0" || strings.EqualFold(text, "false"):
			return false, nil
		case text == "1" || strings.EqualFold(text, "true"):
			return true, nil
		}
		return false, rule("is true or false")
	},
	append: func(b []byte, value bool) ([]byte, error) { return strconv.AppendBool(b, value), nil },
}

// intCodec reads whole numbers from min to max; empty is 0.
func intCodec(min, max int) codec[int] {
	return codec[int]{
		kind: numberCell,
		parse: func(text string) (int, error) {
			if text == "" {
				return 0, nil
			}
			n, err := parseInteger(text)
			if err == nil && (n < int64(min) || n > int64(max)) {
				err = rule("is a whole number from " + strconv.Itoa(min) + " to " + strconv.Itoa(max))
			}
			return int(n), err
		},
		append: func(b []byte, n int) ([]byte, error) { return strconv.AppendInt(b, int64(n), 10), nil },
	}
}

var (
	revisionCodec = codec[int64]{
		kind: numberCell,
		parse: func(text string) (int64, error) {
			if text == "" {
				return 0, nil
			}
			n, err := parseInteger(text)
			if err == nil && n < 0 {
				err = rule("must not be negative")
			}
			return n, err
		},
		append: func(b []byte, n int64) ([]byte, error) { return strconv.AppendInt(b, n, 10), nil },
	}
	plainCount = intCodec(0, math.MaxInt32)
)

// countCodec reads a number of seats in use. Blank is not 0.
var countCodec = codec[Count]{
	kind: numberCell,
	parse: func(text string) (Count, error) {
		if text == "" {
			return Count{}, nil
		}
		n, err := plainCount.parse(text)
		return Count{N: n, Known: true}, err
	},
	append: func(b []byte, c Count) ([]byte, error) {
		if !c.Known {
			return b, nil
		}
		return strconv.AppendInt(b, int64(c.N), 10), nil
	},
}

// seatsCodec reads licensed seats. Every number below 0 is a site license.
var seatsCodec = codec[license.Seats]{
	kind: numberCell,
	parse: func(text string) (license.Seats, error) {
		n, err := parseInteger(text)
		switch {
		case err != nil:
			return license.Seats{}, err
		case n < 0:
			return license.Site(), nil
		case n > license.MaxSeats:
			return license.Seats{}, rule("is a count of seats from 0 to 99000000, or -1 for a site license")
		}
		return license.NewSeats(int(n))
	},
	append: func(b []byte, s license.Seats) ([]byte, error) {
		n, counted := s.Count()
		if !counted {
			n = -1
		}
		return strconv.AppendInt(b, int64(n), 10), nil
	},
}

// doesNotExpire is how the app writes that a license does not.
var doesNotExpire = license.MustDate("1970-01-01")

// expirationCodec reads a last day. Both 1970-01-01 and empty mean that a license
// does not expire, so that no day and no expiration at all cannot be written:
// it would be read back as access for ever.
var expirationCodec = codec[license.Expiration]{
	parse: func(text string) (license.Expiration, error) {
		if text == "" {
			return license.Never(), nil
		}
		day, err := license.ParseDate(text)
		if err != nil || day == doesNotExpire {
			return license.Never(), err
		}
		return license.LastDay(day), nil
	},
	append: func(b []byte, e license.Expiration) ([]byte, error) {
		if e.IsNever() {
			return append(b, doesNotExpire.String()...), nil
		}
		if last, ok := e.LastDay(); !ok || last == doesNotExpire {
			return b, rule("1970-01-01 and no expiration cannot be written: they mean that a license does not expire")
		}
		return append(b, e.String()...), nil
	},
}

// midnightCodec reads an expiration as a PackageLicense has it: the instant at
// which the last day begins in UTC. Empty: it does not expire.
var midnightCodec = codec[license.Expiration]{
	parse: func(text string) (license.Expiration, error) {
		if text == "" {
			return license.Never(), nil
		}
		t, err := parseInstant(text)
		if err != nil {
			return license.Expiration{}, err
		}
		return license.LastDay(license.DateOf(t)), nil
	},
	append: func(b []byte, e license.Expiration) ([]byte, error) {
		if e.IsNever() {
			return b, nil
		}
		last, ok := e.LastDay()
		if !ok {
			return b, rule("no expiration cannot be written: it would mean that a license does not expire")
		}
		return appendInstant(b, last.Start()), nil
	},
}

var instantCodec = codec[time.Time]{
	parse: func(text string) (time.Time, error) {
		if text == "" {
			return time.Time{}, nil
		}
		return parseInstant(text)
	},
	append: func(b []byte, t time.Time) ([]byte, error) {
		if t.IsZero() {
			return b, nil
		}
		if y := t.UTC().Year(); y < 1 || y > 9999 {
			return b, rule("lies in the years 1 to 9999")
		}
		return appendInstant(b, t), nil
	},
}

// appendInstant writes milliseconds, as the platform does, and microseconds only
// where there are any, for the library keeps those.
func appendInstant(b []byte, t time.Time) []byte {
	t = instant.Of(t)
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return t.AppendFormat(b, "2006-01-02T15:04:05.000000Z")
	}
	return t.AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

const instantRule = rule("is an instant like 2006-01-02T15:04:05.000Z")

// parseInstant reads 2006-01-02T15:04:05 with a fraction of a second or none, and
// Z or an offset, +0000 or +00:00. What is finer than a microsecond is cut off.
func parseInstant(text string) (time.Time, error) {
	const bare = len("2006-01-02T15:04:05")
	if len(text) <= bare || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return time.Time{}, instantRule
	}
	day, err := license.ParseDate(text[:10])
	hour, okHour := twoDigits(text[11:13], 23)
	minute, okMinute := twoDigits(text[14:16], 59)
	second, okSecond := twoDigits(text[17:19], 59)
	micro, zone, okFraction := cutFraction(text[bare:])
	offset, okOffset := parseOffset(zone)
	if err != nil || !okHour || !okMinute || !okSecond || !okFraction || !okOffset {
		return time.Time{}, instantRule
	}
	seconds := int64(hour)*3600 + int64(minute)*60 + int64(second) - int64(offset)
	t := time.Unix(day.Start().Unix()+seconds, int64(micro)*int64(time.Microsecond)).UTC()
	if t.Year() < 1 || t.Year() > 9999 || t.IsZero() { // the zero time means no instant
		return time.Time{}, rule("lies in the years 1 to 9999")
	}
	return t, nil
}

// cutFraction reads ".123" and returns what follows it.
func cutFraction(text string) (micro int, rest string, ok bool) {
	if text[0] != '.' {
		return 0, text, true
	}
	n := 1
	for weight := 100_000; n < len(text) && '0' <= text[n] && text[n] <= '9'; n++ {
		micro += int(text[n]-'0') * weight
		weight /= 10
	}
	return micro, text[n:], 1 < n && n <= 10
}

// parseOffset returns the seconds east of UTC.
func parseOffset(text string) (seconds int, ok bool) {
	if text == "Z" {
		return 0, true
	}
	if len(text) == len("+00:00") && text[3] == ':' {
		text = text[:3] + text[4:]
	}
	if len(text) != len("+0000") || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	hours, okHours := twoDigits(text[1:3], 23)
	minutes, okMinutes := twoDigits(text[3:], 59)
	seconds = hours*3600 + minutes*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, okHours && okMinutes
}

func twoDigits(text string, max int) (n int, ok bool) {
	for i := range 2 {
		if text[i] < '0' || '9' < text[i] {
			return 0, false
		}
		n = 10*n + int(text[i]-'0')
	}
	return n, n <= max
}

const integerRule = rule("is a whole number")

// parseInteger reads a whole number in any of the forms in which tools write
// one: 5, 5.0, 9.9E7.
func parseInteger(text string) (int64, error) {
	mantissa, power, exponential := strings.Cut(strings.Replace(text, "e", "E", 1), "E")
	exponent := 0
	if exponential {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil || exponent < -18 || exponent > 18 {
			return 0, integerRule
		}
	}
	unsigned, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, pointed := strings.Cut(unsigned, ".")
	if !allDigits(whole) || pointed && !allDigits(fraction) {
		return 0, integerRule
	}
	n, err := shift(whole+fraction, exponent-len(fraction))
	if negative {
		n = -n
	}
	return n, err
}

// shift returns the number of these digits times ten to the power of exponent, if
// that is a whole one.
func shift(digits string, exponent int) (int64, error) {
	digits = strings.TrimLeft(digits, "0")
	for ; exponent < 0 && digits != ""; exponent++ {
		rest, found := strings.CutSuffix(digits, "0")
		if !found {
			return 0, integerRule
		}
		digits = rest
	}
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(digits+strings.Repeat("0", exponent), 10, 64)
	if err != nil {
		return 0, rule("is too large")
	}
	return n, nil
}

// allDigits reports whether text is digits, at least one.
func allDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

var (
	orgStatusCodec = codec[license.OrgStatus]{
		parse:  func(text string) (license.OrgStatus, error) { return license.OrgStatus(strings.Clone(text)), nil },
		append: func(b []byte, s license.OrgStatus) ([]byte, error) { return append(b, s...), nil },
	}
	defaultSeatsCodec = textual(license.ParseSeats)
)

// wordCodec reads one of words, or nothing.
func wordCodec[T ~string](words ...T) codec[T] {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = string(word)
	}
	known := func(word T) error {
		if word == "" || slices.Contains(words, word) {
			return nil
		}
		return rule("is one of " + strings.Join(quoted, ", "))
	}
	return codec[T]{
		parse:  func(text string) (T, error) { return T(strings.Clone(text)), known(T(text)) },
		append: func(b []byte, word T) ([]byte, error) { return append(b, word...), known(word) },
	}
}

// choice reads one of two words as false and true. Nothing is false.
func choice(no, yes string) codec[bool] {
	words := wordCodec(no, yes)
	return codec[bool]{
		parse: func(text string) (bool, error) {
			_, err := words.parse(text)
			return text == yes, err
		},
		append: func(b []byte, value bool) ([]byte, error) {
			if value {
				return append(b, yes...), nil
			}
			return append(b, no...), nil
		},
	}
}
