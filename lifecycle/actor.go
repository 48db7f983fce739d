package lifecycle

import "github.com/isvkit/isvkit/pkgversion"

// Actor is who asks, and for which vendor. Every call of a [Manager] names one. The
// zero Actor may do nothing.
//
// An Actor with an Org is bound to it: the org's own administrator. It reads the org
// and its licenses, seats and their history, and the vendor's packages; it gives and
// takes the org's seats. Everything else of the vendor is not there for it: other
// orgs' records, leads, contacts, accounts, what a license says of these, and why others
// changed what they changed; by whom it was is told.
type Actor struct {
	Vendor pkgversion.VendorID
	ID     ActorID          // written into history
	Org    pkgversion.OrgID // to which the actor is bound; zero: to none
}

func (a Actor) validate() error {
	switch {
	case a.Vendor.IsZero():
		return &FieldError{Field: "actor's vendor", Rule: "every call is made for a vendor"}
	case a.ID.IsZero():
		return &FieldError{Field: "actor id", Rule: "every call names who asks"}
	}
	return nil
}
