package sfdata

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"strconv"

	"github.com/isvkit/isvkit/lifecycle"
)

// Source is a file that can be read again and again: an import that has to begin
// anew opens it anew. The zero Source is no file.
type Source struct {
	Name string // for errors
	Open func() (io.ReadCloser, error)
}

// FileIn returns the file of that name in fsys, such as os.DirFS("exports").
func FileIn(fsys fs.FS, name string) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return fsys.Open(name) }}
}

// Import is the files of a vendor, each of one kind and each as it is exported
// from the platform or by this package. Those that are left out are no part of
// it; but licenses need the files of their packages and versions, unless they are
// an export of this package. Subscribers add the names of orgs, and which org a
// sandbox was made from.
type Import struct {
	Owners        Source
	Packages      Source
	Versions      Source
	Subscribers   Source
	Accounts      Source
	Contacts      Source
	Leads         Source
	Licenses      Source
	Seats         Source
	Notifications Source

	// Register completes the registration of a package, whose default terms and
	// namespace no file of the platform has. nil leaves it as it is.
	Register func(lifecycle.Registration) lifecycle.Registration

	Options ReadOptions // of all files; File and Format are found out
}

// Rows returns the commands that the files amount to, in an order in which they
// can be carried out, each with the place where it stands, for Manager.Import. A bad
// row has a *RowError in its place; a file that cannot be read on, another error.
// Rows that lie in the recycle bin, and seats that were revoked, are passed over.
//
// It can be ranged over any number of times, and opens the files each time. It
// holds packages, versions and subscriber orgs in memory, and one row of all else.
func (im Import) Rows() iter.Seq2[lifecycle.Row, error] {
	return func(yield func(lifecycle.Row, error) bool) {
		c := &Catalog{}
		_ = each(yield, im, im.Owners, ownerTable, func(r OwnerRow) (lifecycle.Command, error) { return r.Command(), nil }) &&
			each(yield, im, im.Packages, packageTable, im.register(c)) &&
			each(yield, im, im.Versions, versionTable, func(r VersionRow) (lifecycle.Command, error) { return publish(r, c) }) &&
			each(yield, im, im.Subscribers, subscriberTable, func(r SubscriberRow) (lifecycle.Command, error) {
				c.AddSubscriber(r)
				return nil, nil
			}) &&
			each(yield, im, im.Accounts, accountTable, func(r AccountRow) (lifecycle.Command, error) {
				return r.Command(), passOver(r.IsDeleted)
			}) &&
			each(yield, im, im.Contacts, contactTable, func(r ContactRow) (lifecycle.Command, error) {
				return r.Command(), passOver(r.IsDeleted)
			}) &&
			each(yield, im, im.Leads, leadTable, func(r LeadRow) (lifecycle.Command, error) { return orPassOver(r.IsDeleted, r.Command) }) &&
			each(yield, im, im.Licenses, licenseTable, func(r LicenseRow) (lifecycle.Command, error) {
				return orPassOver(r.IsDeleted, func() (lifecycle.ImportLicense, error) { return r.Command(c) })
			}) &&
			each(yield, im, im.Seats, seatTable, func(r SeatRow) (lifecycle.Command, error) { return orPassOver(r.IsRevoked, r.Command) }) &&
			im.notifications(yield)
	}
}

// errPassOver is returned in place of the command of a row that is none.
var errPassOver = errors.New("sfdata: the row is passed over")

func passOver(skip bool) error {
	if skip {
		return errPassOver
	}
	return nil
}

func orPassOver[C lifecycle.Command](skip bool, command func() (C, error)) (lifecycle.Command, error) {
	if skip {
		return nil, errPassOver
	}
	return command()
}

func (im Import) register(c *Catalog) func(PackageRow) (lifecycle.Command, error) {
	return func(r PackageRow) (lifecycle.Command, error) {
		if r.IsDeleted {
			return nil, errPassOver
		}
		c.AddPackage(r)
		command := r.Command()
		if im.Register != nil {
			command.Registration = im.Register(command.Registration)
		}
		return command, nil
	}
}

func publish(r VersionRow, c *Catalog) (lifecycle.Command, error) {
	if r.IsDeleted {
		return nil, errPassOver
	}
	command, err := r.Command(c)
	if err == nil {
		err = c.AddVersion(r)
	}
	return command, err
}

// each yields the commands of one file. more is false when nobody asks for more.
func each[R any](yield func(lifecycle.Row, error) bool, im Import, file Source, t *table[R], command func(R) (lifecycle.Command, error)) (more bool) {
	return file.read(yield, func(in io.Reader) (more bool) {
		opt := im.Options
		opt.File, opt.Format = file.Name, 0
		for rows := t.reader(in, opt); !rows.over; {
			row, line, ok, err := rows.next()
			var c lifecycle.Command
			if ok {
				c, err = command(row)
			}
			if (ok || err != nil) && !yieldRow(yield, c, file.Name, line, err) {
				return false
			}
		}
		return true
	})
}

// notifications yields those of the file.
func (im Import) notifications(yield func(lifecycle.Row, error) bool) (more bool) {
	file := im.Notifications
	return file.read(yield, func(in io.Reader) (more bool) {
		opt := im.Options
		opt.File = file.Name
		for lines := newLineReader(in, opt); !lines.over; {
			d, line, ok, err := lines.next()
			if (ok || err != nil) && !yieldRow(yield, d.Notification, file.Name, line, err) {
				return false
			}
		}
		return true
	})
}

// yieldRow yields a command, or the error in its place.
func yieldRow(yield func(lifecycle.Row, error) bool, c lifecycle.Command, file string, line int, err error) (more bool) {
	switch {
	case err == errPassOver || c == nil && err == nil:
		return true
	case err != nil:
		return yield(lifecycle.Row{}, placed(err, file, line))
	}
	return yield(lifecycle.Row{Command: c, Where: file + ":" + strconv.Itoa(line)}, nil)
}

// placed returns err with the place of its row, if it has none.
func placed(err error, file string, line int) error {
	if fault, ok := err.(*RowError); ok && fault.Line == 0 {
		fault.File, fault.Line = file, line
	}
	return err
}

// read opens the file, if there is one, and reads it.
func (s Source) read(yield func(lifecycle.Row, error) bool, read func(io.Reader) bool) (more bool) {
	if s.Open == nil {
		return true
	}
	in, err := s.Open()
	if err != nil {
		return yield(lifecycle.Row{}, &FileError{File: s.Name, Reason: "cannot be opened", Err: err})
	}
	defer in.Close()
	return read(in)
}
