package lifecycle

import (
	"context"
	"slices"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// readBy returns r as a sees it.
func readBy(a Actor, r Reader) Reader {
	if a.Org.IsZero() {
		return r
	}
	return &orgReader{a: a, r: r, own: map[license.ID]bool{}}
}

// seenBy returns tx as a sees it.
func seenBy(a Actor, tx Tx) Tx {
	if a.Org.IsZero() {
		return tx
	}
	return &orgTx{orgReader{a: a, r: tx, own: map[license.ID]bool{}}, tx}
}

// orgReader shows what an actor who is bound to an org may see; everything else is
// not there. It embeds no Reader, so that a new method of Reader does not compile
// before it is decided here what it shows.
type orgReader struct {
	a   Actor
	r   Reader
	own map[license.ID]bool // what mine found out
}

// hide returns l without what is the vendor's and not the org's: who its people are to
// the vendor's sales. A license of another org is none.
func (o *orgReader) hide(l license.License) license.License {
	if l.Org != o.a.Org {
		return license.License{}
	}
	l.Lead, l.LeadName, l.Contact, l.Account = lead.ID{}, "", lead.ContactID{}, lead.AccountID{}
	l.Production = 0 // of another org
	return l
}

// mine reports whether a license is the org's.
func (o *orgReader) mine(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (bool, error) {
	if known, ok := o.own[id]; ok {
		return known, nil
	}
	l, err := o.r.License(ctx, vendor, id)
	if err == nil {
		o.own[id] = l.ID != 0 && l.Org == o.a.Org
	}
	return o.own[id], err
}

func hideManager(r Registration) Registration {
	r.LeadManager = lead.OwnerID{}
	return r
}

func (o *orgReader) Package(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) (Registration, error) {
	r, err := o.r.Package(ctx, vendor, id)
	return hideManager(r), err
}

func (o *orgReader) Packages(ctx context.Context, vendor pkgversion.VendorID) ([]Registration, error) {
	all, err := o.r.Packages(ctx, vendor)
	for i := range all {
		all[i] = hideManager(all[i])
	}
	return all, err
}

func (o *orgReader) Version(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.VersionID) (pkgversion.PackageVersion, error) {
	return o.r.Version(ctx, vendor, id)
}

func (o *orgReader) Versions(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]pkgversion.PackageVersion, error) {
	return o.r.Versions(ctx, vendor, id)
}

func (o *orgReader) Parameters(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.PackageID) ([]license.Parameter, error) {
	return o.r.Parameters(ctx, vendor, id)
}

func (o *orgReader) Clock(ctx context.Context, vendor pkgversion.VendorID) (time.Time, error) {
	return o.r.Clock(ctx, vendor)
}

func (o *orgReader) License(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (license.License, error) {
	l, err := o.r.License(ctx, vendor, id)
	return o.hide(l), err
}

func (o *orgReader) LicenseOf(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) (license.License, error) {
	l, err := o.r.LicenseOf(ctx, vendor, id)
	return o.hide(l), err
}

func (o *orgReader) Licenses(ctx context.Context, vendor pkgversion.VendorID, q LicenseQuery, limit int) ([]license.License, error) {
	if !q.Org.IsZero() && q.Org != o.a.Org || !q.Lead.IsZero() || !q.Contact.IsZero() || !q.Account.IsZero() {
		return nil, nil
	}
	q.Org = o.a.Org
	all, err := o.r.Licenses(ctx, vendor, q, limit)
	for i := range all {
		all[i] = o.hide(all[i])
	}
	return all, err
}

func (o *orgReader) ParameterValues(ctx context.Context, vendor pkgversion.VendorID, id license.ID) ([]license.ParameterValue, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return nil, err
	}
	return o.r.ParameterValues(ctx, vendor, id)
}

func (o *orgReader) Org(ctx context.Context, vendor pkgversion.VendorID, id pkgversion.OrgID) (license.Org, error) {
	if id != o.a.Org {
		return license.Org{}, nil
	}
	return o.r.Org(ctx, vendor, id)
}

func (o *orgReader) Facts(ctx context.Context, vendor pkgversion.VendorID, id license.InstallationID) ([]Fact, error) {
	facts, err := o.r.Facts(ctx, vendor, id)
	return slices.DeleteFunc(facts, func(f Fact) bool { return f.Org != o.a.Org }), err
}

func (o *orgReader) Fingerprint(context.Context, pkgversion.VendorID, NotificationID) (string, error) {
	return "", nil
}

func (o *orgReader) Holding(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]seats.Assignment, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return nil, err
	}
	return o.r.Holding(ctx, vendor, id, users)
}

func (o *orgReader) Holders(ctx context.Context, vendor pkgversion.VendorID, id license.ID, after seats.UserID, limit int) ([]seats.Assignment, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return nil, err
	}
	return o.r.Holders(ctx, vendor, id, after, limit)
}

