package sfdata

import (
	"bytes"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
)

// Delivery is a notification as a webhook received it. How often and when it was
// delivered is no part of what it says.
type Delivery struct {
	Notification lifecycle.Notification
	Attempt      int       // from 1; 0 where the file does not say
	ReceivedAt   time.Time // zero where the file does not say
	Cancelled    bool      // of a lifecycle.InstallAborted: the installation was cancelled, and did not fail
}

// noticeRow is a line of a file of notifications.
type noticeRow struct {
	kind         string
	id           lifecycle.NotificationID
	attempt      int
	at           time.Time
	receivedAt   time.Time
	org          license.Org
	pkg          pkgversion.PackageID
	version      pkgversion.VersionID
	number       pkgversion.Version
	installation license.InstallationID
	reason       string
	installer    lead.Person
	extra        Extra
}

var noticeTable = newTable("notification", func(r *noticeRow) *Extra { return &r.extra },
	col("kind", wordCodec(noticeKinds...), func(r *noticeRow) *string { return &r.kind }).required(),
	col("notificationId", noticeIDCodec, func(r *noticeRow) *lifecycle.NotificationID { return &r.id }),
	col("deliveryAttempt", plainCount, func(r *noticeRow) *int { return &r.attempt }),
	col("occurredAt", instantCodec, func(r *noticeRow) *time.Time { return &r.at }).required(),
	col("receivedAt", instantCodec, func(r *noticeRow) *time.Time { return &r.receivedAt }),
	col("orgId", orgCodec, func(r *noticeRow) *pkgversion.OrgID { return &r.org.ID }).required(),
	col("orgName", textCodec, func(r *noticeRow) *string { return &r.org.Name }),
	col("orgType", choice("Production", "Sandbox"), func(r *noticeRow) *bool { return &r.org.Sandbox }).required(),
	col("orgEdition", textCodec, func(r *noticeRow) *string { return &r.org.Edition }),
	col("orgStatus", orgStatusCodec, func(r *noticeRow) *license.OrgStatus { return &r.org.Status }),
	col("instance", textCodec, func(r *noticeRow) *string { return &r.org.Instance }),
	col("parentOrgId", orgCodec, func(r *noticeRow) *pkgversion.OrgID { return &r.org.Production }),
	col("trialExpiration", textCodec, func(r *noticeRow) *string { return &r.org.TrialEnds }),
	col("packageId", packageCodec, func(r *noticeRow) *pkgversion.PackageID { return &r.pkg }),
	col("packageVersionId", versionIDCodec, func(r *noticeRow) *pkgversion.VersionID { return &r.version }),
	col("versionNumber", numberCodec, func(r *noticeRow) *pkgversion.Version { return &r.number }),
	col("packageLicenseId", installationCodec, func(r *noticeRow) *license.InstallationID { return &r.installation }),
	col("reason", textCodec, func(r *noticeRow) *string { return &r.reason }),
	col("installer.firstName", textCodec, func(r *noticeRow) *string { return &r.installer.FirstName }),
	col("installer.lastName", textCodec, func(r *noticeRow) *string { return &r.installer.LastName }),
	col("installer.company", textCodec, func(r *noticeRow) *string { return &r.installer.Company }),
	col("installer.email", textCodec, func(r *noticeRow) *string { return &r.installer.Email }),
	col("installer.phone", textCodec, func(r *noticeRow) *string { return &r.installer.Phone }),
	col("installer.title", textCodec, func(r *noticeRow) *string { return &r.installer.Title }),
	col("installer.street", textCodec, func(r *noticeRow) *string { return &r.installer.Street }),
	col("installer.city", textCodec, func(r *noticeRow) *string { return &r.installer.City }),
	col("installer.state", textCodec, func(r *noticeRow) *string { return &r.installer.State }),
	col("installer.country", textCodec, func(r *noticeRow) *string { return &r.installer.Country }),
	col("installer.postalCode", textCodec, func(r *noticeRow) *string { return &r.installer.PostalCode }),
)

const (
	installKind   = "install"
	upgradeKind   = "upgrade"
	uninstallKind = "uninstall"
	orgStatusKind = "orgStatus"
	cancelledKind = "installCancelled"
	failedKind    = "installFailed"
)

var noticeKinds = []string{installKind, upgradeKind, uninstallKind, orgStatusKind, cancelledKind, failedKind}

// neededFields are the fields that a notification of each kind says, beside those
// that all do.
var neededFields = map[string][]string{
	installKind:   {"packageId", "packageVersionId", "packageLicenseId"},
	upgradeKind:   {"packageId", "packageVersionId", "packageLicenseId"},
	uninstallKind: {"packageId", "packageLicenseId"},
	orgStatusKind: nil,
	cancelledKind: {"packageId"},
	failedKind:    {"packageId"},
}

// Notifications returns the notifications of a file of JSON lines, and in place of
// each bad line a *RowError: one that is no JSON, of an unknown kind, too long, or
// that lacks what its kind says. Fields that are not known are passed over.
// opt.Format and opt.Namespace play no part. A file without lines has no
// notifications. It can be ranged over once, for it reads r.
func Notifications(r io.Reader, opt ReadOptions) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		for lines := newLineReader(r, opt); ; {
			delivery, _, ok, err := lines.next()
			if !ok && err == nil || !yield(delivery, err) || lines.over {
				return
			}
		}
	}
}

// lineReader reads notifications line by line, so that a bad line harms no other.
type lineReader struct {
	src  *source
	opt  ReadOptions
	line []byte
	over bool
}

func newLineReader(r io.Reader, opt ReadOptions) *lineReader {
	return &lineReader{src: newSource(r, opt.File), opt: opt}
}

