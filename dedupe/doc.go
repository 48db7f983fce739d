// Package dedupe finds records that are one person: rules as data, keys by which
// records find each other, and an explanation for every pair.
//
// A [Rule] says which fields are compared, how, and which of them must match;
// [StandardLead] and its kin are the documented rules of the platform. A
// [Matcher] runs a rule on pairs: its methods Keys and Match are what a license
// manager asks of a matching rule. An [Index] finds the records that are like
// one; [Cluster] finds all that are like each other in a whole file. A
// [DuplicateRule] says what follows from a match. A [Model] stands beside the
// rules: [Train] makes it of the records themselves, and it finds what the rules
// miss.
//
//	the fields of a record, and reading CSV     record.go, csv.go
//	rules, equations, keys and their notation   rule.go, equation.go, key.go, standard.go, duplicate.go
//	methods, algorithms and thresholds          method.go
//	normal forms, one file for each kind        normalize*.go; what they look up: tables.go, tables/
//	scores of fields; match keys of records     compare.go; keys.go
//	pairs and their explanation                 matcher.go, explain.go
//	one against many                            index.go, index_block.go
//	a whole file                                cluster.go, store.go, compare_blocks.go, clustering.go
//	a score without a rule                      model*.go, train.go
//
// A blank and a placeholder ("n/a", test@test.com, 555-555-5555) match
// nothing. A word that mixes scripts, as a Latin name with a Cyrillic "а" does,
// matches only the very same word.
//
// "DEDUPE" in comments, with a number, is the section of the specification that
// this package implements. Its sources do not publish their algorithms: what is
// documented is followed to the letter, what is not is decided here and said so.
package dedupe
