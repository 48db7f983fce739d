package dedupe

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tables hold what matching knows of names, companies and addresses. Start from
// [DefaultTables] and add what your records need; case, accents and punctuation
// do not matter in what you add. The zero Tables know nothing, and work.
//
// Tables are read when a [Matcher] or a [Model] is made of them, and may change
// afterwards.
type Tables struct {
	Nicknames    map[string][]string // a formal name, its short forms
	Salutations  []string            // what stands before a name: "mr"
	LegalForms   []string            // what ends a company's name: "inc"
	Companies    map[string]string   // a company's initials, its name in full
	Titles       map[string]string   // a shortened word of a job title, the word in full
	Streets      map[string]string   // a shortened word of an address, the word in full
	StreetEnds   []string            // what ends the name of a street, in full: "street"
	Units        []string            // what stands before the number of a flat: "suite"
	Placeholders []string            // what stands for nothing in any field
	NotNames     []string            // what stands for nothing in any field but the names of people
	Letters      map[rune]string     // a letter that is folded always, as it is written in a-z
	Foreign      map[rune]string     // a letter of another script, as it is written in a-z
	CallingCodes []string            // of countries, without the plus; 1 need not be listed
}

//go:embed tables/*.txt
var tableFiles embed.FS

// defaultTables are read once, when the program starts: they are part of it, so
// a mistake in them shows in the first test.
var defaultTables = readTables()

// DefaultTables returns a copy of the tables that come with the package. The nicknames
// are those of github.com/carltonnorthern/nicknames, under the Apache License,
// Version 2.0; see tables/nicknames.txt and tables/LICENSE.nicknames.
func DefaultTables() Tables {
	t := defaultTables
	t.Nicknames = maps.Clone(t.Nicknames)
	for name, short := range t.Nicknames {
		t.Nicknames[name] = slices.Clone(short)
	}
	for _, m := range []*map[string]string{&t.Companies, &t.Titles, &t.Streets} {
		*m = maps.Clone(*m)
	}
	for _, m := range []*map[rune]string{&t.Letters, &t.Foreign} {
		*m = maps.Clone(*m)
	}
	for _, list := range []*[]string{&t.Salutations, &t.LegalForms, &t.StreetEnds, &t.Units,
		&t.Placeholders, &t.NotNames, &t.CallingCodes} {
		*list = slices.Clone(*list)
	}
	return t
}

func readTables() Tables {
	t := Tables{
		Nicknames: map[string][]string{}, Companies: pairs("acronyms"), Titles: pairs("titles"),
		Streets: map[string]string{}, Letters: map[rune]string{}, Foreign: map[rune]string{},
		Salutations: []string{"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "madam", "herr", "frau",
			"mme", "mlle", "monsieur", "madame", "sr", "sra", "srta", "dott", "ing"},
	}
	for words := range lines("nicknames") {
		t.Nicknames[strings.TrimSuffix(words[0], ":")] = words[1:]
	}
	for words := range lines("legal_forms") {
		t.LegalForms = append(t.LegalForms, words...)
	}
	for words := range lines("calling_codes") {
		t.CallingCodes = append(t.CallingCodes, words...)
	}
	for words := range lines("streets") {
		t.addStreet(words[0], words[1:])
	}
	for words := range lines("placeholders") {
		if words[0] == "any" {
			t.Placeholders = append(t.Placeholders, words[1:]...)
		} else {
			t.NotNames = append(t.NotNames, words[1:]...)
		}
	}
	for words := range lines("letters") {
		letter, _ := utf8.DecodeRuneInString(words[1])
		if words[0] == "latin" {
			t.Letters[letter] = words[2]
		} else {
			t.Foreign[letter] = strings.Trim(words[2], "-")
		}
	}
	return t
}

