package dedupe

import "strings"

// modelKeys make the keys of a Model: more than a rule has, and looser, since its
// score weeds out what they bring. A key is made of pieces; one that is
// missing makes the key missing.
var modelKeys = []func(*modelPieces) []string{
	func(p *modelPieces) []string { return []string{p.email} },
	func(p *modelPieces) []string { return []string{p.local} },
	func(p *modelPieces) []string { return []string{p.phone} },
	func(p *modelPieces) []string { return []string{min(p.first, p.last), max(p.first, p.last)} },
	func(p *modelPieces) []string { return []string{p.last, p.company} },
	func(p *modelPieces) []string { return []string{p.first, p.company} },
	func(p *modelPieces) []string { return []string{p.first, p.domain} },
	func(p *modelPieces) []string { return []string{p.last, p.domain} },
	func(p *modelPieces) []string { return []string{p.last, p.zip} },
	func(p *modelPieces) []string { return []string{p.first, p.zip} },
	func(p *modelPieces) []string { return []string{p.number, p.street} },
	func(p *modelPieces) []string { return []string{p.last, p.exchange} },
	func(p *modelPieces) []string { return []string{p.initials, p.zip, p.street} },
	func(p *modelPieces) []string { return []string{p.first, p.city, p.street} },
	func(p *modelPieces) []string { return []string{p.last, p.city, p.initials} },
	func(p *modelPieces) []string { return []string{p.start, p.zip3} },
}

// modelPieces are what the keys of a record are made of; "" is missing.
type modelPieces struct {
	first, last    string // sounds
	initials       string // of both names, in the order of the alphabet
	start          string // of both names, three letters each
	company        string // the first word
	email, local   string
	domain         string
	phone          string
	exchange       string
	street, number string
	city           string
	zip, zip3      string
}

func (d *dictionary) pieces(p *prepared) modelPieces {
	m := modelPieces{first: p[inFirst].sound, last: p[inLast].sound}
	m.first = m.first[:min(len(m.first), 6)]
	first, last := p[inFirst].text, p[inLast].text
	if first != "" && last != "" {
		a, b := firstLetters(first, 1), firstLetters(last, 1)
		m.initials = min(a, b) + max(a, b)
		m.start = firstLetters(first, 3) + " " + firstLetters(last, 3)
	}
	m.company = firstLetters(firstWord(p[inCompany].text), 6)
	if local, domain, ok := strings.Cut(p[inEmail].text, "@"); ok {
		local = plainLocal(local)
		m.domain = registrable(domain)
		m.email = local + "@" + m.domain
		if len(local) >= 5 && !roleMailboxes[local] {
			m.local = local
		}
	}
	if s := phoneSections(p[inPhone].text); s[1] != "" {
		m.exchange = s[1] + s[2]
		m.phone = m.exchange + s[3]
	}
	street := d.streetSections(p[inStreet].text)
	m.number, m.street = street.number, firstLetters(firstWord(street.name), 4)
	m.city = firstLetters(p[inCity].text, 5)
	zip := p[inZIP].text
	m.zip = zip[:min(5, len(zip))]
	if len(zip) >= 3 {
		m.zip3 = zip[:3]
	}
	return m
}

// key returns the text of a key of p; false where a piece is missing.
func (d *dictionary) modelKey(k int, pieces *modelPieces) (string, bool) {
	parts := modelKeys[k](pieces)
	for _, part := range parts {
		if part == "" {
			return "", false
		}
	}
	return strings.Join(parts, "|"), true
}
