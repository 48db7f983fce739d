package sqlstore

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
)

// lockLicenses locks the licenses that effects write, in the order of their ids, so
// that two who write the same ones wait for each other only one way. One license alone
// is locked by its write.
func (t *tx) lockLicenses(ctx context.Context, vendor string, effects []lifecycle.Effect) error {
	if t.dialect.lookups.lockLicenses == "" {
		return nil
	}
	ids := map[license.ID]bool{}
	for _, e := range effects {
		if id := licenseOf(e); id != 0 {
			ids[id] = true
		}
	}
	if len(ids) < 2 {
		return nil
	}
	return t.lock(ctx, vendor, slices.Collect(maps.Keys(ids))...)
}

// lockSeats locks a license. What is read from then on is of one moment, like what is
// read after a write.
func (t *tx) lockSeats(ctx context.Context, vendor string, id license.ID) error {
	if t.dialect.lookups.lockLicenses == "" {
		return nil // nobody else writes
	}
	t.wrote = true
	return t.lock(ctx, vendor, id)
}

func (t *tx) lock(ctx context.Context, vendor string, ids ...license.ID) error {
	var texts []string
	for _, id := range ids {
		texts = append(texts, strconv.FormatInt(int64(id), 10))
	}
	var id int64
	return t.value(ctx, &id, t.dialect.lookups.lockLicenses, vendor, t.dialect.array(texts))
}

// licenseOf returns the license whose row e writes or locks, 0 for none.
func licenseOf(e lifecycle.Effect) license.ID {
	switch e := e.(type) {
	case lifecycle.PutLicense:
		return e.License.ID
	case lifecycle.PutSides:
		return e.Sides.License
	case lifecycle.TakeSeats:
		return e.License
	case lifecycle.FreeSeats:
		return e.License
	case lifecycle.FreeAllSeats:
		return e.License
	case lifecycle.ExpectHolders:
		return e.License
	case lifecycle.ExpectSeat:
		return e.License
	case lifecycle.PutParameterValue:
		return e.Value.License
	}
	return 0
}

// lockKeys keeps others from putting a record under keys until the transaction ends,
// also where there is none yet. Keys are locked in their order.
func (t *tx) lockKeys(ctx context.Context, vendor string, kind lifecycle.RecordKind, keys []string) error {
	if t.dialect.lockKeys == "" || len(keys) == 0 {
		return nil
	}
	wanted := t.dialect.array(slices.Compact(slices.Sorted(slices.Values(keys))))
	_, err := t.exec(ctx, t.dialect.lockKeys, vendor, kindName(kind), wanted)
	return err
}