func (t *Tables) addStreet(kind string, words []string) {
	switch kind {
	case "unit":
		t.Units = append(t.Units, words...)
		return
	case "suffix":
		t.StreetEnds = append(t.StreetEnds, words[0])
	}
	for _, short := range words[1:] {
		t.Streets[short] = words[0]
	}
}

// lines yields the words of each line of a table that is no comment.
func lines(table string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		text, _ := tableFiles.ReadFile("tables/" + table + ".txt")
		for line := range strings.Lines(string(text)) {
			if words := strings.Fields(line); len(words) > 0 && words[0] != "#" && !yield(words) {
				return
			}
		}
	}
}

// pairs reads a table of lines "short: words in full".
func pairs(table string) map[string]string {
	read := map[string]string{}
	for words := range lines(table) {
		read[strings.TrimSuffix(words[0], ":")] = strings.Join(words[1:], " ")
	}
	return read
}

// dictionary is Tables in the form in which they are looked up. It is never
// changed once it is made.
type dictionary struct {
	variants     map[string][]string // a name, all names it is directly related to, sorted
	salutations  lexicon
	legalForms   lexicon
	companies    lexicon
	titles       lexicon
	streets      lexicon
	streetEnds   map[string]bool
	units        lexicon
	placeholders lexicon
	notNames     lexicon
	starts       [1 << 10]uint64 // a bit for the first two bytes of each placeholder
	letters      map[rune]string
	foreign      map[rune]string
	codes        map[string]bool
}

func newDictionary(t Tables) *dictionary {
	d := &dictionary{letters: t.Letters, foreign: t.Foreign}
	d.letters, d.foreign = maps.Clone(t.Letters), maps.Clone(t.Foreign)
	d.salutations, d.legalForms, d.units = d.words(t.Salutations), d.words(t.LegalForms), d.words(t.Units)
	d.streetEnds = d.set(t.StreetEnds)
	d.placeholders, d.notNames = d.words(t.Placeholders), d.words(t.NotNames)
	for _, l := range []lexicon{d.placeholders, d.notNames} {
		for word := range l.words {
			at := startOf(word)
			d.starts[at/64] |= 1 << (at % 64)
		}
	}
	d.titles, d.streets = newLexicon(d.expansions(t.Titles)), newLexicon(d.expansions(t.Streets))
	d.codes = d.set(append([]string{"1"}, t.CallingCodes...))
	d.variants = d.related(t.Nicknames)
	companies := map[string]string{}
	for short, name := range t.Companies {
		companies[d.solid(short)] = string(d.appendCompany(nil, name))
	}
	d.companies = newLexicon(fixed(companies))
	return d
}

// lexicon is a set of words, or of words that stand for others. Most words that are
// looked up are not in it, which one bit tells of nearly all of them.
type lexicon struct {
	bits  [64]uint64 // a bit for the length and both ends of each word
	words map[string]string
}

func newLexicon(words map[string]string) lexicon {
	l := lexicon{words: words}
	for word := range words {
		at := bitOf([]byte(word))
		l.bits[at/64] |= 1 << (at % 64)
	}
	return l
}

func bitOf(word []byte) uint {
	return (uint(len(word)) ^ uint(word[0])<<3 ^ uint(word[len(word)-1])<<6) % 4096
}

// find returns what a word stands for.
func (l *lexicon) find(word []byte) (meaning string, found bool) {
	if !l.mayHave(word) {
		return "", false
	}
	meaning, found = l.words[string(word)]
	return meaning, found
}

func (l *lexicon) has(word []byte) bool {
	if !l.mayHave(word) {
		return false
	}
	_, found := l.words[string(word)]
	return found
}

func (l *lexicon) mayHave(word []byte) bool {
	if len(word) == 0 {
		return false
	}
	at := bitOf(word)
	return l.bits[at/64]&(1<<(at%64)) != 0
}

// solid folds text and drops all but letters and digits.
func (d *dictionary) solid(text string) string {
	return string(keepAlphanumeric(d.appendFold(nil, text)))
}

