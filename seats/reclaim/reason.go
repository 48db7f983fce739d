package reclaim

// Reason says what a run decides about a seat, and why. Every subject has exactly
// one. The zero Reason is none.
type Reason uint8

// The reasons to leave a seat as it is come first, then those to move it.
const (
	Unreadable       Reason = 1 + iota // no user, no stage that exists, or no day to count from
	NotHeld                            // the seat was given up already
	StageExempt                        // its stage is Exempt
	PolicyExempt                       // an exemption of the policy holds today
	OtherProfile                       // the policy is not for this profile
	NewStarter                         // assigned too recently
	AwaitsFirstLogin                   // never logged in, and the policy leaves such users alone
	InUse                              // idle for too short
	Waiting                            // warned, and the next step is not due yet
	StaysDeactivated                   // freed before, still held, and not used since

	LoggedIn      // back to Active: the user logged in after the notice
	NoticeInError // back to Active: the user had logged in before the notice, as is known now
	Spared        // back to Active for another cause: an exemption, tenure, a higher threshold
	Reactivated   // back to Active: the seat was freed, given back, and is in use
	FirstDue      // to First Warning
	FinalDue      // to Final Notice
	NoticeMissing // warned, but no notice is on record: it is sent now, and the stage stays
	SeatFreed     // to Deactivated

	reasons // how many there are, and one
)

var reasonText = [reasons]string{
	Unreadable: "unreadable", NotHeld: "not held", StageExempt: "stage is exempt", PolicyExempt: "exempt by policy",
	OtherProfile: "other profile", NewStarter: "new starter", AwaitsFirstLogin: "awaits first log-in", InUse: "in use",
	Waiting: "waiting", StaysDeactivated: "stays deactivated",
	LoggedIn: "logged in", NoticeInError: "notice in error", Spared: "spared", Reactivated: "reactivated",
	FirstDue: "first warning due", FinalDue: "final notice due", NoticeMissing: "notice missing", SeatFreed: "seat freed",
}

// Moves reports whether r is a reason to move a seat, or to send a notice.
func (r Reason) Moves() bool { return LoggedIn <= r && r < reasons }

// String returns the reason in words; "none" for the zero Reason.
func (r Reason) String() string {
	if 0 < r && r < reasons {
		return reasonText[r]
	}
	return "none"
}

// MarshalText returns what String returns, "" for the zero Reason. Any other value
// that is not a reason is a *FieldError.
func (r Reason) MarshalText() ([]byte, error) {
	if r >= reasons {
		return nil, &FieldError{Field: "reason", Value: r.String(), Rule: "is none of the reasons"}
	}
	return []byte(reasonText[r]), nil
}

// UnmarshalText reads what MarshalText writes.
func (r *Reason) UnmarshalText(text []byte) error {
	for reason, known := range reasonText {
		if known == string(text) {
			*r = Reason(reason)
			return nil
		}
	}
	return &FieldError{Field: "reason", Value: string(text), Rule: "is none of the reasons"}
}
