// Package reliability tries to make the library lose a change, count one twice, hide an
// error, or say yes where it cannot know: by random sequences, by clients at once, by
// faults of the database, by kills and by power cuts. Each part says how much it has
// tried, and one that tries less than its floor fails.
//
// A harness that finds nothing proves nothing by that; so it finds planted faults too,
// see [Faults].
package reliability
