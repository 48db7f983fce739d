package drivertest

import (
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

func TestStore(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		storetest.Test(t, func(t *testing.T) lifecycle.Store { return newStore(t, driver) })
	})
}

// P12: the store in memory keeps the promises here too, where a goroutine that is left is
// found: the module that it is in has nothing to find one with.
func TestP12MemStore(t *testing.T) {
	storetest.Test(t, func(*testing.T) lifecycle.Store { return &lifecycle.MemStore{} })
	storetest.Model(t, func() (lifecycle.Store, func()) { return &lifecycle.MemStore{}, func() {} })
}

func TestStoreRetrying(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		storetest.Test(t, func(t *testing.T) lifecycle.Store { return storetest.Retrying(newStore(t, driver)) })
	})
}
