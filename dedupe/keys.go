package dedupe

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// compiledKey is a Key whose fields are places in the rule.
type compiledKey []compiledPart

type compiledPart struct {
	field        int
	method       Method
	words, chars int
	alone        bool // no other piece stands beside it
}

// appendKey appends the key of p; ok is false where a piece is missing.
func (k compiledKey) appendKey(dst []byte, d *dictionary, p *prepared) (key []byte, ok bool) {
	start := len(dst)
	for _, part := range k {
		before := len(dst)
		if dst = part.appendPiece(dst, d, p[part.field]); len(dst) == before {
			return dst[:start], false
		}
	}
	return dst, true
}

// appendPiece appends the piece of one field (DEDUPE 7), nothing if it has none.
func (k compiledPart) appendPiece(dst []byte, d *dictionary, f form) []byte {
	if f.text == "" {
		return dst
	}
	switch k.method {
	case Exact:
		return append(dst, f.text...)
	case FuzzyLast:
		return append(dst, f.sound...)
	case EmailAddress:
		return appendEmailPiece(dst, f.text, k.alone)
	case FuzzyPhone:
		s := phoneSections(f.text)
		if s[1] == "" {
			return dst // a local number says too little
		}
		if s[0] != "1" {
			dst = append(dst, s[0]...)
		}
		return append(append(dst, s[1]...), s[2]...)
	case FuzzyStreet:
		parts := d.streetSections(f.text)
		return appendCut(append(dst, parts.number...), parts.name, 0, 0)
	}
	return appendCut(dst, f.text, k.words, k.chars)
}

// appendEmailPiece appends the address with its local part's underscores and its
// domain's sub-domains removed, or only the domain.
func appendEmailPiece(dst []byte, email string, whole bool) []byte {
	local, domain, _ := strings.Cut(email, "@")
	if whole {
		for i := range len(local) {
			if local[i] != '_' {
				dst = append(dst, local[i])
			}
		}
	}
	return append(append(dst, '@'), registrable(domain)...)
}

// appendCut appends the first words of text, 0 for all, and of each the first
// chars letters, 0 for all, without blanks.
func appendCut(dst []byte, text string, words, chars int) []byte {
	for n := 1; text != "" && (words == 0 || n <= words); n++ {
		word := text
		if end := strings.IndexByte(text, ' '); end >= 0 {
			word, text = text[:end], text[end+1:]
		} else {
			text = ""
		}
		dst = append(dst, firstLetters(word, chars)...)
	}
	return dst
}

func firstLetters(word string, n int) string {
	if n == 0 || len(word) <= n {
		return word
	}
	end := 0
	for range n {
		if end >= len(word) {
			break
		}
		_, size := utf8.DecodeRuneInString(word[end:])
		end += size
	}
	return word[:end]
}

// blockID stands for one key's value in an index or a run. Two values may share
// one by chance, which costs a needless comparison and nothing else.
type blockID uint64

// hashKey returns the block of the value of key number i. It is the same in every
// run and on every machine.
func hashKey(i int, value []byte) blockID {
	hash := mix(uint64(i+1)<<32 + uint64(len(value)))
	for ; len(value) >= 8; value = value[8:] {
		hash = mix(hash ^ binary.LittleEndian.Uint64(value))
	}
	var rest uint64
	for _, c := range value {
		rest = rest<<8 | uint64(c)
	}
	return blockID(mix(mix(hash ^ rest)))
}

// mix spreads what differs in a number over all its bits.
func mix(n uint64) uint64 {
	high, low := bits.Mul64(n^0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)
	return high ^ low
}

// blocks appends the blocks in which p stands, noKey for a key that it has not.
func (m *Matcher) blocks(dst []blockID, p *prepared) []blockID {
	var buf [512]byte
	for i, key := range m.keys {
		value, ok := key.appendKey(buf[:0], m.words, p)
		if !ok {
			dst = append(dst, noKey)
			continue
		}
		dst = append(dst, max(hashKey(i, value), 1))
	}
	return dst
}

// noKey is the block of a key that a record does not have.
const noKey blockID = 0
