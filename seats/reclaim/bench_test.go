package reclaim

import (
	"iter"
	"strconv"
	"testing"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
)

// million yields a million subjects of every stage and idleness, made as they go.
func million(ids []seats.UserID, now time.Time) iter.Seq[Subject] {
	return func(yield func(Subject) bool) {
		groups := []string{"north", "sales"}
		for i := range 1_000_000 {
			s := Subject{Assignment: seats.Assignment{License: license.ID(1 + i%100), User: ids[i], AssignedAt: now.Add(-500 * 24 * time.Hour)},
				LastLogin: now.Add(-time.Duration(i%120) * 24 * time.Hour), Stage: Stage(1 + i%3), Revision: int64(i), Profile: "Sales User", Groups: groups}
			if s.Stage != Active {
				s.NoticeAt = now.Add(-8 * 24 * time.Hour)
			}
			if !yield(s) {
				return
			}
		}
	}
}

func millionIDs() []seats.UserID {
	ids := make([]seats.UserID, 1_000_000)
	for i := range ids {
		ids[i] = seats.MustUserID("user-" + strconv.Itoa(i))
	}
	return ids
}

func BenchmarkPlanMillion(b *testing.B) {
	ids := millionIDs()
	now := license.MustDate("2026-06-30").Start()
	exempt := DefaultPolicy()
	for i := range 1000 {
		exempt.Exemptions = append(exempt.Exemptions, Exemption{User: ids[i*7]})
	}
	exempt.Exemptions = append(exempt.Exemptions, Exemption{Group: "south"}, Exemption{Profile: "Auditor"})
	zone := DefaultPolicy()
	zone.Zone = license.MustZone("America/Santiago")
	for name, policy := range map[string]Policy{"UTC": DefaultPolicy(), "exemptions": exempt, "Santiago": zone} {
		b.Run(name, func(b *testing.B) {
			planner := plannerAt(b, policy, now)
			b.ReportAllocs()
			moves := 0
			for b.Loop() {
				moves = len(planner.Plan(million(ids, now)).Moves)
			}
			b.ReportMetric(float64(moves), "moves")
		})
	}
}

func BenchmarkMovesMillion(b *testing.B) {
	ids := millionIDs()
	now := license.MustDate("2026-06-30").Start()
	planner := plannerAt(b, DefaultPolicy(), now)
	b.ReportAllocs()
	for b.Loop() {
		for range planner.Moves(million(ids, now)) {
		}
	}
}
