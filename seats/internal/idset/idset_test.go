package idset

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// numbers generates numbers of which many are near each other, at the ends of ranges,
// or differ in one bit.
func numbers() *rapid.Generator[Number] {
	return rapid.Custom(func(t *rapid.T) Number {
		base := rapid.SampledFrom([]Number{{}, {0, 1 << 40}, {1 << 63, 0}, {^uint64(0), ^uint64(0)}, {0, 1<<16 - 40}}).Draw(t, "base")
		switch rapid.IntRange(0, 4).Draw(t, "how") {
		case 0:
			return base.Add(Number{0, rapid.Uint64Range(0, 80).Draw(t, "near")})
		case 1:
			return base.Add(Number{0, 37 * rapid.Uint64Range(0, 5000).Draw(t, "step")})
		case 2:
			return base.xor(Number{0, 1}.Shl(rapid.UintRange(0, 127).Draw(t, "bit")))
		case 3:
			return Number{0, rapid.Uint64().Draw(t, "lo")}
		}
		return Number{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}
	})
}

// checked fails unless the tree holds what the model does, in order.
func checked(t *rapid.T, tree Tree, model map[Number]string) {
	if tree.Len() != len(model) {
		t.Fatalf("%d ids, want %d", tree.Len(), len(model))
	}
	want := slices.SortedFunc(maps.Keys(model), Number.Compare)
	i := 0
	tree.All(func(k *Key) bool {
		if i >= len(want) || k.Num != want[i] || k.Text != model[k.Num] {
			t.Fatalf("id %d is %v %q", i, k.Num, k.Text)
		}
		if !tree.Has(k) {
			t.Fatalf("%v is yielded and not in", k)
		}
		i++
		return true
	})
	if i != len(want) {
		t.Fatalf("%d ids yielded, want %d", i, len(want))
	}
}

// Whatever is added and removed, one by one or many in one edit, a tree holds what a
// map does, and trees taken before stay as they were.
func TestTreeAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type version struct {
			tree  Tree
			model map[Number]string
		}
		var now version
		now.model = map[Number]string{}
		var kept []version
		asText := rapid.Bool().Draw(t, "texts")
		key := func(x Number) Key {
			if asText {
				return Text(fmt.Sprint("user ", x.Lo%997, "@example.com"))
			}
			return Key{Num: x}
		}
		change := func(k Key, add bool, e *Edit) {
			_, in := now.model[k.Num]
			var changed bool
			if add {
				now.tree, changed = now.tree.Add(&k, e)
				now.model[k.Num] = k.Text
			} else {
				now.tree, changed = now.tree.Remove(&k, e)
				delete(now.model, k.Num)
			}
			if changed != (in != add) || now.tree.Has(&k) != add {
				t.Fatalf("%v: in %t, add %t, changed %t", k, in, add, changed)
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "edits") {
			e := &Edit{}
			switch rapid.IntRange(0, 5).Draw(t, "edit") {
			case 0: // a run
				first, step := numbers().Draw(t, "first"), rapid.SampledFrom([]uint64{1, 2, 37, 4099, 1 << 33}).Draw(t, "step")
				add := rapid.Bool().Draw(t, "add")
				for n := range uint64(rapid.IntRange(1, 6000).Draw(t, "length")) {
					change(key(first.Add(Number{0, n * step})), add, e)
				}
			case 1: // scattered
				seed := numbers().Draw(t, "seed").or(Number{0, 1})
				for n := range uint64(rapid.IntRange(1, 6000).Draw(t, "length")) {
					change(key(seed.Times(Number{goldenHi, goldenLo}).Times(Number{n, n})), true, e)
				}
			case 2:
				for _, x := range rapid.SliceOfN(numbers(), 1, 40).Draw(t, "ids") {
					change(key(x), rapid.Bool().Draw(t, "add"), e)
				}
			case 3: // most go
				keep := rapid.IntRange(0, 20).Draw(t, "keep")
				for i, x := range slices.SortedFunc(maps.Keys(now.model), Number.Compare) {
					if keep == 0 || i%keep != 0 {
						change(Key{x, now.model[x]}, false, e)
					}
				}
			case 4:
				if asText {
					continue
				}
				all := rapid.SliceOfN(numbers(), 0, 40).Draw(t, "many")
				seed, step := numbers().Draw(t, "seed"), numbers().Draw(t, "step")
				for n := range uint64(rapid.IntRange(0, 6000).Draw(t, "length")) {
					all = append(all, seed.Add(step.Times(Number{0, n})))
				}
				before := len(now.model)
				for _, x := range all {
					now.model[x] = ""
				}
				var added int
				few := rapid.SampledFrom([]int{1, 100, fewNumbers}).Draw(t, "one by one")
				if now.tree, added = now.tree.addAllBeyond(few, all, e); added != len(now.model)-before {
					t.Fatalf("%d added, want %d", added, len(now.model)-before)
				}
			case 5:
				kept = append(kept, version{now.tree, maps.Clone(now.model)})
			}
		}
		for _, v := range append(kept, now) {
			checked(t, v.tree, v.model)
		}
	})
}

