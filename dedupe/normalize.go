package dedupe

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/isvkit/isvkit/lead"
)

// Normalizing is idempotent for every method. The normal form of a blank and of a placeholder is
// "". See also the files normalize_company.go, normalize_phone.go and
// normalize_street.go.

// maxText is how much of a field is read, in bytes, and how long a normal form is
// at most: more than any store keeps.
const maxText = 1020

// Normalize returns text in the form in which method m compares it; "" for a blank and for a
// placeholder. A Phone is "+1-415-555-1234" or, where no country is known,
// "-415-555-1234"; a Street ends with its units, as in "12 main street #4".
// Placeholders are those of f.
func (m *Matcher) Normalize(method Method, f Field, text string) string {
	return string(m.words.appendNormal(nil, method, f, text))
}

// appendNormal appends the normal form of text to dst.
func (d *dictionary) appendNormal(dst []byte, method Method, f Field, text string) []byte {
	if text == "" {
		return dst
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	if isNotApplicable(text) {
		return dst
	}
	start := len(dst)
	if (method == FuzzyStreet || method == FuzzyTitle) && len(text) < 16 {
		var buf [16]byte
		if d.isPlaceholder(f, appendLower(buf[:0], text)) {
			return dst // before a word of it is made longer
		}
	}
	dst = d.appendMethod(dst, method, text)
	if len(dst)-start > maxText {
		form := strings.TrimSpace(strings.ToValidUTF8(string(dst[start:start+maxText]), ""))
		dst = append(dst[:start], form...)
	}
	switch method {
	case EmailAddress, FuzzyPhone, WebDomain: // see to it themselves
		return dst
	}
	if d.isPlaceholder(f, dst[start:]) {
		return dst[:start]
	}
	return dst
}

// appendLower appends text in lower case.
func appendLower(dst []byte, text string) []byte {
	start := len(dst)
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			return append(dst[:start], strings.ToLower(text)...)
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// isNotApplicable reports whether text is "n/a", which as letters alone may be
// a name.
func isNotApplicable(text string) bool {
	if len(text) > 8 || !strings.ContainsAny(text, `/\.`) {
		return false
	}
	switch strings.ToLower(strings.Trim(text, " []()#-")) {
	case "n/a", "n.a.", "n.a", `n\a`, "n/d":
		return true
	}
	return false
}

func (d *dictionary) appendMethod(dst []byte, method Method, text string) []byte {
	switch method {
	case Exact:
		return appendLower(dst, strings.TrimSpace(text))
	case FuzzyFirst, FuzzyLast:
		return d.appendName(dst, text)
	case FuzzyCompany:
		return d.appendCompany(dst, text)
	case FuzzyPhone:
		return d.appendPhone(dst, text)
	case FuzzyStreet:
		return d.appendStreet(dst, text)
	case FuzzyCity, FuzzyZIP:
		start := len(dst)
		dst = d.appendFold(dst, text)
		return dst[:start+len(keepAlphanumeric(dst[start:]))]
	case FuzzyTitle:
		return d.appendTitle(dst, text)
	case EmailAddress:
		return appendEmail(dst, text)
	case WebDomain:
		return appendWebDomain(dst, text)
	}
	return dst
}

// appendFold appends text in lower case, without accents, white space and
// control characters made single blanks and cut off at the ends. Accents
// stay on letters that are not Latin, Greek or Cyrillic, where they mean more.
func (d *dictionary) appendFold(dst []byte, text string) []byte {
	start := len(dst)
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			return d.appendFoldSlow(dst[:start], text)
		case c <= ' ' || c == 0x7F:
			if len(dst) > start && dst[len(dst)-1] != ' ' {
				dst = append(dst, ' ')
			}
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		default:
			dst = append(dst, c)
		}
	}
	return trimBlank(dst, start)
}

func trimBlank(dst []byte, start int) []byte {
	if len(dst) > start && dst[len(dst)-1] == ' ' {
		return dst[:len(dst)-1]
	}
	return dst
}

// lastStripped is the last letter that loses its accents: the end of Cyrillic.
const lastStripped = 0x052F

func (d *dictionary) appendFoldSlow(dst []byte, text string) []byte {
	var folded []byte
	var base rune
	for _, r := range norm.NFKD.String(strings.ToLower(norm.NFKD.String(text))) {
		switch {
		case unicode.Is(unicode.Mn, r):
			if base <= lastStripped {
				continue
			}
		case unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r):
			r = ' '
		}
		if !unicode.IsMark(r) {
			base = r
		}
		if written, ok := d.letters[r]; ok {
			folded = append(folded, written...)
		} else {
			folded = utf8.AppendRune(folded, r)
		}
	}
	return append(dst, strings.Join(strings.Fields(string(norm.NFC.Bytes(folded))), " ")...)
}

