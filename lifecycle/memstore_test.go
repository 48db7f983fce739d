package lifecycle_test

import (
	"testing"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/storetest"
)

func TestMemStore(t *testing.T) {
	storetest.Test(t, func(*testing.T) lifecycle.Store { return &lifecycle.MemStore{} })
}

func TestMemStoreRetrying(t *testing.T) {
	storetest.Test(t, func(*testing.T) lifecycle.Store { return storetest.Retrying(&lifecycle.MemStore{}) })
}

func TestModelOnMemStore(t *testing.T) {
	storetest.Model(t, func() (lifecycle.Store, func()) {
		return storetest.Retrying(&lifecycle.MemStore{}), func() {}
	})
}
