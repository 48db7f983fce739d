package lead

// ExactEmail is the matching rule by which two records are one person when
// their e-mail addresses are equal, case aside. A placeholder (noreply@ and the
// like) is no address. It has no state and is safe for concurrent use.
type ExactEmail struct{}

// Keys returns the keys under which p is found: its address, or none.
func (ExactEmail) Keys(p Person) []string {
	if email, ok := matchable(p); ok {
		return []string{email.String()}
	}
	return nil
}

// Match reports whether a and b have one address.
func (ExactEmail) Match(a, b Person) bool {
	emailA, okA := matchable(a)
	emailB, okB := matchable(b)
	return okA && okB && emailA == emailB
}

func matchable(p Person) (Email, bool) {
	email, err := ParseEmail(p.Email)
	return email, err == nil && !email.IsPlaceholder()
}

// NoMatch is the matching rule by which nobody is anybody else. With it every
// license gets a lead of its own.
type NoMatch struct{}

// Keys returns no keys.
func (NoMatch) Keys(Person) []string { return nil }

// Match reports false.
func (NoMatch) Match(a, b Person) bool { return false }
