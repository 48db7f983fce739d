// Package metric measures how alike two short strings are: Jaro-Winkler, edit
// distance, keyboard distance, Kullback-Leibler divergence of words, alignment
// of syllables, and the double metaphone code of a name's sound.
//
// Every measure is symmetric, gives 1 for equal non-empty strings and 0 when
// either string is empty, and lies between. None folds case; callers normalize
// first. All functions are safe for concurrent use. Invalid UTF-8 is read as
// U+FFFD.
package metric
