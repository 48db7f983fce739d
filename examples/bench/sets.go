package main

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/isvkit/isvkit/seats"
)

// sets measures look-ups of users in a set, by chance, and its memory.
func sets(p plan) error {
	const looked = 1 << 16
	users := make([]seats.UserID, p.seats)
	for i := range users {
		users[i] = userID(i)
	}
	order := make([]int, looked)
	for i := range order {
		order[i] = int(uint64(i) * 0x9E3779B97F4A7C15 >> 20 % uint64(p.seats))
	}
	asked := make([]seats.UserID, looked)
	keys := make([]seats.Key, looked)
	texts := make([]string, looked)
	for i, at := range order {
		asked[i], keys[i], texts[i] = users[at], seats.KeyOf(users[at]), users[at].String()
	}
	var contenders []contender
	var memory []string
	add := func(name string, build func() func(i int) bool) {
		before := heap()
		has := build()
		memory = append(memory, fmt.Sprintf("%s %s", name, digits(float64(heap()-before)/float64(p.seats))))
		contenders = append(contenders, contender{name: name, do: func(n int) {
			for i := range n {
				if !has(i % looked) {
					panic(name + ": not there")
				}
			}
		}})
	}
	add("seats.Set", func() func(int) bool {
		set := seats.Collect(slices.Values(users))
		contenders = append(contenders, contender{name: "seats.Set, key resolved", do: func(n int) {
			for i := range n {
				sink = set.ContainsKey(keys[i%looked])
			}
		}})
		return func(i int) bool { return set.Contains(asked[i]) }
	})
	add("map[string]struct{}", func() func(int) bool {
		set := map[string]struct{}{}
		for _, u := range users {
			set[u.String()] = struct{}{}
		}
		return func(i int) bool { _, in := set[texts[i]]; return in }
	})
	add("map[uint64]struct{}, of numbers", func() func(int) bool {
		set := map[uint64]struct{}{}
		for i := range users {
			set[uint64(37*i)] = struct{}{}
		}
		return func(i int) bool { _, in := set[uint64(37*order[i])]; return in }
	})
	add("roaring64, of numbers", func() func(int) bool {
		set := roaring64.New()
		for i := range users {
			set.Add(uint64(37 * i))
		}
		return func(i int) bool { return set.Contains(uint64(37 * order[i])) }
	})
	results := p.measure(cpu, contenders)
	p.table(fmt.Sprintf("A look-up by chance among %d users with Salesforce ids, one in 37 of their range: CPU time", p.seats), results, "seats.Set")
	fmt.Fprintf(p.out, "\nBytes a seat, beside the texts of the ids: %s.\n", fmt.Sprint(memory))
	runtime.KeepAlive(users)
	return nil
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