// appendWords appends folded text with all but letters and digits made blanks,
// apostrophes and dots dropped.
func appendWords(dst, folded []byte) []byte {
	start := len(dst)
	inWord := false // a mark belongs to the letter before it
	for i := 0; i < len(folded); {
		r, size := rune(folded[i]), 1
		if r < utf8.RuneSelf {
			inWord = isAlphanumeric(byte(r))
		} else {
			r, size = utf8.DecodeRune(folded[i:])
			inWord = isWordRune(r) || inWord && unicode.IsMark(r)
		}
		switch {
		case inWord:
			dst = append(dst, folded[i:i+size]...)
		case isSilent(r):
		case len(dst) > start && dst[len(dst)-1] != ' ':
			dst = append(dst, ' ')
		}
		i += size
	}
	return trimBlank(dst, start)
}

// appendFoldedWords is appendWords of appendFold, at once where text is ASCII.
func (d *dictionary) appendFoldedWords(dst []byte, text string) []byte {
	start := len(dst)
	for i := range len(text) {
		switch c := inWords[text[i]]; {
		case c > ' ':
			dst = append(dst, c)
		case c == ' ' && len(dst) > start && dst[len(dst)-1] != ' ':
			dst = append(dst, ' ')
		case c == notASCII:
			var buf [128]byte
			return appendWords(dst[:start], d.appendFold(buf[:0], text))
		}
	}
	return trimBlank(dst, start)
}

// inWords is what becomes of each byte in folded words: a small letter or digit, a
// blank, nothing (silent), or something that takes a closer look.
var inWords = func() (table [256]byte) {
	for i := range table {
		switch c := byte(i); {
		case c >= utf8.RuneSelf:
			table[i] = notASCII
		case isSilent(rune(c)):
			table[i] = silent
		case 'A' <= c && c <= 'Z':
			table[i] = c + 'a' - 'A'
		case isAlphanumeric(c):
			table[i] = c
		default:
			table[i] = ' '
		}
	}
	return table
}()

const (
	silent   = 0
	notASCII = 1
)

// isSilent reports whether r joins what stands on its sides to one word.
func isSilent(r rune) bool {
	switch r {
	case '\'', '’', '‘', '`', '´', 'ʼ', '.', '·':
		return true
	}
	return false
}

// appendName appends a person's name: folded, without punctuation and without
// the salutations it begins with. A dot ends a word, as in "J.R.".
func (d *dictionary) appendName(dst []byte, text string) []byte {
	if strings.Contains(text, ".") {
		text = strings.ReplaceAll(text, ".", " ")
	}
	start := len(dst)
	dst = d.appendFoldedWords(dst, text)
	for {
		name := dst[start:]
		end := indexBlank(name)
		if end < 0 || !d.salutations.has(name[:end]) {
			return dst
		}
		dst = append(dst[:start], name[end+1:]...)
	}
}

func indexBlank(text []byte) int {
	for i, c := range text {
		if c == ' ' {
			return i
		}
	}
	return -1
}

// appendTitle appends a job title: folded words, shortened ones in full.
func (d *dictionary) appendTitle(dst []byte, text string) []byte {
	start := len(dst)
	var buf [128]byte
	for word := range bytes.FieldsSeq(d.appendFoldedWords(buf[:0], text)) {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if long, ok := d.titles.find(word); ok {
			dst = append(dst, long...)
		} else {
			dst = append(dst, word...)
		}
	}
	return dst
}

// appendEmail appends an address as package lead parses it, nothing for what is
// no address and for one that stands for none.
func appendEmail(dst []byte, text string) []byte {
	email, err := lead.ParseEmail(text)
	if err != nil || email.IsPlaceholder() {
		return dst
	}
	dst = append(dst, email.Local()...)
	dst = append(dst, '@')
	return append(dst, email.Domain()...)
}

// appendWebDomain appends the bare domain of a web address.
func appendWebDomain(dst []byte, text string) []byte {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, after, ok := strings.Cut(text, "://"); ok {
		text = after
	}
	if end := strings.IndexAny(text, "/?#: \t\r\n"); end >= 0 {
		text = text[:end]
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	if text = strings.Trim(text, "."); !isDomain(text) {
		return dst
	}
	return append(dst, registrable(text)...)
}

// isDomain reports whether text has two or more labels of letters, digits and
// hyphens.
func isDomain(text string) bool {
	for _, r := range text {
		if r != '.' && r != '-' && r != '_' && !isWordRune(r) && !unicode.IsMark(r) {
			return false
		}
	}
	return strings.Contains(text, ".") && !strings.Contains(text, "..")
}
