// Package sfdata reads and writes Salesforce's CSV and JSON: the rows of the
// License Management App (packages, versions, licenses), of Lead, Contact, Account
// and User, those of the subscriber's side (PackageLicense, UserPackageLicense,
// PackageSubscriber, users and their last log-in), and the notifications that a
// webhook received.
//
// # Reading
//
// A Data Loader export is read as it is, and so are JSON: an array of objects,
// objects line by line, or the answer of the REST API and of the command line's
// data query. Every reader is an iterator that holds one row at a time. A bad row
// has a [*RowError] with file, line, column and reason in its place, and the next
// row follows; a file that is cut, is not text in UTF-8, or is no CSV or JSON
// ends with a [*FileError]. Nothing is guessed: a number, a day or an id that is
// not one is an error.
//
// Columns can stand in any order. Those of the app are found under any namespace
// or none; those that are not known are kept in Extra, so that they can be
// written back. What the app computes from other columns is passed over.
//
// Both forms of "does not expire", 1970-01-01 and empty, are read; a number of
// seats below 0 is a site license; ids have 15 or 18 characters; a blank number
// of used licenses is not 0.
//
// # From rows to records and back
//
// A row's Command method returns the [lifecycle.Command] that records it, and
// [Import] turns the files of a vendor into the commands for
// [lifecycle.Manager.Import]. The functions whose names end in RowOf go the other
// way.
//
// # Writing
//
// An export of this package is CSV as Data Loader writes it, with these
// differences. Columns named isvkit__…__c carry what the platform has no column
// for, so that importing an export gives what was exported. Text that a
// spreadsheet would run as a formula has an apostrophe before it, which is taken
// off on reading. The first column marks the file as an export; its last cell says
// how many rows there are and what they sum up to, so that a file that was cut
// or changed is an [*ExportError] and never a shorter import. A CSV file without
// that mark is read as it is.
//
// With WriteOptions.DataLoader there is none of this, and the file can be loaded into
// the platform.
package sfdata
