package dedupe

import (
	"strconv"
	"strings"
)

// Key says how a match key is made: the pieces of which fields, one after
// another. Records that share no key are never compared. A record has the key
// only if it has all the pieces.
type Key []KeyPart

// KeyPart is the piece of one field in a key. What the whole of a field is
// depends on its method: for a last name its sound, for a phone number the digits but the
// last four, for a street the number and the name. An e-mail address that has other pieces
// beside it gives its domain.
type KeyPart struct {
	Field Field
	Words int // how many words of the field, 0 for all
	Chars int // how many characters of each word, 0 for all
}

// String returns the key in the documented notation, as ParseKey reads it:
//
//	First_Name (1,1) Last_Name Company (2,5)
func (k Key) String() string {
	parts := make([]string, len(k))
	for i, part := range k {
		parts[i] = part.String()
	}
	return strings.Join(parts, " ")
}

// String returns the part in the notation of keys.
func (p KeyPart) String() string {
	if p.Words == 0 && p.Chars == 0 {
		return p.Field.String()
	}
	number := func(n int) string {
		if n == 0 {
			return "_"
		}
		return strconv.Itoa(n)
	}
	return p.Field.String() + " (" + number(p.Words) + "," + number(p.Chars) + ")"
}

// ParseKey reads a key in the documented notation: fields, each with how many words and
// how many characters of each, "_" or nothing for all. The error is a *RuleError.
func ParseKey(text string) (Key, error) {
	var key Key
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		end := strings.IndexAny(rest, " (")
		if end < 0 {
			end = len(rest)
		}
		field, err := ParseField(rest[:end])
		if err != nil {
			return nil, err
		}
		part := KeyPart{Field: field}
		rest = strings.TrimSpace(rest[end:])
		if inside, after, ok := parenthesis(rest); ok {
			if part.Words, part.Chars, ok = readCounts(inside); !ok {
				return nil, &RuleError{Part: "key", Value: text, Rule: "must count words and characters as in (2,5), from 1 to 255"}
			}
			rest = after
		}
		key = append(key, part)
	}
	if len(key) == 0 {
		return nil, &RuleError{Part: "key", Value: text, Rule: "must name a field"}
	}
	return key, nil
}

// MustKey is ParseKey for literals and tests; it panics on an error.
func MustKey(text string) Key {
	key, err := ParseKey(text)
	if err != nil {
		panic(err)
	}
	return key
}

// parenthesis cuts text after a parenthesis that it begins with.
func parenthesis(text string) (inside, after string, ok bool) {
	if !strings.HasPrefix(text, "(") {
		return "", text, false
	}
	inside, after, _ = strings.Cut(text[1:], ")")
	return inside, after, true
}

func readCounts(inside string) (words, chars int, ok bool) {
	first, second, found := strings.Cut(inside, ",")
	words, okWords := readCount(first)
	chars, okChars := readCount(second)
	return words, chars, found && okWords && okChars
}

func readCount(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if text == "_" {
		return 0, true
	}
	n, err := strconv.ParseUint(text, 10, 8)
	return int(n), err == nil && n > 0
}

// deriveKeys gives a rule the keys that its equation needs: one for each way of
// the groups, made of all its fields but Title.
func deriveKeys(r Rule) []Key {
	var keys []Key
	seen := map[string]bool{}
	for _, group := range r.Equation {
		for _, way := range group.ways(maxGroups) {
			key := keyOf(r, way)
			if text := key.String(); len(key) > 0 && !seen[text] {
				seen[text] = true
				keys = append(keys, key)
			}
		}
	}
	return keys
}

func keyOf(r Rule, way []Field) Key {
	var key Key
	for _, field := range way {
		rule, ok := r.field(field)
		if ok && field != Title {
			key = append(key, defaultPart(rule))
		}
	}
	return key
}

// defaultPart is how much of a field goes into a derived key (DEDUPE 3 and 5).
func defaultPart(r FieldRule) KeyPart {
	part := KeyPart{Field: r.Field}
	switch r.Method {
	case FuzzyFirst:
		part.Words, part.Chars = 1, 1
	case FuzzyCompany:
		part.Words, part.Chars = 2, 6
	case FuzzyCity:
		part.Chars = 6
	case FuzzyZIP:
		part.Words, part.Chars = 1, 3
	}
	return part
}