func (d *dictionary) set(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, word := range words {
		if word = d.solid(word); word != "" {
			set[word] = true
		}
	}
	return set
}

// words makes a lexicon of words that stand for nothing else.
func (d *dictionary) words(words []string) lexicon {
	table := make(map[string]string, len(words))
	for word := range d.set(words) {
		table[word] = ""
	}
	return newLexicon(table)
}

func (d *dictionary) expansions(table map[string]string) map[string]string {
	folded := make(map[string]string, len(table))
	for short, long := range table {
		folded[d.solid(short)] = string(appendWords(nil, d.appendFold(nil, long)))
	}
	return fixed(folded)
}

// fixed drops the entries whose expansion would be expanded again, or is empty,
// so that expanding twice is expanding once.
func fixed(table map[string]string) map[string]string {
	kept := maps.Clone(table)
	maps.DeleteFunc(kept, func(short, long string) bool {
		if _, again := table[long]; again || short == "" || long == "" {
			return true
		}
		for word := range strings.FieldsSeq(long) {
			if _, again := table[word]; again {
				return true
			}
		}
		return false
	})
	return kept
}

// related lists both ways which names are each other's formal or short form.
func (d *dictionary) related(nicknames map[string][]string) map[string][]string {
	related := map[string][]string{}
	for formal, short := range nicknames {
		formal := string(d.appendName(nil, formal))
		for _, name := range short {
			name := string(d.appendName(nil, name))
			related[formal] = append(related[formal], name)
			related[name] = append(related[name], formal)
		}
	}
	for name := range related {
		slices.Sort(related[name])
		related[name] = slices.Compact(related[name])
	}
	return related
}

// variant reports whether one name is a formal or short form of the other.
func (d *dictionary) variant(a, b string) bool {
	_, found := slices.BinarySearch(d.variants[a], b)
	return found
}

// isPlaceholder reports whether normalized text stands for nothing in field f.
func (d *dictionary) isPlaceholder(f Field, text []byte) bool {
	if len(text) > 24 {
		return false
	}
	var buf [24]byte
	if !d.mayBePlaceholder(text) {
		return false
	}
	solid := keepAlphanumeric(append(buf[:0], text...))
	if len(solid) == 0 || repeats(solid) && len(solid) > 2 || d.placeholders.has(solid) {
		return true
	}
	return f != FirstName && f != LastName && f != State && f != Country && d.notNames.has(solid)
}

// startOf is the number of the first two bytes of a word.
func startOf(word string) int {
	if len(word) == 1 {
		return int(word[0])
	}
	return int(word[0])<<8 | int(word[1])
}

// mayBePlaceholder reports whether text begins as a placeholder does; it is a
// quick look that most texts do not pass.
func (d *dictionary) mayBePlaceholder(text []byte) bool {
	var first byte
	for _, c := range text {
		switch {
		case c >= utf8.RuneSelf:
			return true
		case !isAlphanumeric(c):
		case first == 0:
			first = c
		default:
			at := int(first)<<8 | int(c)
			return first == c || d.starts[at/64]&(1<<(at%64)) != 0
		}
	}
	return true
}

// repeats reports whether one byte is all there is.
func repeats[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c != text[0] || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// keepAlphanumeric drops from text, in place, all but letters, marks and digits.
func keepAlphanumeric(text []byte) []byte {
	kept := text[:0]
	inWord := false // a mark belongs to the letter before it
	for i := 0; i < len(text); {
		c, size := text[i], 1
		if c < utf8.RuneSelf {
			inWord = isAlphanumeric(c)
		} else {
			var r rune
			r, size = utf8.DecodeRune(text[i:])
			inWord = isWordRune(r) || inWord && unicode.IsMark(r)
		}
		if inWord {
			kept = append(kept, text[i:i+size]...)
		}
		i += size
	}
	return kept
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z'
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