// Sandboxes shows none: an org is told of itself only.
func (o *orgReader) Sandboxes(context.Context, pkgversion.VendorID, pkgversion.OrgID) ([]license.Org, error) {
	return nil, nil
}

func (o *orgReader) Sides(ctx context.Context, vendor pkgversion.VendorID, id license.ID) (Sides, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return Sides{}, err
	}
	return o.r.Sides(ctx, vendor, id)
}

func (o *orgReader) PendingPushes(context.Context, pkgversion.VendorID, time.Time, license.ID, int) ([]Sides, error) {
	return nil, nil
}

func (o *orgReader) Drifting(context.Context, pkgversion.VendorID, license.ID, int) ([]Sides, error) {
	return nil, nil
}

func (o *orgReader) Refresh(context.Context, pkgversion.VendorID, pkgversion.PackageID) (Refresh, error) {
	return Refresh{}, nil
}

func (o *orgReader) Left(context.Context, pkgversion.VendorID, pkgversion.PackageID, license.InstallationID, int) ([]Installation, error) {
	return nil, nil
}

func (o *orgReader) Standings(ctx context.Context, vendor pkgversion.VendorID, id license.ID, users []seats.UserID) ([]Standing, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return nil, err
	}
	return o.r.Standings(ctx, vendor, id, users)
}

func (o *orgReader) SeatHistory(ctx context.Context, vendor pkgversion.VendorID, id license.ID, user seats.UserID) ([]seats.Assignment, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return nil, err
	}
	return o.r.SeatHistory(ctx, vendor, id, user)
}

func (o *orgReader) HoldersAt(ctx context.Context, vendor pkgversion.VendorID, id license.ID, at time.Time) (int, error) {
	if mine, err := o.mine(ctx, vendor, id); !mine {
		return 0, err
	}
	return o.r.HoldersAt(ctx, vendor, id, at)
}

// Alert, and what follows it, show none: what a vendor is told is the vendor's.
func (o *orgReader) Alert(context.Context, pkgversion.VendorID, AlertID) (Alert, error) {
	return Alert{}, nil
}

func (o *orgReader) LastAlert(context.Context, pkgversion.VendorID, license.ID) (int, error) {
	return 0, nil
}

func (o *orgReader) Alerts(context.Context, pkgversion.VendorID, AlertQuery, int) ([]Alert, error) {
	return nil, nil
}

func (o *orgReader) Delivery(context.Context, pkgversion.VendorID, AlertID, string) (Delivery, error) {
	return Delivery{}, nil
}

func (o *orgReader) Deliveries(context.Context, pkgversion.VendorID, DeliveryQuery, int) ([]Delivery, error) {
	return nil, nil
}

func (o *orgReader) Lead(context.Context, pkgversion.VendorID, lead.ID) (lead.Lead, error) {
	return lead.Lead{}, nil
}

func (o *orgReader) Contact(context.Context, pkgversion.VendorID, lead.ContactID) (lead.Contact, error) {
	return lead.Contact{}, nil
}

func (o *orgReader) Account(context.Context, pkgversion.VendorID, lead.AccountID) (lead.Account, error) {
	return lead.Account{}, nil
}

func (o *orgReader) Owner(context.Context, pkgversion.VendorID, lead.OwnerID) (lead.Owner, error) {
	return lead.Owner{}, nil
}

func (o *orgReader) PendingLead(context.Context, pkgversion.VendorID, license.ID) (PendingLead, error) {
	return PendingLead{}, nil
}

func (o *orgReader) PendingLeads(context.Context, pkgversion.VendorID, license.ID, int) ([]PendingLead, error) {
	return nil, nil
}

func (o *orgReader) Leads(context.Context, pkgversion.VendorID, LeadQuery, int) ([]lead.Lead, error) {
	return nil, nil
}

func (o *orgReader) LeadsUnder(context.Context, pkgversion.VendorID, []string, int) ([]lead.Lead, int, error) {
	return nil, 0, nil
}

func (o *orgReader) ContactsUnder(context.Context, pkgversion.VendorID, []string, int) ([]lead.Contact, int, error) {
	return nil, 0, nil
}

func (o *orgReader) Feed(ctx context.Context, vendor pkgversion.VendorID, after int64, limit int) ([]Event, error) {
	return o.readOn(ctx, vendor, limit, func(e Event) int64 { return e.Seq }, after, func(after int64) ([]Event, error) {
		return o.r.Feed(ctx, vendor, after, limit)
	})
}

func (o *orgReader) FeedEnd(ctx context.Context, vendor pkgversion.VendorID) (int64, error) {
	return o.r.FeedEnd(ctx, vendor)
}

