package sqlstore

import (
	"slices"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

var packages = newTable("isv_packages", func(r *lifecycle.Registration) []column {
	return []column{
		{"id", name{&r.Package.ID}},
		{"record_id", optional{&r.Package.RecordID}},
		{"name", (*words)(&r.Package.Name)},
		{"namespace", (*words)(&r.Package.Namespace)},
		{"developer", (*words)(&r.Package.Developer)},
		{"developer_org", optional{&r.Package.DeveloperOrg}},
		{"default_status", status{&r.Defaults.Status, true}},
		{"default_days", number[int]{&r.Defaults.Days}},
		{"default_site", (*siteLicense)(&r.Defaults.Seats)},
		{"default_seats", (*seatCount)(&r.Defaults.Seats)},
		{"grace_days", number[int]{&r.Policy.GraceDays}},
		{"overage_basis_points", number[int]{&r.Overage.BasisPoints}},
		{"overage_extra", number[int]{&r.Overage.Extra}},
		{"trial_again", (*flag)(&r.TrialAgain)},
		{"free_seats", (*flag)(&r.FreeSeats)},
		{"lead_manager", optional{&r.LeadManager}},
		{"last_refresh", optional{&r.LastRefresh}},
		{"registered_at", (*moment)(&r.RegisteredAt)},
		{"released_at", (*moment)(&r.ReleasedAt)},
		{"changed_at", (*moment)(&r.ChangedAt)},
		{"revision", number[int64]{&r.Revision}},
	}
})

var versions = newTable("isv_versions", func(v *pkgversion.PackageVersion) []column {
	return []column{
		{"id", name{&v.ID}},
		{"record_id", optional{&v.RecordID}},
		{"package", name{&v.Package}},
		{"version", optional{&v.Version}},
		{"name", (*words)(&v.Name)},
		{"sequence", number[int]{&v.Sequence}},
		{"released_at", (*moment)(&v.ReleasedAt)},
	}
})

var parameters = newTable("isv_parameters", func(p *license.Parameter) []column {
	return []column{
		{"package", name{&p.Package}},
		{"name", name{&p.Name}},
		{"type", name{&p.Type}},
		{"direction", name{&p.Direction}},
		{"default_value", name{&p.Default}},
		{"revision", number[int64]{&p.Revision}},
	}
})

var parameterValues = newTable("isv_parameter_values", func(v *license.ParameterValue) []column {
	return []column{
		{"license", number[license.ID]{&v.License}},
		{"name", name{&v.Name}},
		{"value", optional{&v.Set}},
		{"set_at", (*moment)(&v.SetAt)},
		{"reported", optional{&v.Reported}},
		{"reported_at", (*moment)(&v.ReportedAt)},
		{"differ_since", (*moment)(&v.DifferSince)},
		{"revision", number[int64]{&v.Revision}},
	}
})

var orgs = newTable("isv_orgs", func(o *license.Org) []column {
	return []column{
		{"id", name{&o.ID}},
		{"name", (*words)(&o.Name)},
		{"sandbox", (*flag)(&o.Sandbox)},
		{"production", optional{&o.Production}},
		{"status", (*words)(&o.Status)},
		{"edition", (*words)(&o.Edition)},
		{"instance", (*words)(&o.Instance)},
		{"trial_ends", (*words)(&o.TrialEnds)},
		{"as_of", (*moment)(&o.AsOf)},
		{"revision", number[int64]{&o.Revision}},
	}
})

// facts has the number of a fact within its installation as one more column.
var facts = newTable("isv_facts", func(f *lifecycle.Fact) []column {
	return []column{
		{"installation", name{&f.Installation}},
		{"kind", (*factKind)(&f.Kind)},
		{"at", (*moment)(&f.At)},
		{"org", optional{&f.Org}},
		{"package", optional{&f.Package}},
		{"version", optional{&f.Version}},
		{"version_number", optional{&f.Number}},
	}
})

// observedColumns keep what was read from the subscriber org.
func observedColumns(o *license.Observed) []column {
	return []column{
		{"observed_status", (*words)(&o.Status)},
		{"observed_site", (*observedSite)(o)},
		{"observed_seats", (*observedSeats)(o)},
		{"observed_never_expires", (*neverExpires)(&o.Expiration)},
		{"observed_last_day", (*lastDay)(&o.Expiration)},
		{"observed_used", (*observedUsed)(o)},
		{"observed_at", (*moment)(&o.AsOf)},
	}
}

// keptOfLicenses are the columns of a license that PutLicense does not write.
var keptOfLicenses = append(names(observedColumns(new(license.Observed))), "holders")

func names(columns []column) (all []string) {
	for _, c := range columns {
		all = append(all, c.name)
	}
	return all
}

var licenses = newKeepingTable("isv_licenses", keptOfLicenses, func(l *license.License) []column {
	return slices.Concat([]column{
		{"id", number[license.ID]{&l.ID}},
		{"record_id", optional{&l.RecordID}},
		{"installation", name{&l.Installation}},
		{"previous", reference{&l.Previous}},
		{"production", reference{&l.Production}},
		{"org", optional{&l.Org}},
		{"sandbox", (*flag)(&l.Sandbox)},
		{"package", optional{&l.Package}},
		{"version", optional{&l.Version}},
		{"version_number", optional{&l.Number}},
		{"permission_set", (*words)(&l.PermissionSet)},
		{"status", status{&l.Terms.Status, false}},
		{"site_license", (*siteLicense)(&l.Terms.Seats)},
		{"seats", (*seatCount)(&l.Terms.Seats)},
		{"never_expires", (*neverExpires)(&l.Terms.Expiration)},
		{"last_day", (*lastDay)(&l.Terms.Expiration)},
		{"as_installed", (*flag)(&l.AsInstalled)},
		{"once_active", (*flag)(&l.OnceActive)},
		{"terms_as_of", (*moment)(&l.TermsAsOf)},
		{"trial_start", optional{&l.TrialStart}},
		{"zone", name{&l.Zone}},
		{"installed_at", (*moment)(&l.InstalledAt)},
		{"upgraded_at", (*moment)(&l.UpgradedAt)},
		{"uninstalled_at", (*moment)(&l.UninstalledAt)},
		{"retired_at", (*moment)(&l.RetiredAt)},
		{"lead", optional{&l.Lead}},
		{"lead_name", (*words)(&l.LeadName)},
		{"contact", optional{&l.Contact}},
		{"account", optional{&l.Account}},
		{"holders", number[int]{&l.Holders}},
		{"type", (*words)(&l.Type)},
		{"revision", number[int64]{&l.Revision}},
		{"changed_at", (*moment)(&l.ChangedAt)},
	}, observedColumns(&l.Observed))
})

// sides leaves Observed to the columns of the license.
var sides = newTable("isv_sides", func(s *lifecycle.Sides) []column {
	return []column{
		{"license", number[license.ID]{&s.License}},
		{"status_since", (*moment)(&s.StatusSince)},
		{"seats_since", (*moment)(&s.SeatsSince)},
		{"expiration_since", (*moment)(&s.ExpirationSince)},
		{"used_since", (*moment)(&s.UsedSince)},
		{"wanted", number[int64]{&s.Wanted}},
		{"confirmed", number[int64]{&s.Confirmed}},
		{"tries", number[int]{&s.Tries}},
		{"due_at", (*moment)(&s.DueAt)},
		{"revision", number[int64]{&s.Revision}},
	}
})

var refreshes = newTable("isv_refreshes", func(r *lifecycle.Refresh) []column {
	return []column{
		{"package", name{&r.Package}},
		{"started_at", (*moment)(&r.StartedAt)},
		{"finished_at", (*moment)(&r.FinishedAt)},
		{"after_installation", optional{&r.After}},
		{"listed", (*flag)(&r.Listed)},
		{"installations", number[int]{&r.Read}},
		{"made", number[int]{&r.Made}},
		{"differing", number[int]{&r.Differing}},
		{"unreachable", number[int]{&r.Unreachable}},
		{"failed", number[int]{&r.Failed}},
		{"revision", number[int64]{&r.Revision}},
	}
})

// left are installations that a refresh could not read.
var left = newTable("isv_refresh_left", func(i *lifecycle.Installation) []column {
	return []column{
		{"installation", name{&i.ID}},
		{"org", optional{&i.Org}},
		{"package", name{&i.Package}},
	}
})

// assignments has the number of an assignment within its license and user as one
// more column.
var assignments = newTable("isv_seats", func(a *seats.Assignment) []column {
	return []column{
		{"license", number[license.ID]{&a.License}},
		{"user_id", name{&a.User}},
		{"assigned_at", (*moment)(&a.AssignedAt)},
		{"assigned_by", (*words)(&a.AssignedBy)},
		{"imported_at", (*moment)(&a.ImportedAt)},
		{"revoked_at", (*moment)(&a.RevokedAt)},
		{"revoked_by", (*words)(&a.RevokedBy)},
	}
})

func personColumns(p *lead.Person) []column {
	return []column{
		{"first_name", (*words)(&p.FirstName)},
		{"last_name", (*words)(&p.LastName)},
		{"title", (*words)(&p.Title)},
		{"company", (*words)(&p.Company)},
		{"email", (*words)(&p.Email)},
		{"phone", (*words)(&p.Phone)},
		{"street", (*words)(&p.Street)},
		{"city", (*words)(&p.City)},
		{"state", (*words)(&p.State)},
		{"postal_code", (*words)(&p.PostalCode)},
		{"country", (*words)(&p.Country)},
	}
}

var leads = newTable("isv_leads", func(l *lead.Lead) []column {
	return slices.Concat([]column{{"id", name{&l.ID}}}, personColumns(&l.Person), []column{
		{"source", (*words)(&l.Source)},
		{"status", (*words)(&l.Status)},
		{"owner", optional{&l.Owner}},
		{"created_at", (*moment)(&l.CreatedAt)},
		{"converted_contact", optional{&l.Conversion.Contact}},
		{"converted_account", optional{&l.Conversion.Account}},
		{"converted_at", (*moment)(&l.Conversion.At)},
		{"revision", number[int64]{&l.Revision}},
	})
})

var pendingLeads = newTable("isv_pending_leads", func(p *lifecycle.PendingLead) []column {
	return slices.Concat([]column{{"license", number[license.ID]{&p.License}}}, personColumns(&p.Person), []column{
		{"since", (*moment)(&p.Since)},
		{"revision", number[int64]{&p.Revision}},
	})
})

var contacts = newTable("isv_contacts", func(c *lead.Contact) []column {
	return slices.Concat([]column{{"id", name{&c.ID}}, {"account", optional{&c.Account}}}, personColumns(&c.Person), []column{
		{"owner", optional{&c.Owner}},
		{"created_at", (*moment)(&c.CreatedAt)},
	})
})

var accounts = newTable("isv_accounts", func(a *lead.Account) []column {
	return []column{
		{"id", name{&a.ID}},
		{"name", (*words)(&a.Name)},
		{"type", (*words)(&a.Type)},
		{"website", (*words)(&a.Website)},
		{"phone", (*words)(&a.Phone)},
		{"street", (*words)(&a.Street)},
		{"city", (*words)(&a.City)},
		{"state", (*words)(&a.State)},
		{"postal_code", (*words)(&a.PostalCode)},
		{"country", (*words)(&a.Country)},
		{"owner", optional{&a.Owner}},
		{"created_at", (*moment)(&a.CreatedAt)},
	}
})

var standings = newTable("isv_standings", func(s *lifecycle.Standing) []column {
	return []column{
		{"license", number[license.ID]{&s.License}},
		{"user_id", name{&s.User}},
		{"stage", name{&s.Stage}},
		{"notice_at", (*moment)(&s.NoticeAt)},
		{"revision", number[int64]{&s.Revision}},
	}
})

var alerts = newTable("isv_alerts", func(a *lifecycle.Alert) []column {
	return []column{
		{"id", name{&a.ID}},
		{"license", number[license.ID]{&a.License}},
		{"number", number[int]{&a.Number}},
		{"rule", (*words)(&a.Rule)},
		{"kind", (*words)(&a.Kind)},
		{"due", optional{&a.Due}},
		{"at", (*moment)(&a.At)},
		{"late", (*flag)(&a.Late)},
		{"days", number[int]{&a.Days}},
		{"basis_points", number[int]{&a.BasisPoints}},
		{"last_day", optional{&a.Last}},
		{"used", number[int]{&a.Used}},
		{"seats", number[int]{&a.Seats}},
		{"field", (*words)(&a.Field)},
		{"user_id", optional{&a.User}},
	}
})

var deliveries = newTable("isv_deliveries", func(d *lifecycle.Delivery) []column {
	return []column{
		{"alert", name{&d.Alert}},
		{"sink", (*words)(&d.Sink)},
		{"license", number[license.ID]{&d.License}},
		{"number", number[int]{&d.Number}},
		{"state", (*deliveryState)(&d.State)},
		{"attempts", number[int]{&d.Attempts}},
		{"next_at", (*moment)(&d.NextAt)},
		{"settled_at", (*moment)(&d.SettledAt)},
		{"failure", (*words)(&d.Failure)},
		{"revision", number[int64]{&d.Revision}},
	}
})

var owners = newTable("isv_owners", func(o *lead.Owner) []column {
	return []column{
		{"id", name{&o.ID}},
		{"name", (*words)(&o.Name)},
		{"email", (*words)(&o.Email)},
		{"active", (*flag)(&o.Active)},
		{"cannot_read", (*flag)(&o.CannotRead)},
	}
})

// notice is a notification that is remembered.
type notice struct {
	id          lifecycle.NotificationID
	fingerprint string
}

var notices = newTable("isv_notices", func(n *notice) []column {
	return []column{{"id", name{&n.id}}, {"fingerprint", (*words)(&n.fingerprint)}}
})

// event is a row of the feed: its change is kept as a kind and JSON.
type event struct {
	lifecycle.Event
	kind, change string
}

var events = newTable("isv_events", func(e *event) []column {
	return []column{
		{"stream_kind", (*words)(&e.Stream.Kind)},
		{"stream_id", (*words)(&e.Stream.ID)},
		{"position", number[int64]{&e.Position}},
		{"seq", (*sequence)(&e.Seq)},
		{"at", (*moment)(&e.At)},
		{"actor", optional{&e.Actor}},
		{"why", (*words)(&e.Why)},
		{"change_kind", (*words)(&e.kind)},
		{"change", (*words)(&e.change)},
	}
})