// Texts of one number are told apart by what they are: where to look is no answer. As
// many as there may be stand in one place.
func TestTextsOfOneNumber(t *testing.T) {
	var tree Tree
	e := &Edit{}
	same := func(i int) *Key { return &Key{Number{1, 2}, fmt.Sprintf("somebody%03d@example.com", i)} }
	for i := range 3 * textLimit {
		if tree.Has(same(i)) {
			t.Fatalf("%d is in before it was added", i)
		}
		tree, _ = tree.Add(same(i), e)
	}
	tree, _ = tree.Remove(same(7), e)
	for i := range 3 * textLimit {
		if tree.Has(same(i)) != (i != 7) {
			t.Errorf("Has(%d) = %t", i, i == 7)
		}
	}
}

// A full page of neighbours, and then somebody far away, are kept like others.
func TestFarFromAFullPage(t *testing.T) {
	for _, far := range []Number{{0, 1 << 60}, {1 << 60, 0}, {0, 1 << 13}} {
		for n := range uint64(3) {
			var tree Tree
			e := &Edit{}
			model := map[Number]string{far: ""}
			for i := range pageLimit - 1 + n {
				x := Number{0, 1<<20 + i}
				tree, _ = tree.Add(&Key{Num: x}, e)
				model[x] = ""
			}
			tree, _ = tree.Add(&Key{Num: far}, e)
			for x := range model {
				if !tree.HasNumber(x) {
					t.Fatalf("%v is missing", x)
				}
			}
			if tree.Len() != len(model) {
				t.Errorf("%d ids, want %d", tree.Len(), len(model))
			}
		}
	}
}

// Numbers chosen so that they crowd one end of a page, or all places in it, are kept and
// found like others.
func TestCrowdedPages(t *testing.T) {
	for _, width := range []uint8{16, 17, 32, 33, 63, 64, 65, 100, 128} {
		undo := gather(width)
		var tree Tree
		e := &Edit{}
		top := Number{}.Sub(Number{0, 1}).low(uint(width))
		crowd := make([]Key, 1500)
		for i := range crowd {
			crowd[i] = Key{Num: undo(top.Sub(Number{0, uint64(i)}))}
			tree, _ = tree.Add(&crowd[i], e)
		}
		for i := range crowd {
			if !tree.Has(&crowd[i]) {
				t.Fatalf("width %d: %d is missing", width, i)
			}
			before := tree
			if tree, _ = tree.Remove(&crowd[i], &Edit{}); tree.Has(&crowd[i]) || !before.Has(&crowd[i]) || tree.Len() != len(crowd)-i-1 {
				t.Fatalf("width %d: %d is not removed, or of the tree before", width, i)
			}
		}
	}
}

// The number whose slot looks like none is in a page only when it was added.
func TestGreatestSlot(t *testing.T) {
	for _, width := range []uint8{16, 32, 64, 128} {
		greatest := Key{Num: gather(width)(Number{}.Sub(Number{0, 1}).low(uint(width)))}
		p := page{width: width}
		for i := range uint64(20) {
			p.put(&Key{Num: Number{0, i * 31}})
		}
		if p.form()&sorted != 0 || p.has(&greatest) {
			t.Errorf("width %d, form %d: it is in", width, p.form())
		}
		p.put(&greatest)
		in := p.has(&greatest)
		p.take(&greatest)
		if !in || p.has(&greatest) {
			t.Errorf("width %d: added %t, removed %t", width, in, !p.has(&greatest))
		}
	}
}
