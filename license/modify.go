package license

// Change asks for new terms. Give all of them: those that shall stay as they
// were read, too.
type Change struct {
	Terms    Terms
	Revision int64 // of the License as it was read
}

// Rules say which modifications a vendor allows itself. The zero Rules are the
// guide's.
type Rules struct {
	Transitions Transitions // the zero table stands for GuideTransitions
}

// Modify returns l with the terms of c, or l unchanged and the reason why not:
//
//   - a *TransitionError: the license is uninstalled, or the table does not allow
//     the vendor this change of status;
//   - a *StaleError: somebody changed it since it was read;
//   - a *FieldError: a trial past its limit or without an end, an expiration
//     before the install date, or terms that are incomplete.
//
// Terms that already hold are no change, at any revision. A trial without an
// expiration gets the last day that a trial can have. An expiration that stays
// as it is is not judged again: a trial on a reinstallation may be past its limit
// from the start, and its seats can still be lowered.
//
// today is the day in l's zone. The revision and ChangedAt are the caller's to
// set.
func (l License) Modify(c Change, r Rules, today Date) (License, error) {
	want := c.Terms
	if want.Status == Trial && want.Expiration.IsZero() {
		want.Expiration = LastDay(l.TrialLimit())
	}
	if want == l.Terms {
		return l, nil
	}
	if l.Terms.Status == Uninstalled {
		return l, l.refuse(Uninstalled, want.Status, "an uninstalled license is read-only")
	}
	if c.Revision != l.Revision {
		return l, &StaleError{License: l.ID, Read: c.Revision, Current: l.Revision}
	}
	if err := l.checkTransition(want.Status, r, today); err != nil {
		return l, err
	}
	if err := l.checkExpiration(want); err != nil {
		return l, err
	}
	if want.Status == Trial && l.TrialStart.IsZero() {
		l.TrialStart = l.InstallDate()
	}
	l.OnceActive = l.OnceActive || l.Terms.Status == Active || want.Status == Active
	l.Terms, l.AsInstalled = want, false
	return l, nil
}

// TrialLimit returns the latest last day that a trial of l can have: 90 days
// after its start.
func (l License) TrialLimit() Date {
	start := l.TrialStart
	if start.IsZero() {
		start = l.InstallDate()
	}
	return start.AddDays(MaxTrialDays)
}

func (l License) checkTransition(to Status, r Rules, today Date) error {
	if !l.Terms.Status.IsStored() {
		return l.refuse(l.Terms.Status, to, "the stored status is none that a license can have")
	}
	if to == Uninstalled {
		return l.refuse(l.DisplayedOn(today), to, "only a notification of the platform does that")
	}
	if !to.IsStored() {
		return &FieldError{Field: "status", Value: to.String(), Rule: "is Trial, Active, Suspended or Uninstalled"}
	}
	table := r.Transitions
	if table == (Transitions{}) {
		table = GuideTransitions
	}
	from := l.DisplayedOn(today)
	if to == Trial && (l.OnceActive || l.Terms.Status == Active) {
		return l.refuse(from, to, "a license that was active can never be a trial again")
	}
	switch table[from][to] {
	case VendorMove, FreshMove:
		return nil
	}
	return l.refuse(from, to, "the table of transitions does not allow it")
}

func (l License) refuse(from, to Status, rule string) error {
	return &TransitionError{License: l.ID, From: from, To: to, Rule: rule}
}

// checkExpiration judges the expiration of want, if it is a new one or now
// belongs to a trial.
func (l License) checkExpiration(want Terms) error {
	refuse := func(rule string) error {
		return &FieldError{Field: "expiration", Value: want.Expiration.String(), Rule: rule}
	}
	if want.Expiration == l.Terms.Expiration && (want.Status == Trial) == (l.Terms.Status == Trial) {
		return nil
	}
	last, ends := want.Expiration.LastDay()
	switch {
	case want.Expiration.IsZero():
		return refuse("is a last day, or that the license does not expire")
	case want.Status == Trial && !ends:
		return refuse("a trial ends")
	case want.Status == Trial && last.After(l.TrialLimit()):
		return refuse("a trial ends at most 90 days after its start, on " + l.TrialLimit().String())
	case ends && last.Before(l.InstallDate()):
		return refuse("must not precede the install date, " + l.InstallDate().String())
	}
	return nil
}
