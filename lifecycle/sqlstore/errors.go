package sqlstore

import (
	"errors"
	"strconv"

	"github.com/isvkit/isvkit/internal/errtext"
	"github.com/isvkit/isvkit/lifecycle"
)

// ErrClosed is what a Store returns after Close. Nothing happened.
var ErrClosed = errors.New("sqlstore: the store is closed")

// NewerSchemaError refuses a database that a later release of this package has
// migrated. Nothing was changed.
type NewerSchemaError struct {
	Have  int // the version of the database
	Known int // the highest version that this release knows
}

// Error gives both versions.
func (e *NewerSchemaError) Error() string {
	return "sqlstore: the database has schema version " + strconv.Itoa(e.Have) +
		", this release knows " + strconv.Itoa(e.Known) + ": use a newer one"
}

// BusyError says that somebody else kept the SQLite database locked for all of
// Config.BusyTimeout. Nothing happened; asking again can succeed.
type BusyError struct {
	Tries int
	Err   error // of the last try
}

// Error says so, and why.
func (e *BusyError) Error() string {
	return errtext.Line("sqlstore: the database stayed locked, after ", strconv.Itoa(e.Tries), " tries: ", e.Err.Error())
}

// Unwrap returns the error of the last try.
func (e *BusyError) Unwrap() error { return e.Err }

// failure is an error of the database, with what was being done.
type failure struct {
	doing string
	err   error
}

// failed returns err with what was being done, nil for nil.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &failure{doing, err}
}

func (f *failure) Error() string { return errtext.Line("sqlstore: ", f.doing, ": ", f.err.Error()) }
func (f *failure) Unwrap() error { return f.err }

var (
	errTxOver = errors.New("sqlstore: a Tx or Reader was used after its function had returned")
	errBroken = errors.New("sqlstore: the transaction is broken, roll it back")
)

// conflict says that the guard of an effect does not hold.
func conflict(guard string) error {
	return &failure{"the guard does not hold that " + guard, lifecycle.ErrConflict}
}
