package lifecycle_test

import (
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

// E10, E2, P9: what is removed is not needed by any question of since, by a replay, by a
// consumer or by Verify.
func TestE10RetentionOnMemStore(t *testing.T) {
	storetest.Retention(t, func() (lifecycle.Store, func()) { return &lifecycle.MemStore{}, func() {} },
		func(s lifecycle.Store) []string { return s.(*lifecycle.MemStore).Dump() })
}
