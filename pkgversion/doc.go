// Package pkgversion names what a vendor ships and who installs it: packages,
// their versions, and the ids of vendors and subscriber orgs.
//
// A [Version] is major.minor[.patch[.build]], compared number by number, so
// that 1.10 is higher than 1.9. A beta precedes the release that has its number.
//
// # Ids
//
// Every id is a type of its own, and a valid one is always in its one canonical
// form, so that == is equality. Text of 15 or 18 characters with a prefix that
// Salesforce uses (00D, 033, 04t, 00Q, 005, 001, 003, 050 …) claims to be a
// Salesforce id: it must be one, and is kept in its 18-character form, which
// is the same for both lengths and for any one-case spelling of 18. 18 digits claim
// nothing: a Salesforce id of 18 has a letter at its end. Any other non-empty text of
// at most 255 bytes of valid UTF-8 without control characters is kept as it is, so
// that ids from elsewhere (UUIDs, user names, numbers) serve as well.
package pkgversion