// next returns the next notification and its line. ok is false at the end of the
// file, and where there is an error in place of a notification.
func (r *lineReader) next() (d Delivery, line int, ok bool, err error) {
	for {
		line = r.src.line
		text, more, err := r.take()
		if err != nil || !more {
			r.over = r.over || !more
			return d, line, false, err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		d, err = r.decode(text, line)
		return d, line, err == nil, err
	}
}

// take returns the next line. more is false after the last one.
func (r *lineReader) take() (text []byte, more bool, err error) {
	r.line = r.line[:0]
	line, long := r.src.line, false
	for {
		w := r.src.window()
		if len(w) == 0 {
			err = r.src.fault()
			r.over = r.over || err != nil
			break
		}
		more = true
		n := bytes.IndexByte(w, '\n')
		end := n
		if n < 0 {
			end = len(w)
		}
		if long = long || len(r.line)+end > r.opt.maxRecord(); !long {
			r.line = append(r.line, w[:end]...)
		}
		if n >= 0 {
			r.src.take(n + 1)
			break
		}
		r.src.take(end)
	}
	if err == nil && long {
		err = &RowError{File: r.opt.File, Line: line, Reason: "the line is too long"}
	}
	return r.line, more, err
}

func (r *lineReader) decode(text []byte, line int) (Delivery, error) {
	opt := ReadOptions{File: r.opt.File, Format: JSONLines, MaxRecord: r.opt.maxRecord()}
	rows := &reader[noticeRow]{table: noticeTable, opt: opt, src: newLineSource(text, r.opt.File, line)}
	row, _, ok, err := rows.next()
	if ok {
		if _, _, more, trailing := rows.next(); more || trailing != nil {
			err = &RowError{File: r.opt.File, Line: line, Reason: "holds more than one object"}
		}
	}
	switch fault := err.(type) {
	case nil:
	case *FileError:
		return Delivery{}, &RowError{File: fault.File, Line: fault.Line, Column: fault.Column, Reason: fault.Reason, Err: fault}
	default:
		return Delivery{}, err
	}
	d, err := row.delivery()
	return d, placed(err, r.opt.File, line)
}

// delivery returns what the row says.
func (r *noticeRow) delivery() (Delivery, error) {
	for _, name := range neededFields[r.kind] {
		c := noticeTable.columns[noticeTable.byName[strings.ToLower(name)]]
		if text, _ := c.write(nil, r, time.Time{}); len(text) == 0 {
			return Delivery{}, &RowError{Field: name, Reason: "must not be empty in a notification of the kind " + r.kind}
		}
	}
	r.org.AsOf = r.at
	notice := lifecycle.Notice{ID: r.id, At: r.at, Org: r.org}
	d := Delivery{Attempt: r.attempt, ReceivedAt: r.receivedAt}
	switch r.kind {
	case installKind:
		d.Notification = lifecycle.Installed{Notice: notice, Installation: r.installation, Package: r.pkg,
			Version: r.version, Number: r.number, Installer: r.installer}
	case upgradeKind:
		d.Notification = lifecycle.Upgraded{Notice: notice, Installation: r.installation, Package: r.pkg,
			Version: r.version, Number: r.number}
	case uninstallKind:
		d.Notification = lifecycle.Uninstalled{Notice: notice, Installation: r.installation, Package: r.pkg}
	case orgStatusKind:
		d.Notification = lifecycle.OrgChanged{Notice: notice}
	case cancelledKind, failedKind:
		d.Cancelled = r.kind == cancelledKind
		d.Notification = lifecycle.InstallAborted{Notice: notice, Package: r.pkg, Reason: r.reason}
	}
	return d, nil
}

// WriteNotifications writes a file of notifications, a line each, which
// Notifications reads back. The time zone of a lifecycle.Installed is not in it. It
// stops at the first error.
func WriteNotifications(w io.Writer, deliveries iter.Seq2[Delivery, error]) error {
	rows := func(yield func(noticeRow, error) bool) {
		for d, err := range deliveries {
			var row noticeRow
			if err == nil {
				row, err = noticeRowOf(d)
			}
			if !yield(row, err) {
				return
			}
		}
	}
	return noticeTable.write(w, rows, WriteOptions{Format: JSONLines, DataLoader: true})
}

func noticeRowOf(d Delivery) (noticeRow, error) {
	row := noticeRow{attempt: d.Attempt, receivedAt: d.ReceivedAt}
	var notice lifecycle.Notice
	switch n := d.Notification.(type) {
	case lifecycle.Installed:
		notice, row.kind = n.Notice, installKind
		row.pkg, row.installation, row.version, row.number, row.installer = n.Package, n.Installation, n.Version, n.Number, n.Installer
	case lifecycle.Upgraded:
		notice, row.kind = n.Notice, upgradeKind
		row.pkg, row.installation, row.version, row.number = n.Package, n.Installation, n.Version, n.Number
	case lifecycle.Uninstalled:
		notice, row.kind = n.Notice, uninstallKind
		row.pkg, row.installation = n.Package, n.Installation
	case lifecycle.OrgChanged:
		notice, row.kind = n.Notice, orgStatusKind
	case lifecycle.InstallAborted:
		notice, row.kind = n.Notice, failedKind
		if d.Cancelled {
			row.kind = cancelledKind
		}
		row.pkg, row.reason = n.Package, n.Reason
	default:
		return row, &RowError{Field: "kind", Reason: "is none of the notifications"}
	}
	row.id, row.at, row.org = notice.ID, notice.At, notice.Org
	return row, nil
}
