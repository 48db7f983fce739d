package lifecycle_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// E4–E7, L12, L13: every alert of a vendor's year is recorded exactly once and reaches its
// sinks, with a week in which nothing runs. ISVKIT_YEAR_LICENSES makes the vendor larger;
// under the race detector it is smaller.
func TestE4Year(t *testing.T) {
	licenses := 2_000
	if raceDetector || testing.Short() {
		licenses = 500
	}
	if text := os.Getenv("ISVKIT_YEAR_LICENSES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		licenses = n
	}
	store := &lifecycle.MemStore{}
	storetest.Year(t, func() lifecycle.Store { return store }, licenses)
}
