package idset

import (
	"crypto/sha256"
	"encoding/binary"
)

// Text returns the key of a text of 1 to 255 bytes. Its number is the beginning of
// a SHA-256 sum, so that nobody can find texts that crowd one page; it only says where
// to look: the texts themselves are compared.
func Text(text string) Key {
	var buffer [256]byte
	sum := sha256.Sum256(buffer[:copy(buffer[:], text)])
	return Key{Number{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}, text}
}

// A text in a page is a word with the low bits of its number and its length, and
// words with its bytes, zeros after them.

func textHeader(k *Key) uint64 { return k.Num.Lo<<8 | uint64(len(k.Text)) }

func textWords(header uint64) int { return 1 + int(header&0xff+7)/8 }

// findText returns where a text begins, or -1.
func (p *page) findText(k *Key) int {
	header := textHeader(k)
	for i := 0; i < len(p.words()); i += textWords(p.words()[i]) {
		if p.words()[i] == header && p.textEquals(i+1, k.Text) {
			return i
		}
	}
	return -1
}

func (p *page) textEquals(at int, text string) bool {
	for ; len(text) > 0; at++ {
		if p.words()[at] != firstWord(text) {
			return false
		}
		text = text[min(8, len(text)):]
	}
	return true
}

func firstWord(text string) (word uint64) {
	for i := range min(8, len(text)) {
		word |= uint64(text[i]) << (8 * i)
	}
	return word
}

func (p *page) putText(k *Key) {
	header := textHeader(k)
	words := make([]uint64, len(p.words()), len(p.words())+textWords(header))
	copy(words, p.words())
	words = append(words, header)
	for text := k.Text; len(text) > 0; text = text[min(8, len(text)):] {
		words = append(words, firstWord(text))
	}
	p.setWords(words)
	p.set(fresh, true)
	p.n++
}

func (p *page) takeText(k *Key) {
	i := p.findText(k)
	end := i + textWords(p.words()[i])
	words := make([]uint64, 0, len(p.words())-(end-i))
	words = append(words, p.words()[:i]...)
	words = append(words, p.words()[end:]...)
	p.setWords(words)
	p.set(fresh, true)
	p.n--
}

// textKeys appends the keys of all texts, in no order.
func (p *page) textKeys(into []Key) []Key {
	var buffer [256]byte
	for i := 0; i < len(p.words()); i += textWords(p.words()[i]) {
		bytes := buffer[:0]
		for _, word := range p.words()[i+1 : i+textWords(p.words()[i])] {
			bytes = binary.LittleEndian.AppendUint64(bytes, word)
		}
		into = append(into, Text(string(bytes[:p.words()[i]&0xff])))
	}
	return into
}
