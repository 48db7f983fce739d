package inventory

import (
	"iter"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

const million = 1_000_000

func millionPools() []Pool {
	pools := make([]Pool, million)
	first := license.MustDate("2024-01-31")
	for i := range pools {
		pools[i] = Pool{ID: MustPoolID("pool-" + strconv.Itoa(i)), Manual: Layer{Purchased: MustCount(100), Used: MustCount(i % 120)},
			Contract: Contract{Amount: money.Must("1234.56 USD"), Frequency: Frequency(1 + i%8), Term: Term{First: first}}}
	}
	return pools
}

func BenchmarkAnnualSpendMillion(b *testing.B) {
	pools := millionPools()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := AnnualSpend(slices.Values(pools), license.MustDate("2024-06-30"), SpreadOverTerm); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpendQuarterMillion(b *testing.B) {
	pools := millionPools()
	quarter := Term{license.MustDate("2026-04-01"), license.MustDate("2026-06-30")}
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range pools {
			if _, err := p.Contract.Spend(quarter, SpreadOverTerm); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAuditMillion(b *testing.B) {
	pools := millionPools()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Audit(Lines(slices.Values(pools)), Lines(slices.Values(pools))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLedgerOfMillion(b *testing.B) {
	start := license.MustDate("2026-01-01").Start()
	user := seats.MustUserID("u")
	assignments := func(yield func(seats.Assignment) bool) {
		for i := range million {
			at := start.Add(time.Duration(i*7919%million) * time.Second)
			if !yield(seats.Assignment{User: user, AssignedAt: at, RevokedAt: at.Add(time.Hour)}) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := LedgerOf(iter.Seq[seats.Assignment](assignments)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiffPeopleMillion(b *testing.B) {
	people := make([]Person, million)
	for i := range people {
		people[i] = Person{User: seats.MustUserID("user-" + strconv.Itoa(i)), Roles: []string{"Sales"}}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DiffPeople(slices.Values(people[1000:]), slices.Values(people[:million-1000]), 1000); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCountLoginsMillion(b *testing.B) {
	users := make([]seats.UserID, 10_000)
	for i := range users {
		users[i] = seats.MustUserID("user-" + strconv.Itoa(i))
	}
	start := license.MustDate("2026-01-01").Start()
	logins := func(yield func(Login) bool) {
		for i := range million {
			if !yield(Login{users[i%len(users)], start.Add(time.Duration(i) * time.Minute)}) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CountLogins(OncePerDay, license.UTC, Count{}, logins); err != nil {
			b.Fatal(err)
		}
	}
}
