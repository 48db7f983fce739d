package sfdata

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
)

// markName is the first column of a file that this package exported. Its cells
// are empty, but for that of the last row, which says how many rows there are and
// what their content sums up to. So a file that lost its end, wherever it was
// cut, begins with the mark and lacks its end. Data Loader leaves a column out
// that is not mapped to a field, and a spreadsheet shows it as any other.
const markName = ownNamespace + "__Export__c"

// emptyMarkName is the last column of an export without rows.
const emptyMarkName = ownNamespace + "__Export_Of_No_Rows__c"

var foldedMark, foldedEmptyMark = strings.ToLower(markName), strings.ToLower(emptyMarkName)

// sum adds up the content of an export: the names and texts of all cells that
// are not empty, in the order of the file. The zero sum is ready.
type sum struct {
	hash hash.Hash
	rows int
	buf  []byte
}

// addCell adds a cell to the row of s that is being read or written.
func addCell[T string | []byte](s *sum, name string, text T) {
	if len(text) > 0 {
		s.buf = appendCounted(appendCounted(s.buf, name), text)
	}
}

func appendCounted[T string | []byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// endRow ends a row.
func (s *sum) endRow() {
	if s.hash == nil {
		s.hash = sha256.New()
	}
	s.rows++
	s.hash.Write(binary.AppendUvarint(nil, uint64(len(s.buf))))
	s.hash.Write(s.buf)
	s.buf = s.buf[:0]
}

// end returns the text that ends an export.
func (s *sum) end() string {
	if s.hash == nil {
		s.hash = sha256.New()
	}
	return "end " + strconv.Itoa(s.rows) + " sha256:" + hex.EncodeToString(s.hash.Sum(nil))
}

// check compares the text that ends an export with what was read. It returns the
// number of rows that were exported, -1 where the text does not say, and what is
// wrong.
func (s *sum) check(end string) (want int, reason string) {
	fields := strings.Fields(end)
	if len(fields) != 3 || fields[0] != "end" {
		return -1, "the mark at the end of the export is unreadable"
	}
	want, err := strconv.Atoi(fields[1])
	switch {
	case err != nil || want < 0:
		return -1, "the mark at the end of the export is unreadable"
	case want != s.rows:
		return want, "the export has not as many rows as it had"
	case s.end() != end:
		return want, "the export was changed"
	}
	return want, ""
}
