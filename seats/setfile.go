package seats

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"

	"github.com/isvkit/isvkit/seats/internal/idset"
)

// setHeader begins a written set: what it is, and the version of the format.
//
// For each kind of id, in the order of their constants, follow how many there are, and
// the ids in ascending order: a number as how much it exceeds the one before by, less
// one, a text as its length in a byte and its bytes. At the end stands the SHA-256 sum of
// all that. Numbers are written in base 128, low digits first, all but the last with
// the top bit set.
const setHeader = "isvkit seats.Set\x01"

// WriteTo writes the set so that ReadSet reads it: a byte for each user of a
// sequence, six for random numbers of 64 bits, fifteen for UUIDs, at 99,000,000 users.
// Equal sets are written alike. It implements io.WriterTo.
func (s Set) WriteTo(w io.Writer) (int64, error) {
	sum := sha256.New()
	counted := &countingWriter{w: w}
	out := bufio.NewWriterSize(io.MultiWriter(counted, sum), 64<<10)
	out.WriteString(setHeader)
	var trees [kinds]idset.Tree
	if s.trees != nil {
		trees = *s.trees
	}
	for i, tree := range trees {
		writeTree(out, tree, kind(i+1))
	}
	if err := out.Flush(); err != nil { // the first error there was
		return counted.n, fmt.Errorf("seats: write a set: %w", err)
	}
	if _, err := counted.Write(sum.Sum(nil)); err != nil {
		return counted.n, fmt.Errorf("seats: write a set: %w", err)
	}
	return counted.n, nil
}

func writeTree(out *bufio.Writer, tree idset.Tree, k kind) {
	out.Write(appendNumber(out.AvailableBuffer(), idset.Number{Lo: uint64(tree.Len())}))
	before := beforeFirst
	tree.All(func(id *idset.Key) bool {
		if k == longTexts {
			out.WriteByte(byte(len(id.Text)))
			_, err := out.WriteString(id.Text)
			return err == nil
		}
		_, err := out.Write(appendNumber(out.AvailableBuffer(), id.Num.Sub(before).Sub(one)))
		before = id.Num
		return err == nil
	})
}

var (
	one         = idset.Number{Lo: 1}
	beforeFirst = idset.Number{}.Sub(one)
)

func appendNumber(to []byte, n idset.Number) []byte {
	for n.Hi != 0 || n.Lo >= 128 {
		to = append(to, byte(n.Lo)|128)
		n = idset.Number{Hi: n.Hi >> 7, Lo: n.Lo>>7 | n.Hi<<57}
	}
	return append(to, byte(n.Lo))
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(data []byte) (int, error) {
	n, err := c.w.Write(data)
	c.n += int64(n)
	return n, err
}

// ReadSet reads what WriteTo wrote, up to the end of r. What is not exactly that is a
// *FieldError, and the set is empty. An error of r is returned wrapped.
func ReadSet(r io.Reader) (Set, error) {
	in := &setReader{in: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	var b SetBuilder
	in.header()
	for k := kind(1); k <= kinds && in.err == nil; k++ {
		in.ids(k, &b)
	}
	in.trailer()
	if in.err != nil {
		return Set{}, in.err
	}
	return b.Set(), nil
}

// setReader reads on until there is an error, which it keeps.
type setReader struct {
	in     *bufio.Reader
	sum    hash.Hash
	unsung []byte // read, and not yet in sum
	at     int64
	err    error
}

func (r *setReader) refuse(rule string) {
	if r.err == nil {
		r.err = &FieldError{Field: "set", Value: "at byte " + strconv.FormatInt(r.at, 10), Rule: rule}
	}
}

func (r *setReader) byte() byte {
	if r.err != nil {
		return 0
	}
	b, err := r.in.ReadByte()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.refuse("must not end early")
		return 0
	} else if err != nil {
		r.err = fmt.Errorf("seats: read a set: %w", err)
		return 0
	}
	r.at++
	if r.unsung = append(r.unsung, b); len(r.unsung) == 4096 {
		r.sum.Write(r.unsung)
		r.unsung = r.unsung[:0]
	}
	return b
}

func (r *setReader) header() {
	for i := range len(setHeader) {
		if r.byte() != setHeader[i] {
			r.refuse("must be a seats.Set of version 1")
			return
		}
	}
}

func (r *setReader) number() (n idset.Number) {
	for shift := uint(0); ; shift += 7 {
		b := r.byte()
		digit := idset.Number{Lo: uint64(b & 127)}
		moved := digit.Shl(shift)
		if shift >= 128 || moved.Shr(shift) != digit || b == 0 && shift > 0 {
			r.refuse("must write numbers of 128 bits, without needless zeros")
			return idset.Number{}
		}
		n = n.Add(moved)
		if b < 128 {
			return n
		}
	}
}

func (r *setReader) text() string {
	text := make([]byte, r.byte())
	for i := range text {
		text[i] = r.byte()
	}
	return string(text)
}

// ids reads the ids of one kind.
func (r *setReader) ids(k kind, b *SetBuilder) {
	many := r.number()
	before := beforeFirst
	for n := (idset.Number{}); n != many && r.err == nil; n = n.Add(one) {
		var key Key
		if k == longTexts {
			key = KeyOf(UserID{r.text()})
		} else {
			key = numberKey(k, 0, 0)
			key.id.Num = before.Add(r.number()).Add(one)
		}
		if r.err != nil {
			return
		}
		if n != (idset.Number{}) && !before.Less(key.id.Num) {
			r.refuse("must have its ids in ascending order")
			return
		}
		before = key.id.Num
		user, ok := key.user()
		if parsed, err := ParseUserID(user.text); !ok || err != nil || parsed != user || key.kind != k || KeyOf(user) != key {
			r.refuse("must hold ids of users")
			return
		}
		b.addKey(key)
	}
}

// trailer compares the sum, and looks for the end.
func (r *setReader) trailer() {
	if r.err != nil {
		return
	}
	r.sum.Write(r.unsung)
	want := r.sum.Sum(nil)
	got := make([]byte, 0, sha256.Size)
	for range sha256.Size {
		got = append(got, r.byte())
	}
	if !bytes.Equal(got, want) {
		r.refuse("must have the checksum of its content")
		return
	}
	switch _, err := r.in.ReadByte(); {
	case err == nil:
		r.refuse("must end after the checksum")
	case !errors.Is(err, io.EOF):
		r.err = fmt.Errorf("seats: read a set: %w", err)
	}
}
