package dedupe

import (
	"hash/maphash"
	"slices"

	"github.com/isvkit/isvkit/dedupe/internal/metric"
)

// prepared is a record in normal forms, in the order of the rule's fields.
type prepared [MaxFields]form

// prepare returns the normal forms of r.
func (m *Matcher) prepare(r *Record) (p prepared) {
	var buf [1024]byte
	m.decode(string(m.encode(buf[:0], r)), &p)
	return p
}

// encode appends the normal forms of r: of each field its text, of each name its
// sound too, each led by its length.
func (m *Matcher) encode(dst []byte, r *Record) []byte {
	for i := range m.rule.Fields {
		field := &m.rule.Fields[i]
		dst = m.encodeField(dst, field, r.of(field.Field))
	}
	return dst
}

func (m *Matcher) encodeField(dst []byte, field *FieldRule, text string) []byte {
	start := len(dst)
	dst = m.words.appendNormal(append(dst, 0), field.Method, field.Field, text)
	normal := len(dst) - start - 1
	dst = putLength(dst, start)
	if hasSound(field.Method) {
		sound := len(dst)
		dst = appendSound(append(dst, 0), string(dst[sound-normal:sound]))
		dst = putLength(dst, sound)
	}
	return dst
}

// encoder encodes for one goroutine. It remembers what it made of texts, since names,
// titles and cities recur.
type encoder struct {
	m     *Matcher
	seed  maphash.Seed
	done  int            // how many records were encoded
	known [][]remembered // by the field's place; nil for fields that seldom recur
}

// remembered is a text and what encodeField made of it. It is one piece of memory, since
// looking in several takes as long as making it again.
type remembered struct {
	text, encoded uint8 // their lengths; the one stands before the other
	data          [94]byte
}

// slots is how many texts of a field are remembered at most.
const slots = 1 << 13

func newEncoder(m *Matcher) *encoder {
	return &encoder{m: m, seed: maphash.MakeSeed()}
}

// remember makes room to remember. One who encodes little does without.
func (e *encoder) remember() {
	e.known = make([][]remembered, len(e.m.rule.Fields))
	for i, field := range e.m.rule.Fields {
		switch field.Method {
		case FuzzyFirst, FuzzyLast, FuzzyCity, FuzzyTitle, Exact:
			e.known[i] = make([]remembered, slots)
		}
	}
}

// encode is Matcher.encode.
func (e *encoder) encode(dst []byte, r *Record) []byte {
	if e.done++; e.done == slots {
		e.remember()
	}
	for i := range e.m.rule.Fields {
		field := &e.m.rule.Fields[i]
		text := r.of(field.Field)
		if e.known == nil || e.known[i] == nil || text == "" {
			dst = e.m.encodeField(dst, field, text)
			continue
		}
		slot := &e.known[i][maphash.String(e.seed, text)%slots]
		if n := int(slot.text); string(slot.data[:n]) == text {
			dst = append(dst, slot.data[n:n+int(slot.encoded)]...)
			continue
		}
		start := len(dst)
		dst = e.m.encodeField(dst, field, text)
		slot.put(text, dst[start:])
	}
	return dst
}

// put remembers a text that is not blank, if there is room.
func (r *remembered) put(text string, encoded []byte) {
	if len(text)+len(encoded) <= len(r.data) {
		r.text, r.encoded = uint8(len(text)), uint8(len(encoded))
		copy(r.data[copy(r.data[:], text):], encoded)
	}
}

// decode reads what encode wrote. The forms are parts of text.
func (m *Matcher) decode(text string, p *prepared) {
	for i := range m.rule.Fields {
		p[i].text, text = cutLength(text)
		if hasSound(m.rule.Fields[i].Method) {
			p[i].sound, text = cutLength(text)
		}
	}
}

// putLength puts the length of what follows the byte at a place there. Normal forms have at most
// maxText bytes and sounds not many more, so that two bytes hold it; nearly always one does.
func putLength(dst []byte, at int) []byte {
	n := len(dst) - at - 1
	if n < twoBytes {
		dst[at] = byte(n)
		return dst
	}
	dst[at] = twoBytes
	return slices.Insert(dst, at+1, byte(n), byte(n>>8))
}

// twoBytes stands where a length takes two bytes, which follow.
const twoBytes = 255

func cutLength(text string) (field, rest string) {
	n := int(text[0])
	text = text[1:]
	if n == twoBytes {
		n = int(text[0]) | int(text[1])<<8
		text = text[2:]
	}
	return text[:n], text[n:]
}

func hasSound(m Method) bool { return m == FuzzyFirst || m == FuzzyLast }

// appendSound appends how a name sounds: its double metaphone code, or the name
// itself where it has no Latin letters or mixes them with others.
func appendSound(dst []byte, name string) []byte {
	start := len(dst)
	if !mixesScripts(name) {
		dst = metric.PrimaryCode(dst, name)
	}
	if len(dst) == start {
		dst = appendCut(dst, name, 0, 0)
	}
	return dst
}
