package dedupe

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Each normalizer is fuzzed by itself, so that a fault shows in its name: no input
// panics, the form of a form is itself, and it is valid UTF-8.

func fuzzMethod(f *testing.F, method Method, seeds ...string) {
	for _, seed := range append(seeds, "", " ", "\xff", "n/a", "İẞﬃ①", "a\u0301", "Ünïted", "株式会社", strings.Repeat("ab ", 400), strings.Repeat("vp ", 340), strings.Repeat("\uFDFA", 300)) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, field := range []Field{FirstName, Company} {
			once := leadMatcher.Normalize(method, field, text)
			if utf8.ValidString(text) && !utf8.ValidString(once) {
				t.Fatalf("Normalize(%s, %q) = %q, which is not UTF-8", method, text, once)
			}
			if twice := leadMatcher.Normalize(method, field, once); twice != once {
				t.Fatalf("Normalize(%s, %q) = %q, which normalizes to %q", method, text, once, twice)
			}
		}
	})
}

func FuzzExact(f *testing.F) { fuzzMethod(f, Exact, " A b ") }
func FuzzFirstName(f *testing.F) {
	fuzzMethod(f, FuzzyFirst, "Mr. Dr. J.R. O’Neil", "mr", "Jean-Luc")
}
func FuzzLastName(f *testing.F) {
	fuzzMethod(f, FuzzyLast, "van der Berg", "D'Angelo Jr.", "Иванов")
}
func FuzzCompany(f *testing.F) {
	fuzzMethod(f, FuzzyCompany, "The AT&T Corp.", "Inc", "of the and", "IBM Inc.", "S.A.", "Coca-Cola & Co. KG", "& Co")
}
func FuzzPhone(f *testing.F) {
	fuzzMethod(f, FuzzyPhone, "+44 (0)20 7946 0000 ext 12", "011 49 30 1234567", "1-800-555-1234", "00000000123456", "+1+1", "0014155551234")
}
func FuzzCity(f *testing.F) { fuzzMethod(f, FuzzyCity, "St. John's", "New  York") }
func FuzzStreet(f *testing.F) {
	fuzzMethod(f, FuzzyStreet, "123 N. Maple Ave., Suite #4", "# #", "2nd Floor", "suite", "apt #", "1 # # 2")
}
func FuzzZIP(f *testing.F)   { fuzzMethod(f, FuzzyZIP, "02110-1234", "SW1A 1AA") }
func FuzzTitle(f *testing.F) { fuzzMethod(f, FuzzyTitle, "Sr. VP, R&D", "vp vp", "IT") }
func FuzzEmail(f *testing.F) { fuzzMethod(f, EmailAddress, "A@b.c", "noreply@x.com", "@", "a@b@c") }
func FuzzWebDomain(f *testing.F) {
	fuzzMethod(f, WebDomain, "https://www.bbc.co.uk/x?y", "http://user@host.com:80", "..", "co.uk", "a://b://c.d")
}

// FuzzEquation: no text panics, and an equation prints as text that parses as it.
func FuzzEquation(f *testing.F) {
	for _, seed := range []string{"", "(", "City", "City OR ZIP AND Phone", "(City OR (ZIP AND Phone)) AND Street", "AND", "City City"} {
		f.Add(seed)
	}
	f.Add(StandardLead().Equation.String())
	f.Fuzz(func(t *testing.T, text string) {
		equation, err := ParseEquation(text)
		if err != nil {
			return
		}
		printed := equation.String()
		again, err := ParseEquation(printed)
		if err != nil || again.String() != printed {
			t.Fatalf("ParseEquation(%q) prints %q, which parses as %q, %v", text, printed, again, err)
		}
	})
}

// FuzzKey: no text panics, and a key prints as text that parses as it.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{"", "Email", "First_Name (1,1) Last_Name", "City (_,6)", "City (", "City (1,2", "ZIP(1,3)Phone", "()"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey(text)
		if err != nil {
			return
		}
		printed := key.String()
		again, err := ParseKey(printed)
		if err != nil || again.String() != printed {
			t.Fatalf("ParseKey(%q) prints %q, which parses as %q, %v", text, printed, again, err)
		}
	})
}

// FuzzReadCSV: no file panics, and each is read as the standard library's parser reads it.
func FuzzReadCSV(f *testing.F) {
	f.Add("id,first_name\n1,Ann\n")
	f.Add("\uFEFFID, Postal Code\n1,2,3\n\"")
	f.Add("id,city,x\r\n1,\"a, \"\"b\"\"\",\r\n\r\n\"2\",\"c\nd\",e\r\n3,\"\",\"f\"\n4,g\"h,\n")
	f.Add("id,city,x\n1,\"a\"xb\n")
	f.Fuzz(func(t *testing.T, text string) {
		for range ReadCSV(strings.NewReader(text), Lead) {
		}
		lines, parser := newCSVLines(strings.NewReader(text)), csv.NewReader(strings.NewReader(text))
		header, err := parser.Read()
		if got, gotErr := lines.header(); !slices.Equal(got, header) || fmt.Sprint(gotErr) != fmt.Sprint(err) {
			t.Fatalf("%q: header %q, %v, the parser %q, %v", text, got, gotErr, header, err)
		}
		if err != nil {
			return
		}
		for {
			got, gotErr := lines.read()
			want, wantErr := parser.Read()
			if gotErr == nil && wantErr == nil && !slices.Equal(got, want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
				t.Fatalf("%q: read %q, %v, the parser %q, %v", text, got, gotErr, want, wantErr)
			}
			if wantErr != nil {
				return
			}
		}
	})
}
