package license_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/pkgversion"
)

// zoneNames are zones with something to get wrong: clocks that change at
// midnight, days that never were, odd and far offsets, zones that gave up or
// took up summer time.
var zoneNames = []string{
	"UTC",
	"Africa/Cairo", "Africa/Casablanca", "Africa/Monrovia",
	"America/Asuncion", "America/Caracas", "America/Havana", "America/Los_Angeles", "America/New_York",
	"America/Nuuk", "America/Santiago", "America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns",
	"Antarctica/Casey", "Antarctica/Troll",
	"Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Kabul", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Pyongyang",
	"Asia/Tehran", "Asia/Tokyo",
	"Atlantic/Azores", "Australia/Eucla", "Australia/Lord_Howe", "Europe/Berlin", "Europe/Dublin", "Europe/Istanbul",
	"Europe/London", "Pacific/Apia", "Pacific/Chatham", "Pacific/Enderbury", "Pacific/Kiritimati", "Pacific/Kwajalein",
	"Pacific/Marquesas", "Pacific/Niue", "Pacific/Pago_Pago",
}

func zones() *rapid.Generator[license.Zone] {
	return rapid.Map(rapid.SampledFrom(zoneNames), license.MustZone)
}

// dates generates every date there is, most often those of our time.
func dates() *rapid.Generator[license.Date] {
	first, last := license.MustDate("0001-01-01"), license.MustDate("9999-12-31")
	epoch := license.MustDate("1970-01-01")
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(0, 68*366), epoch.AddDays),
		rapid.Map(rapid.IntRange(0, last.Sub(first)), first.AddDays),
		rapid.SampledFrom([]license.Date{first, epoch, last, license.MustDate("2024-02-29"), license.MustDate("2026-12-31")}),
	)
}

func datesOrZero() *rapid.Generator[license.Date] {
	return rapid.OneOf(dates(), rapid.Just(license.Date{}))
}

func expirations() *rapid.Generator[license.Expiration] {
	return rapid.OneOf(rapid.Map(datesOrZero(), license.LastDay), rapid.Just(license.Never()))
}

func seatCounts() *rapid.Generator[license.Seats] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(0, license.MaxSeats), license.MustSeats),
		rapid.Map(rapid.IntRange(0, 3), license.MustSeats),
		rapid.Just(license.MustSeats(license.MaxSeats)),
		rapid.Just(license.Site()),
	)
}

// statuses generates the zero, the stored and the displayed ones.
func statuses() *rapid.Generator[license.Status] {
	return rapid.SampledFrom([]license.Status{0, license.Trial, license.Active, license.Suspended, license.Uninstalled, license.Expired})
}

// instants generates whole microseconds in UTC, and the zero time.
func instants() *rapid.Generator[time.Time] {
	return rapid.OneOf(
		rapid.Just(time.Time{}),
		rapid.Map(rapid.Int64Range(0, 68*366*86400*1e6), func(us int64) time.Time { return time.UnixMicro(us).UTC() }),
	)
}

func versions() *rapid.Generator[pkgversion.Version] {
	return rapid.OneOf(
		rapid.Just(pkgversion.Version{}),
		rapid.Map(rapid.Uint32Range(0, 5), func(n uint32) pkgversion.Version { return pkgversion.NewVersion(n, n+1, 0, 0).Beta(n % 2) }),
	)
}

func licenses() *rapid.Generator[license.License] {
	return rapid.Custom(func(t *rapid.T) license.License {
		number := rapid.Int64Range(0, 1_000_000)
		var l license.License
		l.ID = license.ID(number.Draw(t, "id"))
		l.Previous = license.ID(number.Draw(t, "previous"))
		if rapid.Bool().Draw(t, "imported") {
			l.RecordID = pkgversion.MustRecordID("a0k2X000000Txd2")
			l.Installation = license.MustInstallationID("0502X000000Txd2")
			l.Org = pkgversion.MustOrgID("00D2X000000Txd2")
			l.Package = pkgversion.MustPackageID("0332X000000Txd2")
			l.Version = pkgversion.MustVersionID("04t2X000000Txd2")
			l.Lead = lead.MustID("00Q2X000000Txd2")
			l.Contact = lead.MustContactID("0032X000000Txd2")
			l.Account = lead.MustAccountID("0012X000000Txd2")
			l.LeadName, l.Type = "Ada Lovelace <&\u2028>", "Editable"
		}
		l.Sandbox = rapid.Bool().Draw(t, "sandbox")
		l.Number = versions().Draw(t, "version")
		l.Terms = license.Terms{
			Status:     statuses().Draw(t, "status"),
			Seats:      seatCounts().Draw(t, "seats"),
			Expiration: expirations().Draw(t, "expiration"),
		}
		l.AsInstalled = rapid.Bool().Draw(t, "as installed")
		l.OnceActive = rapid.Bool().Draw(t, "once active")
		l.TrialStart = datesOrZero().Draw(t, "trial start")
		l.Zone = zones().Draw(t, "zone")
		l.InstalledAt = instants().Draw(t, "installed")
		l.UpgradedAt = instants().Draw(t, "upgraded")
		l.UninstalledAt = instants().Draw(t, "uninstalled")
		l.Holders = rapid.IntRange(0, license.MaxSeats).Draw(t, "holders")
		l.Observed = license.Observed{
			Used:    rapid.IntRange(0, 9).Draw(t, "observed"),
			HasUsed: rapid.Bool().Draw(t, "has used"),
			AsOf:    instants().Draw(t, "observed as of"),
		}
		l.Revision = number.Draw(t, "revision")
		l.ChangedAt = instants().Draw(t, "changed")
		return l
	})
}
