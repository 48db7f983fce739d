package dedupe

import (
	"slices"
	"strings"

	"github.com/isvkit/isvkit/dedupe/internal/metric"
)

// level is how far a field agrees in a pair. Level 0 is that one side or both are
// blank, which says nothing; of the others a lower one agrees better, and the
// last of a field is that it differs.
type level uint8

const (
	blankLevel level = 0
	sameLevel  level = 1
)

// The fields of a Model, in the order of modelRule.
const (
	inFirst = iota
	inLast
	inTitle
	inCompany
	inEmail
	inPhone
	inStreet
	inCity
	inState
	inZIP
	modelFields
)

// modelRule gives the normal forms that a Model reads. Its equation and its keys
// are not used.
var modelRule = Rule{
	Name: "Scored",
	Fields: []FieldRule{
		FuzzyFirst.On(FirstName), FuzzyLast.On(LastName), FuzzyTitle.On(Title), FuzzyCompany.On(Company),
		EmailAddress.On(Email), FuzzyPhone.On(Phone), FuzzyStreet.On(Street), FuzzyCity.On(City),
		Exact.On(State), FuzzyZIP.On(ZIP),
	},
	Equation: MustEquation("Last_Name"),
}

// levelNames name the levels of each field, the blank one left out.
var levelNames = [modelFields][]string{
	inFirst:   {"same", "nickname", "alike", "initial", "names changed places", "somewhat alike", "different"},
	inLast:    {"same", "alike", "part of the other", "somewhat alike", "different"},
	inTitle:   {"same", "words in common", "different"},
	inCompany: {"same", "alike", "part or acronym of the other", "somewhat alike", "different"},
	inEmail:   {"same", "same local part", "alike in one domain", "same domain", "numbered apart", "different"},
	inPhone:   {"same", "one digit apart", "same exchange", "different"},
	inStreet:  {"same", "alike", "same name", "different"},
	inCity:    {"same", "alike", "different"},
	inState:   {"same", "different"},
	inZIP:     {"same", "one digit apart", "same region", "different"},
}

// maxLevels is the most levels a field has, the blank one counted.
const maxLevels = 8

// levels is a pair compared.
type levels [modelFields]level

// compareLevels compares two records field by field.
func (d *dictionary) compareLevels(a, b *prepared) levels {
	var l levels
	l[inFirst], l[inLast] = d.nameLevels(a, b)
	l[inTitle] = d.pick(a[inTitle], b[inTitle], titleLevel)
	l[inCompany] = d.pick(a[inCompany], b[inCompany], companyLevel)
	l[inEmail] = d.pick(a[inEmail], b[inEmail], emailLevel)
	l[inPhone] = d.pick(a[inPhone], b[inPhone], phoneLevel)
	l[inStreet] = d.pick(a[inStreet], b[inStreet], d.streetLevel)
	l[inCity] = d.pick(a[inCity], b[inCity], cityLevel)
	l[inState] = d.pick(a[inState], b[inState], func(_, _ string) level { return 2 })
	l[inZIP] = d.pick(a[inZIP], b[inZIP], zipLevel)
	return l
}

// pick is of two forms that are not blank, not the same and not of mixed
// scripts.
func (d *dictionary) pick(a, b form, differ func(a, b string) level) level {
	switch {
	case a.text == "" || b.text == "":
		return blankLevel
	case a.text == b.text:
		return sameLevel
	}
	return differ(a.text, b.text)
}

// nameLevels compares the names straight, and transposed where that agrees better.
func (d *dictionary) nameLevels(a, b *prepared) (first, last level) {
	first, last = d.firstLevel(a[inFirst], b[inFirst]), d.lastLevel(a[inLast], b[inLast])
	if first < 6 || last < 4 || a[inFirst].text == "" || b[inFirst].text == "" || a[inLast].text == "" || b[inLast].text == "" {
		return first, last
	}
	crossA, crossB := d.lastLevel(a[inFirst], b[inLast]), d.lastLevel(a[inLast], b[inFirst])
	if crossA <= 2 && crossB <= 2 {
		return 5, max(crossA, crossB)
	}
	return first, last
}

func (d *dictionary) firstLevel(a, b form) level {
	switch {
	case a.text == "" || b.text == "":
		return blankLevel
	case a.text == b.text:
		return 1
	case mixesScripts(a.text) || mixesScripts(b.text):
		return 7
	case areInitials(a.text, b.text) || areInitials(b.text, a.text):
		return 4
	case d.variant(firstWord(a.text), firstWord(b.text)):
		return 2
	case firstWord(a.text) == firstWord(b.text) && len(firstWord(a.text)) > 1:
		return 3 // a middle name more
	}
	switch similarity := metric.JaroWinkler(a.text, b.text); {
	case similarity >= .92, a.sound == b.sound && similarity >= .75, oneEdit(a.text, b.text, 4):
		return 3
	case similarity >= .80:
		return 6
	}
	return 7
}

func (d *dictionary) lastLevel(a, b form) level {
	switch {
	case a.text == "" || b.text == "":
		return blankLevel
	case a.text == b.text:
		return 1
	case mixesScripts(a.text) || mixesScripts(b.text):
		return 5
	}
	switch similarity := metric.JaroWinkler(a.text, b.text); {
	case similarity >= .93, a.sound == b.sound && similarity >= .75, oneEdit(a.text, b.text, 4):
		return 2
	case sharesWord(a.text, b.text):
		return 3
	case similarity >= .82:
		return 4
	}
	return 5
}

