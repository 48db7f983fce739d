package sqlstore

import "strings"

// lookups are the statements that find several rows, by the keys that their last argument
// lists.
//
// They are written differently for each database, and ask the same. The planner of
// PostgreSQL takes a condition on three columns, of which it has no statistics, for one
// that a row in a million meets; then it thinks that the first two find so few rows that
// it need not use the third, and reads all seats of a license for the sake of one user.
// So there each key is looked up by itself. TestPostgresReadsFewRowsWithoutStatistics
// counts what is read.
type lookups struct {
	holding       string // who of some users holds a seat. Arguments: vendor, license, users
	standings     string // of some users, in their order. Arguments: vendor, license, users
	closeSeats    string // takes back the seats of some users. Arguments: instant, by whom, vendor, license, users
	licenses      string // in the order of their ids. Arguments: vendor, ids
	lockLicenses  string // until the transaction ends, in the order of their ids; "" where nobody else writes. Arguments: vendor, ids
	countUnder    string // counts the records under some keys. Arguments: keys, vendor, kind
	leadsUnder    string // Arguments: vendor, keys, vendor, kind, limit
	contactsUnder string // Arguments: vendor, keys, vendor, kind, limit
}

// closeSeats gives each seat the number after those that its user had before.
const closeSeats = `UPDATE isv_seats SET revoked_at = ?, revoked_by = ?, number = 1 + (SELECT MAX(number) FROM isv_seats AS old
	WHERE old.vendor = isv_seats.vendor AND old.license = isv_seats.license AND old.user_id = isv_seats.user_id)`

// each goes after IN: the texts of an array.
const each = "(SELECT value FROM json_each(?))"

// It is a CROSS JOIN because SQLite then takes the keys one by one, where it would else
// read all that a vendor has.
const underKeys = ` FROM json_each(?) AS wanted CROSS JOIN isv_match_keys AS k
	WHERE k.vendor = ? AND k.kind = ? AND k.match_key = wanted.value`

var sqliteLookups = lookups{
	holding:       assignments.selectFrom + " AND license = ? AND number = 0 AND user_id IN " + each,
	standings:     standings.selectFrom + " AND license = ? AND user_id IN " + each + " ORDER BY user_id",
	closeSeats:    closeSeats + " WHERE vendor = ? AND license = ? AND number = 0 AND user_id IN " + each,
	licenses:      licenses.selectFrom + " AND id IN (SELECT CAST(value AS BIGINT) FROM json_each(?)) ORDER BY id",
	countUnder:    "SELECT COUNT(DISTINCT k.record)" + underKeys,
	leadsUnder:    leads.selectFrom + " AND id IN (SELECT k.record" + underKeys + ") ORDER BY id LIMIT ?",
	contactsUnder: contacts.selectFrom + " AND id IN (SELECT k.record" + underKeys + ") ORDER BY id LIMIT ?",
}

// OFFSET 0 keeps the planner from rewriting a query together with the one around it.
const (
	wantedUsers    = "(SELECT CAST(? AS TEXT) AS of_vendor, CAST(? AS BIGINT) AS of_license, unnest(CAST(? AS TEXT[])) AS of_user OFFSET 0)"
	wantedLicenses = "(SELECT CAST(? AS TEXT) AS of_vendor, unnest(CAST(? AS BIGINT[])) AS of_id OFFSET 0)"

	underKeysOneByOne = ` FROM (SELECT unnest(CAST(? AS TEXT[])) AS of_key, CAST(? AS TEXT) AS of_vendor, CAST(? AS TEXT) AS of_kind OFFSET 0) AS wanted
		CROSS JOIN LATERAL (SELECT record FROM isv_match_keys
			WHERE vendor = of_vendor AND kind = of_kind AND match_key = of_key OFFSET 0) AS k`
	wantedRecords = "(SELECT DISTINCT CAST(? AS TEXT) AS of_vendor, k.record AS of_id" + underKeysOneByOne + ")"
)

var postgresLookups = lookups{
	holding:       oneByOne(assignments, wantedUsers, "license = of_license AND user_id = of_user AND number = 0"),
	standings:     oneByOne(standings, wantedUsers, "license = of_license AND user_id = of_user") + " ORDER BY user_id",
	closeSeats:    closeSeats + " FROM " + wantedUsers + " AS wanted WHERE vendor = of_vendor AND license = of_license AND user_id = of_user AND number = 0",
	licenses:      oneByOne(licenses, wantedLicenses, "id = of_id") + " ORDER BY id",
	lockLicenses:  "SELECT id FROM " + wantedLicenses + " AS wanted JOIN isv_licenses ON vendor = of_vendor AND id = of_id ORDER BY id FOR UPDATE OF isv_licenses",
	countUnder:    "SELECT COUNT(DISTINCT k.record)" + underKeysOneByOne,
	leadsUnder:    oneByOne(leads, wantedRecords, "id = of_id") + " ORDER BY id LIMIT ?",
	contactsUnder: oneByOne(contacts, wantedRecords, "id = of_id") + " ORDER BY id LIMIT ?",
}

// oneByOne selects the records of t that meet a condition on each row of wanted.
func oneByOne[T any](t *table[T], wanted, condition string) string {
	from := " FROM " + t.name + " WHERE vendor = "
	return strings.Replace(t.selectFrom, from+"?",
		" FROM "+wanted+" AS wanted CROSS JOIN LATERAL (SELECT *"+from+"of_vendor AND "+condition+" OFFSET 0) AS found", 1)
}
