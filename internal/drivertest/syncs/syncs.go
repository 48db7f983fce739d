// Package syncs tells what of a file was synced to the disk, by whatever C code of this
// process asked for it: it stands in the way of fsync and fdatasync, and notes each file's
// size. SQLite in C goes through it; one that was translated to Go does not.
package syncs

import (
	"errors"
	"os"
	"syscall"
)

// ErrNoCgo says that this program was built without cgo, so that nothing is seen.
var ErrNoCgo = errors.New("syncs are seen with cgo alone: build with CGO_ENABLED=1 and a C compiler")

var errTooMany = errors.New("more files were synced than are remembered")

// Of returns how often a file was synced, and its size at the latest time. The file is
// told by its place on the disk, which a new file can get after it was deleted.
func Of(name string) (times int, size int64, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, 0, err
	}
	return of(info.Sys().(*syscall.Stat_t).Ino)
}
