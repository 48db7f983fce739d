package lifecycle

import (
	"slices"

	"github.com/isvkit/isvkit/lead"
)

// Matcher is a rule that says when two records are one person. Package lead has
// the simplest, package dedupe those of the platform.
//
// Keys returns the keys under which a person is stored and looked up, at most a
// few; only records that share a key are compared, so what Match is to find must
// share one. Both are called within transactions: they must be pure, fast, and
// safe for concurrent use.
type Matcher interface {
	Keys(p lead.Person) []string
	Match(a, b lead.Person) bool
}

// maxCandidates is how many records under a key are compared, as on the platform.
const maxCandidates = 100

// matchKeys returns the keys of p, sorted and each once.
func matchKeys(m Matcher, p lead.Person) []string {
	keys := slices.Sorted(slices.Values(m.Keys(p)))
	return slices.Compact(keys)
}

// matchingContact returns the contact that is p, of several the oldest.
func matchingContact(m Matcher, p lead.Person, candidates []lead.Contact) (match lead.Contact, found bool) {
	for _, c := range candidates {
		if m.Match(p, c.Person) && (!found || c.CreatedAt.Before(match.CreatedAt)) {
			match, found = c, true
		}
	}
	return match, found
}

// matchingLead returns the open lead that is p, of several the oldest.
func matchingLead(m Matcher, p lead.Person, candidates []lead.Lead) (match lead.Lead, found bool) {
	for _, l := range candidates {
		if !l.IsConverted() && m.Match(p, l.Person) && (!found || l.CreatedAt.Before(match.CreatedAt)) {
			match, found = l, true
		}
	}
	return match, found
}
