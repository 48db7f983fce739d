package pkgversion

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// Version is the number of a package version: major.minor.patch.build, and for a
// beta the number of the beta. Parts that are not written are 0, so 1.2 and
// 1.2.0 are one version.
//
// Versions are comparable values; == is equality. The zero Version is no
// version: it prints as "", is lower than every other, and is not the same as
// 0.0.0.
type Version struct {
	major, minor, patch, build uint32
	beta                       uint32
	set                        bool
}

// NewVersion returns the released version with the given numbers.
func NewVersion(major, minor, patch, build uint32) Version {
	return Version{major: major, minor: minor, patch: patch, build: build, set: true}
}

// Beta returns the n-th beta of v, and for n = 0 the release itself. The zero
// Version has no betas.
func (v Version) Beta(n uint32) Version {
	if v.set {
		v.beta = n
	}
	return v
}

// Release returns the release that v precedes, or v itself when it is released.
func (v Version) Release() Version { return v.Beta(0) }

// ParseVersion reads "1.2", "1.2.3" or "1.2.3.4", for a beta followed by
// " (Beta N)" with N ≥ 1, as the platform writes it. Numbers have no sign and no
// leading zeros and fit 32 bits. The error is a *ParseError.
func ParseVersion(text string) (Version, error) {
	refuse := func(rule string) (Version, error) {
		return Version{}, &ParseError{Field: "version", Value: text, Rule: rule}
	}
	numbers, beta, rule := cutBeta(text)
	if rule != "" {
		return refuse(rule)
	}
	v := Version{beta: beta, set: true}
	parts := [4]*uint32{&v.major, &v.minor, &v.patch, &v.build}
	for n := 0; ; n++ {
		if n == len(parts) {
			return refuse("has at most four parts")
		}
		part, rest, more := strings.Cut(numbers, ".")
		number, rule := parseNumber(part)
		if rule != "" {
			return refuse(rule)
		}
		*parts[n] = number
		if !more {
			if n == 0 {
				return refuse("needs a major and a minor number")
			}
			return v, nil
		}
		numbers = rest
	}
}

// MustVersion is ParseVersion for literals and tests; it panics on an error.
func MustVersion(text string) Version {
	v, err := ParseVersion(text)
	if err != nil {
		panic(err)
	}
	return v
}

// cutBeta splits "2.0 (Beta 1)" into its numbers and the number of the beta,
// which is 0 for a release.
func cutBeta(text string) (numbers string, beta uint32, rule string) {
	numbers, mark, found := strings.Cut(text, " (")
	if !found {
		return text, 0, ""
	}
	word, rest, _ := strings.Cut(mark, " ")
	number, closed := strings.CutSuffix(rest, ")")
	if !strings.EqualFold(word, "Beta") || !closed {
		return "", 0, `a beta is written "1.0 (Beta 1)"`
	}
	beta, rule = parseNumber(number)
	if rule == "" && beta == 0 {
		rule = "betas count from 1"
	}
	return numbers, beta, rule
}

func parseNumber(text string) (uint32, string) {
	if text == "" {
		return 0, "a number is missing"
	}
	if len(text) > 1 && text[0] == '0' {
		return 0, "numbers have no leading zeros"
	}
	var n uint64
	for i := range len(text) {
		if text[i] < '0' || '9' < text[i] {
			return 0, "parts are decimal numbers"
		}
		if n = n*10 + uint64(text[i]-'0'); n > math.MaxUint32 {
			return 0, "numbers fit 32 bits"
		}
	}
	return uint32(n), ""
}

// Major, Minor, Patch and Build return the parts; all are 0 for the zero Version.
func (v Version) Major() uint32 { return v.major }

// Minor returns the second part.
func (v Version) Minor() uint32 { return v.minor }

// Patch returns the third part.
func (v Version) Patch() uint32 { return v.patch }

// Build returns the fourth part.
func (v Version) Build() uint32 { return v.build }

// BetaNumber returns the number of the beta, 0 for a release.
func (v Version) BetaNumber() uint32 { return v.beta }

// IsBeta reports whether v is a beta.
func (v Version) IsBeta() bool { return v.beta > 0 }

// IsZero reports whether v is no version.
func (v Version) IsZero() bool { return !v.set }

// Compare orders versions part by part as numbers. A beta precedes its release,
// betas of one number go by their own, and the zero Version precedes all.
func (v Version) Compare(other Version) int {
	if v.set != other.set {
		if other.set {
			return -1
		}
		return +1
	}
	return cmp.Or(
		cmp.Compare(v.major, other.major),
		cmp.Compare(v.minor, other.minor),
		cmp.Compare(v.patch, other.patch),
		cmp.Compare(v.build, other.build),
		// 0, the release, wraps to the highest: it follows its betas.
		cmp.Compare(v.beta-1, other.beta-1),
	)
}

// Less reports whether v is lower than other.
func (v Version) Less(other Version) bool { return v.Compare(other) < 0 }

// Equal reports v == other.
func (v Version) Equal(other Version) bool { return v == other }

// Number returns the text of the numbers alone, without the mark of a beta:
// major.minor.patch, and the build where it is not 0.
func (v Version) Number() string { return string(v.Release().append(nil)) }

// String returns the canonical text, which ParseVersion reads back: "1.2.0",
// "1.2.0.7", "2.0.0 (Beta 1)", and "" for the zero Version.
func (v Version) String() string { return string(v.append(nil)) }

func (v Version) append(b []byte) []byte {
	if !v.set {
		return b
	}
	b = strconv.AppendUint(b, uint64(v.major), 10)
	b = strconv.AppendUint(append(b, '.'), uint64(v.minor), 10)
	b = strconv.AppendUint(append(b, '.'), uint64(v.patch), 10)
	if v.build > 0 {
		b = strconv.AppendUint(append(b, '.'), uint64(v.build), 10)
	}
	if v.beta > 0 {
		b = strconv.AppendUint(append(b, " (Beta "...), uint64(v.beta), 10)
		b = append(b, ')')
	}
	return b
}

// AppendText appends what String returns.
func (v Version) AppendText(b []byte) ([]byte, error) { return v.append(b), nil }

// MarshalText returns what String returns.
func (v Version) MarshalText() ([]byte, error) { return v.append(nil), nil }

// UnmarshalText reads what ParseVersion reads; empty text is the zero Version.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	parsed, err := ParseVersion(string(text))
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}
