package dedupe

import (
	"strconv"
	"strings"
)

// nameList names the values of an enumeration, its zero first.
type nameList []string

func names(list ...string) nameList { return list }

func (l nameList) of(i int) string {
	if i < len(l) {
		return l[i]
	}
	return "number " + strconv.Itoa(i)
}

// list returns the names that may be used, in one line.
func (l nameList) list() string { return strings.Join(l[1:], ", ") }

// plainName strips a name of what does not matter in it.
func plainName(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' {
			return -1
		}
		return r
	}, name))
}