func (o *orgReader) Unnumbered(ctx context.Context, vendor pkgversion.VendorID) (bool, error) {
	return o.r.Unnumbered(ctx, vendor)
}

func (o *orgReader) History(ctx context.Context, vendor pkgversion.VendorID, stream Stream, after int64, limit int) ([]Event, error) {
	return o.readOn(ctx, vendor, limit, func(e Event) int64 { return e.Position }, after, func(after int64) ([]Event, error) {
		return o.r.History(ctx, vendor, stream, after, limit)
	})
}

func (o *orgReader) LastChange(ctx context.Context, vendor pkgversion.VendorID, stream Stream, kind string, until time.Time) (Event, error) {
	e, err := o.r.LastChange(ctx, vendor, stream, kind, until)
	if err != nil || e.Change == nil {
		return Event{}, err
	}
	seen, err := o.visible(ctx, vendor, []Event{e})
	if err != nil || len(seen) == 0 {
		return Event{}, err
	}
	return seen[0], nil
}

// readOn reads page by page until it has limit events that the org may see, or there
// are no more. place is where an event stands.
func (o *orgReader) readOn(ctx context.Context, vendor pkgversion.VendorID, limit int, place func(Event) int64,
	after int64, read func(after int64) ([]Event, error)) ([]Event, error) {
	var found []Event
	for len(found) < limit {
		page, err := read(after)
		if err != nil {
			return nil, err
		}
		seen, err := o.visible(ctx, vendor, page)
		if err != nil {
			return nil, err
		}
		if found = append(found, seen...); len(page) < limit {
			break
		}
		after = place(page[len(page)-1])
	}
	return found[:min(len(found), limit)], nil
}

// Cursor shows none: the consumers of the feed are the vendor's.
func (o *orgReader) Cursor(context.Context, pkgversion.VendorID, string) (int64, error) {
	return 0, nil
}

// Cursors shows none either.
func (o *orgReader) Cursors(context.Context, pkgversion.VendorID) (map[string]int64, error) {
	return nil, nil
}

// visible returns those of events that are the org's, without what is the vendor's: why
// others did it, too. A kind of change that is not named here is the vendor's.
func (o *orgReader) visible(ctx context.Context, vendor pkgversion.VendorID, events []Event) ([]Event, error) {
	var seen []Event
	for _, e := range events {
		if e.Actor != o.a.ID {
			e.Why = "" // the vendor's words, meant for the vendor
		}
		of := license.ID(0)
		switch c := e.Change.(type) {
		case OrgSeen:
			if c.After.ID == o.a.Org {
				seen = append(seen, e)
			}
			continue
		case Retained: // how far back answers reach
			seen = append(seen, e)
			continue
		case LicenseChanged:
			of = c.After.ID
			c.Before, c.After = o.hide(c.Before), o.hide(c.After)
			e.Change = c
		case SeatsAssigned:
			of = c.License
		case SeatsRevoked:
			of = c.License
		case StageMoved:
			of = c.After.License
		case ParameterChanged:
			of = c.After.License
		}
		mine, err := o.mine(ctx, vendor, of)
		if err != nil {
			return nil, err
		}
		if mine {
			seen = append(seen, e)
		}
	}
	return seen, nil
}

// orgTx lets an actor who is bound to an org change the seats of its licenses and
// report their feature parameters, and nothing else.
type orgTx struct {
	orgReader
	tx Tx
}

func (o *orgTx) Write(ctx context.Context, vendor pkgversion.VendorID, effects ...Effect) error {
	for _, e := range effects {
		of := license.ID(0)
		switch e := e.(type) {
		case PutClock, LockSeats:
			continue
		case TakeSeats:
			of = e.License
		case FreeSeats:
			of = e.License
		case ExpectHolders:
			of = e.License
		case ExpectSeat:
			of = e.License
		case PutStanding:
			of = e.Standing.License
		case PutParameterValue:
			of = e.Value.License
		case Append:
			switch c := e.Event.Change.(type) {
			case SeatsAssigned:
				of = c.License
			case SeatsRevoked:
				of = c.License
			case StageMoved:
				of = c.After.License
			case ParameterChanged:
				of = c.After.License
			}
		}
		mine, err := o.mine(ctx, vendor, of)
		if err != nil {
			return err
		}
		if !mine {
			return o.denied()
		}
	}
	return o.tx.Write(ctx, vendor, effects...)
}

// NextLicense is for those who make licenses.
func (o *orgTx) NextLicense(context.Context, pkgversion.VendorID) (license.ID, error) {
	return 0, o.denied()
}

// Number is part of reading the feed.
func (o *orgTx) Number(ctx context.Context, vendor pkgversion.VendorID, max int) (int, error) {
	return o.tx.Number(ctx, vendor, max)
}

func (o *orgTx) denied() error {
	return &DeniedError{Actor: o.a.ID, Rule: vendorsOnly}
}
