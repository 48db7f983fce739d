package sfdata

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// source is text that is read in pieces: UTF-8 without NUL, its byte order mark
// taken off, with the place in the file of the next byte.
type source struct {
	r    io.Reader
	file string

	buf      []byte
	pos, end int // buf[pos:end] was read and not yet taken
	raw      int // buf[end:raw] was read and not yet checked
	begun    bool
	err      error // why there is no more: io.EOF, of r, or that it is no text

	line, column int   // of buf[pos], from 1
	offset       int64 // of buf[pos]
}

const bufferSize = 64 << 10

func newSource(r io.Reader, file string) *source {
	return &source{r: r, file: file, buf: make([]byte, bufferSize), line: 1, column: 1}
}

// newLineSource returns a source of one line of a file, which was checked
// already. The line feed at its end is not in it.
func newLineSource(text []byte, file string, line int) *source {
	return &source{file: file, buf: text, end: len(text), raw: len(text), err: io.EOF, line: line, column: 1}
}

// window returns what can be taken next. It is empty at the end, of which fault
// says why.
func (s *source) window() []byte {
	for s.pos == s.end && s.err == nil {
		s.fill()
	}
	return s.buf[s.pos:s.end]
}

// fault returns why window is empty, at the place where it is: nil where it is not,
// and at the end of the file.
func (s *source) fault() error {
	switch {
	case len(s.window()) > 0 || s.err == io.EOF:
		return nil
	case s.err == errNotText:
		return s.bad("is not text in UTF-8 without NUL")
	}
	return &FileError{File: s.file, Line: s.line, Column: s.column, Reason: "the file cannot be read", Err: s.err}
}

// bad returns a *FileError for the place where s is.
func (s *source) bad(reason string) error {
	return &FileError{File: s.file, Line: s.line, Column: s.column, Reason: reason}
}

// peek returns the next byte; ok is false at the end.
func (s *source) peek() (c byte, ok bool) {
	if s.pos < s.end {
		return s.buf[s.pos], true
	}
	if w := s.window(); len(w) > 0 {
		return w[0], true
	}
	return 0, false
}

// take goes on by n bytes of the window.
func (s *source) take(n int) {
	taken := s.buf[s.pos : s.pos+n]
	s.pos += n
	s.offset += int64(n)
	if bytes.IndexByte(taken, '\n') < 0 {
		s.column += n
		return
	}
	s.line += bytes.Count(taken, newline)
	s.column = n - bytes.LastIndexByte(taken, '\n')
}

var (
	newline  = []byte{'\n'}
	byteMark = []byte("\uFEFF")
)

// notText is the error of a source that is not text. The place is known once
// what precedes it was taken.
type notText struct{}

func (notText) Error() string { return "not text" }

var errNotText error = notText{}

const maxEmptyReads = 100

// fill reads more and checks it. Bytes that begin a character without its end
// wait for the next fill.
func (s *source) fill() {
	s.raw = copy(s.buf, s.buf[s.end:s.raw])
	s.pos, s.end = 0, 0
	var err error
	read := 0
	for tries := 0; read == 0 && err == nil; tries++ {
		if tries == maxEmptyReads {
			err = io.ErrNoProgress
			break
		}
		read, err = s.r.Read(s.buf[s.raw:])
	}
	s.raw += read
	s.end = validPrefix(s.buf[:s.raw])
	switch rest := s.buf[s.end:s.raw]; {
	case len(rest) > 0 && (rest[0] == 0 || utf8.FullRune(rest) || err == io.EOF):
		s.err = errNotText
	default:
		s.err = err
	}
	if !s.begun && s.end > 0 {
		s.begun = true
		if bytes.HasPrefix(s.buf[:s.end], byteMark) {
			s.pos = len(byteMark)
		}
	}
}

// validPrefix returns the length of the longest beginning of b that is whole
// characters of UTF-8 without NUL.
func validPrefix(b []byte) int {
	if nul := bytes.IndexByte(b, 0); nul >= 0 {
		b = b[:nul]
	}
	if utf8.Valid(b) {
		return len(b)
	}
	n := 0
	for n < len(b) {
		if b[n] < utf8.RuneSelf {
			n++
			continue
		}
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}