// oneEdit reports whether one typing error makes a into b, of least letters both.
func oneEdit(a, b string, least int) bool {
	return min(len(a), len(b)) >= least && metric.WithinOneEdit(a, b)
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// sharesWord reports whether a word of three letters or more is in both.
func sharesWord(a, b string) bool {
	if !strings.Contains(a, " ") && !strings.Contains(b, " ") {
		return false
	}
	for word := range strings.SplitSeq(a, " ") {
		if len(word) >= 3 && slices.Contains(strings.Split(b, " "), word) {
			return true
		}
	}
	return false
}

// sharesAnyWord reports whether a word is in both.
func sharesAnyWord(a, b string) bool {
	for word := range strings.SplitSeq(a, " ") {
		for other := range strings.SplitSeq(b, " ") {
			if word == other {
				return true
			}
		}
	}
	return false
}

func titleLevel(a, b string) level {
	if sharesAnyWord(a, b) && metric.KullbackLeibler(a, b) >= .5 || isAcronym(a, b) || isAcronym(b, a) {
		return 2
	}
	return 3
}

func companyLevel(a, b string) level {
	if mixesScripts(a) || mixesScripts(b) {
		return 5
	}
	solidA, solidB := strings.ReplaceAll(a, " ", ""), strings.ReplaceAll(b, " ", "")
	similarity := 0.0
	if mayReach(EditDistance, solidA, solidB, 65) {
		similarity = metric.EditSimilarity(solidA, solidB)
	}
	switch {
	case similarity >= .85:
		return 2
	case isAcronym(a, b) || isAcronym(b, a), isPrefix(solidA, solidB) || isPrefix(solidB, solidA):
		return 3
	case sharesAnyWord(a, b) && metric.KullbackLeibler(a, b) >= .6:
		return 3
	case similarity >= .65:
		return 4
	}
	return 5
}

// isPrefix reports whether long begins with short, which has five letters or
// more.
func isPrefix(short, long string) bool { return len(short) >= 5 && strings.HasPrefix(long, short) }

func emailLevel(a, b string) level {
	localA, domainA, _ := strings.Cut(a, "@")
	localB, domainB, _ := strings.Cut(b, "@")
	localA, localB = plainLocal(localA), plainLocal(localB)
	domainA, domainB = registrable(domainA), registrable(domainB)
	switch {
	case localA == localB && domainA == domainB:
		return 1
	case localA == localB && len(localA) >= 4 && !roleMailboxes[localA]:
		return 2
	case domainA == domainB && numberedApart(localA, localB):
		return 5
	case oneEdit(localA+"@"+domainA, localB+"@"+domainB, 8):
		return 3
	case domainA == domainB && alikeLocals(localA, localB):
		return 3
	case domainA == domainB:
		return 4
	}
	return 6
}

// numberedApart reports whether two local parts differ in the number that they
// end with, by which one mail server tells namesakes apart: jdoe and jdoe2.
func numberedApart(a, b string) bool {
	const digits = "0123456789"
	stem := strings.TrimRight(a, digits)
	return stem != "" && a != b && stem == strings.TrimRight(b, digits)
}

// plainLocal drops from a local part its tag, dots, underscores and hyphens.
func plainLocal(local string) string {
	local, _, _ = strings.Cut(local, "+")
	if !strings.ContainsAny(local, "._-") {
		return local
	}
	return localPunctuation.Replace(local)
}

var localPunctuation = strings.NewReplacer(".", "", "_", "", "-", "")

// alikeLocals reports whether two local parts of one domain may be one
// person's: jdoe and johndoe.
func alikeLocals(a, b string) bool {
	return metric.JaroWinkler(a, b) >= .92 || len(a) > 3 && len(b) > 3 && a[0] == b[0] &&
		(strings.HasSuffix(a, b[1:]) || strings.HasSuffix(b, a[1:]))
}

// roleMailboxes are local parts that belong to no person.
var roleMailboxes = map[string]bool{
	"info": true, "sales": true, "contact": true, "admin": true, "support": true, "office": true, "hello": true,
	"mail": true, "team": true, "service": true, "help": true, "marketing": true, "billing": true, "accounts": true,
	"hr": true, "jobs": true, "enquiries": true, "inquiries": true, "kontakt": true, "webmaster": true,
}

func phoneLevel(a, b string) level {
	pa, pb := phoneSections(a), phoneSections(b)
	switch {
	case pa[1] == pb[1] && pa[2] == pb[2] && pa[3] == pb[3]:
		return 1
	case metric.WithinOneEdit(pa[1]+pa[2]+pa[3], pb[1]+pb[2]+pb[3]):
		return 2
	case pa[1] == pb[1] && pa[2] == pb[2] && pa[1] != "":
		return 3
	}
	return 4
}

func (d *dictionary) streetLevel(a, b string) level {
	pa, pb := d.streetSections(a), d.streetSections(b)
	alike := pa.name == pb.name || metric.EditSimilarity(pa.name, pb.name) >= .75 || sharesWord(pa.name, pb.name)
	switch {
	case pa.number == pb.number && pa.number != "" && pa.name == pb.name:
		return 1
	case alike && (pa.number == pb.number || pa.number == "" || pb.number == "" || metric.WithinOneEdit(pa.number, pb.number)):
		return 2
	case pa.name == pb.name:
		return 3
	}
	return 4
}

func cityLevel(a, b string) level {
	if metric.EditSimilarity(a, b) >= .75 || isPrefix(a, b) || isPrefix(b, a) {
		return 2
	}
	return 3
}

func zipLevel(a, b string) level {
	five := func(text string) string { return text[:min(5, len(text))] }
	switch a, b = five(a), five(b); {
	case a == b:
		return 1
	case metric.WithinOneEdit(a, b):
		return 2
	case len(a) >= 3 && len(b) >= 3 && a[:3] == b[:3]:
		return 3
	}
	return 4
}
