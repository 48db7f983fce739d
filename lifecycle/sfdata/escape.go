package sfdata

import "strings"

// A spreadsheet runs a cell that begins with one of these. Full-width forms are
// folded to the plain ones by some.
var formulaBeginnings = []string{"=", "+", "-", "@", "\t", "\r", "\n", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}

const apostrophe = "'"

// escape puts an apostrophe before text that a spreadsheet would run, and before
// text that looks as if that had been done, so that unescape is its inverse.
func escape(text string) string {
	if runs(strings.TrimLeft(text, apostrophe)) {
		return apostrophe + text
	}
	return text
}

// unescape takes off what escape put on.
func unescape(text string) string {
	if bare, found := strings.CutPrefix(text, apostrophe); found && runs(strings.TrimLeft(bare, apostrophe)) {
		return bare
	}
	return text
}

// mayRun is a quick look at text: escape leaves it as it is unless mayRun.
func mayRun(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	c := text[0]
	return !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z')
}

func runs(text string) bool {
	for _, beginning := range formulaBeginnings {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
}

// escapeExtra is escape for a cell of a column that is not known, where a plain
// number below zero stays one.
func escapeExtra(text string) string {
	if isJSONNumber(text) {
		return text
	}
	return escape(text)
}
