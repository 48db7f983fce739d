package lifecycle

import "github.com/isvkit/isvkit/pkgversion"

// Actor is who asks, and for which vendor. Every call of a [Manager] names one. The
// zero Actor may do nothing.
type Actor struct {
	Vendor pkgversion.VendorID
	ID     ActorID // written into history
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
