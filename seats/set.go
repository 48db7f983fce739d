package seats

import (
	"iter"
	"maps"
	"slices"
)

// Set is the users who hold a seat of one license: up to 99,000,000 of them. It is
// an immutable value: With and Without return another Set, which shares what is equal,
// and every Set that anybody holds stays as it is. The zero Set is empty. Any number of
// goroutines may read a Set while others make new ones of it.
type Set struct {
	users map[UserID]struct{}
}

// Key is a user id as a Set looks it up, for who asks about the same user often.
// The zero Key is that of the zero UserID, which no Set holds.
type Key struct{ user UserID }

// KeyOf returns the key of a user id.
func KeyOf(user UserID) Key { return Key{user} }

// Contains reports whether user is in the set. It allocates nothing.
func (s Set) Contains(user UserID) bool { return s.ContainsKey(KeyOf(user)) }

// ContainsKey is Contains for a key that was resolved before.
func (s Set) ContainsKey(key Key) bool {
	_, in := s.users[key.user]
	return in
}

// Len returns how many users are in the set.
func (s Set) Len() int { return len(s.users) }

// All yields the users. Their order depends on who they are, and on nothing else: two
// sets of the same users yield them in the same order.
func (s Set) All() iter.Seq[UserID] {
	return slices.Values(slices.SortedFunc(maps.Keys(s.users), UserID.Compare))
}

// With returns the set with users added. The zero UserID is nobody and is not added.
func (s Set) With(users ...UserID) Set {
	b := SetBuilder{users: maps.Clone(s.users)}
	for _, user := range users {
		b.Add(user)
	}
	return b.Set()
}

// Without returns the set with users removed.
func (s Set) Without(users ...UserID) Set {
	b := SetBuilder{users: maps.Clone(s.users)}
	for _, user := range users {
		b.Remove(user)
	}
	return b.Set()
}

// Edit returns a builder that begins with the users of the set: for many changes, after
// which a new Set is taken once.
func (s Set) Edit() *SetBuilder { return &SetBuilder{users: maps.Clone(s.users)} }

// Bytes returns how much memory the set takes, what it shares with others included.
func (s Set) Bytes() int { return 64 * len(s.users) }

// Collect returns the set of all the users.
func Collect(users iter.Seq[UserID]) Set {
	var b SetBuilder
	for user := range users {
		b.Add(user)
	}
	return b.Set()
}

// SetBuilder makes a Set of many users, in place, one after the other. The zero
// SetBuilder is empty. It is not safe for concurrent use.
type SetBuilder struct{ users map[UserID]struct{} }

// Add adds a user and reports whether it was not there. The zero UserID is nobody and is
// not added.
func (b *SetBuilder) Add(user UserID) bool {
	if _, in := b.users[user]; in || user.IsZero() {
		return false
	}
	if b.users == nil {
		b.users = map[UserID]struct{}{}
	}
	b.users[user] = struct{}{}
	return true
}

// Remove removes a user and reports whether it was there.
func (b *SetBuilder) Remove(user UserID) bool {
	_, in := b.users[user]
	delete(b.users, user)
	return in
}

// Set returns the users so far. The builder can go on: the Set stays as it is.
func (b *SetBuilder) Set() Set { return Set{maps.Clone(b.users)} }
