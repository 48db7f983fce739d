package lifecycle

import (
	"fmt"
	"maps"
	"slices"
)

// Dump returns everything that s keeps but its cursors, a line each, in an order of its
// own.
func (s *MemStore) Dump() (lines []string) {
	for id, v := range s.vendors {
		add := func(what string, key, record any) {
			lines = append(lines, fmt.Sprintf("%v %s %v: %+v", id, what, key, record))
		}
		add("clock", "", v.clock)
		add("highest", "", v.highest)
		addAll(add, "package", v.packages)
		addAll(add, "version", v.versions)
		addAll(add, "org", v.orgs)
		addAll(add, "facts", v.facts)
		addAll(add, "notice", v.notices)
		addAll(add, "license", v.licenses)
		addAll(add, "installation", v.installation)
		addAll(add, "of org", full(v.ofOrg))
		addAll(add, "parameter", full(v.parameters))
		addAll(add, "value", full(v.values))
		addAll(add, "sandboxes", full(v.sandboxes))
		addAll(add, "sides", v.sides)
		addAll(add, "pending", v.pending)
		addAll(add, "drifting", v.drifting)
		addAll(add, "refresh", v.refreshes)
		addAll(add, "left", v.left)
		addAll(add, "holders", full(v.holders))
		addAll(add, "closed", full(v.closed))
		addAll(add, "standing", v.standings)
		addAll(add, "lead", v.leads)
		addAll(add, "pending lead", v.pendingLeads)
		addAll(add, "contact", v.contacts)
		addAll(add, "account", v.accounts)
		addAll(add, "owner", v.owners)
		addAll(add, "leads under", full(v.leadKeys.under))
		addAll(add, "contacts under", full(v.contactKeys.under))
		for s, events := range v.streams {
			for _, e := range events {
				add("stream", s, e)
			}
		}
		for _, e := range v.events {
			add("event", e.Seq, e)
		}
	}
	slices.Sort(lines)
	return lines
}

func addAll[K comparable, V any](add func(string, any, any), what string, records map[K]V) {
	for key, record := range records {
		add(what, key, record)
	}
}

// full returns m without what is empty, which is the same as what is not there.
func full[K, L comparable, V any](m map[K]map[L]V) map[K]map[L]V {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(_ K, inner map[L]V) bool { return len(inner) == 0 })
	return m
}

// Kinds returns the kinds of all changes that can be decoded.
func Kinds() []string { return slices.Sorted(maps.Keys(decoders)) }

// CanReplay reports whether c has a case in replay.go.
func CanReplay(c Change) bool {
	_, err := changeEffects(Event{Change: c}, prior{})
	_, unknown := err.(*FieldError)
	return !unknown
}

// CanVerify reports whether c has a case in verify.go, or changes no record.
func CanVerify(c Change) bool {
	effects, err := changeEffects(Event{Change: c}, prior{})
	return len(readingsOf(c)) > 0 || err == nil && len(effects) == 0
}
