package sfdata

import "time"

// Cell is a value of a column that this package does not know.
type Cell struct {
	Name string // of the column, as the file spells it
	Text string
	Raw  bool // in JSON, Text is no string but a number, true, false, null or an array
}

// Extra is the cells of a row whose columns are not known, in the order of the
// file, so that they can be written back.
type Extra []Cell

// Get returns the text of the column of that name, and whether there is one.
func (e Extra) Get(name string) (text string, ok bool) {
	for _, c := range e {
		if c.Name == name {
			return c.Text, true
		}
	}
	return "", false
}

// Record is what the platform keeps of every row. Instants are UTC.
type Record struct {
	IsDeleted      bool // the row lies in the recycle bin
	CreatedDate    time.Time
	ModifiedDate   time.Time
	SystemModstamp time.Time
}

// Count is a number that can be blank. The zero Count is, which is not 0.
type Count struct {
	N     int
	Known bool
}
