// Package lead holds who installed a package, as sales knows them: the [Lead]
// that an installation makes, and after its conversion the [Contact] and the
// [Account].
//
// Whether two records are one person is a matching rule's to say. [ExactEmail]
// is the simplest; package dedupe has the rules in full.
//
// Ids follow the rules that package pkgversion describes.
package lead
