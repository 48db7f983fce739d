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

func TestStoreRetrying(t *testing.T) {
	onSQLite(t, func(t *testing.T, driver string) {
		storetest.Test(t, func(t *testing.T) lifecycle.Store { return storetest.Retrying(newStore(t, driver)) })
	})
}
