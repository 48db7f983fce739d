package lifecycle

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

const maxText = 4096 // bytes of any free text

// validTexts returns a *FieldError for the first text that not every store
// keeps: invalid UTF-8, NUL, or too long.
func validTexts(field string, texts ...string) error {
	for _, text := range texts {
		rule := ""
		switch {
		case !utf8.ValidString(text):
			rule = "must be valid UTF-8"
		case strings.ContainsRune(text, 0):
			rule = "must not hold NUL"
		case len(text) > maxText:
			rule = "must have at most 4096 bytes"
		}
		if rule != "" {
			return &FieldError{Field: field, Value: text, Rule: rule}
		}
	}
	return nil
}

// validInstant returns a *FieldError for an instant outside of the years that a
// civil date can be made of, give or take a time zone.
func validInstant(field string, t time.Time) error {
	if y := t.Year(); y < 1970 || y > 9900 {
		return &FieldError{Field: field, Value: t.UTC().Format(time.RFC3339), Rule: "lies in the years 1970 to 9900"}
	}
	return nil
}

// validPrivate is validTexts for what may be a person's: the error's text never
// holds the value.
func validPrivate(field string, texts ...string) error {
	err := validTexts(field, texts...)
	if refused, ok := err.(*FieldError); ok {
		refused.Value = ""
	}
	return err
}

// validInstantOrNone is validInstant for an instant that may be left out.
func validInstantOrNone(field string, t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return validInstant(field, t)
}
