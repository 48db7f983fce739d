package lifecycle

import (
	"fmt"
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

// FallibleMatcher is a Matcher that cannot always tell: what it has learnt is not loaded,
// say. Err says why it cannot tell who p is, nil if it can. A Matcher that panics counts
// as one that cannot tell.
//
// A rule that fails stops no license. The lead is kept as a [PendingLead], and
// [Manager.RetryLeads] makes it once the cause is cured.
type FallibleMatcher interface {
	Matcher
	Err(p lead.Person) error
}

// maxCandidates is how many records under a key are compared, as on the platform.
const maxCandidates = 100

// rule asks a Matcher something about p, and tells whether it failed.
func rule(m Matcher, kind RecordKind, p lead.Person, ask func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &RuleError{Records: kind, Err: fmt.Errorf("panic: %v", r)}
		}
	}()
	if f, ok := m.(FallibleMatcher); ok {
		if err := f.Err(p); err != nil {
			return &RuleError{Records: kind, Err: err}
		}
	}
	ask()
	return nil
}

// matchKeys returns the keys of p, sorted and each once, or a *RuleError.
func matchKeys(m Matcher, kind RecordKind, p lead.Person) (keys []string, err error) {
	err = rule(m, kind, p, func() { keys = slices.Compact(slices.Sorted(slices.Values(m.Keys(p)))) })
	return keys, err
}

// matchingContact returns the contact that is p, of several the oldest.
func matchingContact(m Matcher, p lead.Person, candidates []lead.Contact) (match lead.Contact, found bool, err error) {
	err = rule(m, Contacts, p, func() {
		for _, c := range candidates {
			if m.Match(p, c.Person) && (!found || c.CreatedAt.Before(match.CreatedAt)) {
				match, found = c, true
			}
		}
	})
	return match, found, err
}

// matchingLead returns the open lead that is p, of several the oldest.
func matchingLead(m Matcher, p lead.Person, candidates []lead.Lead) (match lead.Lead, found bool, err error) {
	err = rule(m, Leads, p, func() {
		for _, l := range candidates {
			if !l.IsConverted() && m.Match(p, l.Person) && (!found || l.CreatedAt.Before(match.CreatedAt)) {
				match, found = l, true
			}
		}
	})
	return match, found, err
}
