package dedupe

import (
	"cmp"
	"slices"
)

// A block with more records than are compared with one another is put in order,
// and each record is compared with those that stand near it. The order is by
// content, so that what is compared does not depend on how the records came in.

// rank is a record's place in one block. Records with like ranks are likely to
// match.
type rank [4]uint64

func (r rank) compare(other rank) int { return slices.Compare(r[:], other[:]) }

// discriminating lists the fields from the one that tells most about who somebody
// is to the one that tells least.
var discriminating = []Field{LastName, FirstName, Street, Phone, Email, Title, Website, Company, ZIP, City, State, Country}

// rankFields returns the places of three fields by which the block of a key is
// ordered: names, unless they are in the key and so alike already; then what stands in
// few other keys, since those find what is alike in it; then what tells most.
func (m *Matcher) rankFields(key Key) []int {
	fields := slices.Clone(m.rule.Fields)
	inKeys := func(f Field) int {
		n := 0
		for _, other := range m.rule.MatchKeys() {
			n += count(other, f)
		}
		return n + 100*count(key, f)
	}
	slices.SortStableFunc(fields, func(a, b FieldRule) int {
		aName, bName := hasSound(a.Method), hasSound(b.Method)
		if aName != bName && count(key, FirstName)+count(key, LastName) == 0 {
			return cmp.Compare(yes(bName), yes(aName))
		}
		return cmp.Or(cmp.Compare(inKeys(a.Field), inKeys(b.Field)),
			cmp.Compare(slices.Index(discriminating, a.Field), slices.Index(discriminating, b.Field)))
	})
	var places []int
	for _, field := range fields[:min(3, len(fields))] {
		places = append(places, m.place(field.Field))
	}
	return places
}

// count returns 1 if f is in key, else 0.
func count(key Key, f Field) int {
	if slices.ContainsFunc(key, func(part KeyPart) bool { return part.Field == f }) {
		return 1
	}
	return 0
}

// rank returns p's place in the blocks of key number k.
func (m *Matcher) rank(k int, p *prepared) rank {
	var r rank
	for i, at := range m.order[k] {
		if f := p[at]; f.sound != "" {
			r[i] = pack(f.sound)>>32<<32 | pack(f.text)>>32
		} else {
			r[i] = pack(f.text)
		}
	}
	hash := uint64(14695981039346656037)
	for i := range m.rule.Fields {
		for j := range len(p[i].text) {
			hash = (hash ^ uint64(p[i].text[j])) * 1099511628211
		}
		hash = (hash ^ 0xFF) * 1099511628211
	}
	r[3] = hash
	return r
}

// pack returns the first eight bytes of text, which order as it does.
func pack(text string) uint64 {
	var n uint64
	for i := range 8 {
		n <<= 8
		if i < len(text) {
			n |= uint64(text[i])
		}
	}
	return n
}
