package seats

import (
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/isvkit/isvkit/seats/internal/idset"
)

// Set is the users who hold a seat of one license: up to 99,000,000 of them. It is
// an immutable value: With and Without return another Set, which shares what is equal,
// and every Set that anybody holds stays as it is. The zero Set is empty. Any number of
// goroutines may read a Set while others make new ones of it.
//
// It chooses how to keep the users from their ids. Ids issued in sequence take a
// bitmap, or two bytes and a half each where few of them are in; random numbers of 64
// bits take less than 12 bytes, UUIDs less than 20, and other texts of more than 16
// bytes their length and some more. A look-up is one or two
// accesses to memory, a change copies some ten kilobytes, however many users there are.
type Set struct{ trees *[kinds]idset.Tree }

// Contains reports whether user is in the set. It allocates nothing.
func (s Set) Contains(user UserID) bool {
	if hi, lo, ok := userNumber(user.text); ok {
		return s.trees != nil && s.trees[recordIDs-1].HasNumber(idset.Number{Hi: hi, Lo: lo})
	}
	return s.ContainsKey(KeyOf(user))
}

// ContainsKey is Contains for a key that was resolved before.
func (s Set) ContainsKey(key Key) bool {
	return s.trees != nil && key.kind != 0 && s.trees[key.kind-1].Has(&key.id)
}

// Len returns how many users are in the set.
func (s Set) Len() (n int) {
	for k := range s.each() {
		n += k.Len()
	}
	return n
}

// Bytes returns how much memory the set takes, what it shares with others included.
// It looks at every page of the set.
func (s Set) Bytes() (bytes int) {
	for k := range s.each() {
		bytes += k.Bytes()
	}
	return bytes
}

// each yields the trees of the set with their kinds.
func (s Set) each() iter.Seq2[idset.Tree, kind] {
	return func(yield func(idset.Tree, kind) bool) {
		if s.trees == nil {
			return
		}
		for i, tree := range s.trees {
			if !yield(tree, kind(i+1)) {
				return
			}
		}
	}
}

// All yields the users. Their order depends on who they are and on nothing else, so
// that equal sets yield them in the same one: Salesforce ids first, in the order of
// their text, then numbers, UUIDs and short texts by what they write, and longer texts in
// no order that says anything.
func (s Set) All() iter.Seq[UserID] {
	return func(yield func(UserID) bool) {
		for tree, kind := range s.each() {
			all := tree.All(func(id *idset.Key) bool {
				user, _ := Key{kind, *id}.user()
				return yield(user)
			})
			if !all {
				return
			}
		}
	}
}

// Equal reports whether two sets hold the same users.
func (s Set) Equal(other Set) bool {
	if s.trees == other.trees {
		return true
	}
	if s.Len() != other.Len() {
		return false
	}
	for tree, kind := range s.each() {
		if !tree.All(func(id *idset.Key) bool { return other.ContainsKey(Key{kind, *id}) }) {
			return false
		}
	}
	return true
}

// With returns the set with users added. The zero UserID is nobody and is not added.
func (s Set) With(users ...UserID) Set {
	b := s.Edit()
	for _, user := range users {
		b.Add(user)
	}
	return b.Set()
}

// Without returns the set with users removed.
func (s Set) Without(users ...UserID) Set {
	b := s.Edit()
	for _, user := range users {
		b.Remove(user)
	}
	return b.Set()
}

// Edit returns a builder that begins with the users of the set, for many changes after
// which a new Set is taken once. The set itself stays as it is.
func (s Set) Edit() *SetBuilder {
	b := &SetBuilder{}
	if s.trees != nil {
		b.trees = *s.trees
	}
	return b
}

// Collect returns the set of all the users.
func Collect(users iter.Seq[UserID]) Set {
	const atOnce = 1 << 18
	var b SetBuilder
	var some []UserID
	for user := range users {
		if some = append(some, user); len(some) == atOnce {
			b.AddAll(some)
			some = some[:0]
		}
	}
	b.AddAll(some)
	return b.Set()
}

// SetBuilder makes a Set of many users in place, one after the other, in no more memory
// than the Set takes. The zero SetBuilder is empty. It is not safe for concurrent use.
type SetBuilder struct {
	trees [kinds]idset.Tree
	edit  *idset.Edit // nil when all there is may be read by others
}

// Add adds a user and reports whether it was not there. The zero UserID is nobody and is
// not added.
func (b *SetBuilder) Add(user UserID) bool { return b.addKey(KeyOf(user)) }

func (b *SetBuilder) addKey(key Key) (added bool) {
	if key.kind == 0 {
		return false
	}
	tree := &b.trees[key.kind-1]
	*tree, added = tree.Add(&key.id, b.editing())
	return added
}

// AddAll adds users, and returns how many were not there. For sets of millions it is
// several times as fast as Add, the more the more users there are in one call: it works with all processors, and takes
// some 60 bytes for each user, of up to 4,000,000 at a time, until it returns.
func (b *SetBuilder) AddAll(users []UserID) (added int) {
	const few, atOnce = 1024, 1 << 22
	if len(users) < few {
		for _, user := range users {
			if b.Add(user) {
				added++
			}
		}
		return added
	}
	for some := range slices.Chunk(users, atOnce) {
		added += b.addMany(some)
	}
	return added
}

func (b *SetBuilder) addMany(users []UserID) (added int) {
	ids := make([]idset.Number, len(users))
	kindOf := make([]kind, len(users))
	var readers sync.WaitGroup
	share := len(users)/runtime.GOMAXPROCS(0) + 1
	for from := 0; from < len(users); from += share {
		readers.Go(func() {
			for i := from; i < min(from+share, len(users)); i++ {
				key := KeyOf(users[i])
				ids[i], kindOf[i] = key.id.Num, key.kind
			}
		})
	}
	readers.Wait()
	for k := recordIDs; k < longTexts; k++ {
		var more int
		b.trees[k-1], more = b.trees[k-1].AddAll(ofKind(k, ids, kindOf), b.editing())
		added += more
	}
	for i, k := range kindOf {
		if k == longTexts && b.Add(users[i]) {
			added++
		}
	}
	return added
}

// ofKind returns the ids of one kind: ids itself if all are.
func ofKind(k kind, ids []idset.Number, kindOf []kind) (some []idset.Number) {
	many := 0
	for _, other := range kindOf {
		if other == k {
			many++
		}
	}
	if many == len(ids) {
		return ids
	}
	some = make([]idset.Number, 0, many)
	for i, other := range kindOf {
		if other == k {
			some = append(some, ids[i])
		}
	}
	return some
}

// Remove removes a user and reports whether it was there.
func (b *SetBuilder) Remove(user UserID) (removed bool) {
	key := KeyOf(user)
	if key.kind == 0 {
		return false
	}
	tree := &b.trees[key.kind-1]
	*tree, removed = tree.Remove(&key.id, b.editing())
	return removed
}

func (b *SetBuilder) editing() *idset.Edit {
	if b.edit == nil {
		b.edit = &idset.Edit{}
	}
	return b.edit
}

// Set returns the users so far. The builder can go on: the Set stays as it is.
func (b *SetBuilder) Set() Set {
	b.edit = nil
	if b.trees == [kinds]idset.Tree{} {
		return Set{}
	}
	trees := b.trees
	return Set{&trees}
}
