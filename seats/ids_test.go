package seats_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/isvkit/isvkit/seats"
)

// V3, V5: a user id survives text and JSON in its one form, the zero one included.
func TestV5UserIDRoundTrips(t *testing.T) {
	for _, id := range []seats.UserID{
		{}, seats.MustUserID("0052X000000Txd2"), seats.MustUserID("ada@example.com"), seats.MustUserID(`ø "x" <&>`),
		seats.MustUserID(strings.Repeat("x", 255)),
	} {
		back := seats.MustUserID("other")
		data, err := json.Marshal(map[string]seats.UserID{"user": id})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]seats.UserID{"user": back}
		if err := json.Unmarshal(data, &got); err != nil || got["user"] != id {
			t.Errorf("json.Unmarshal(%s) = %v, %v, want %v", data, got, err, id)
		}
		if err := back.UnmarshalText([]byte(id.String())); err != nil || !back.Equal(id) || back.Compare(id) != 0 {
			t.Errorf("UnmarshalText(%q) = %v, %v", id, back, err)
		}
	}
	if seats.MustUserID("0052X000000Txd2") != seats.MustUserID("0052x000000txd2qac") {
		t.Error("two forms of one id differ")
	}
	if !(seats.UserID{}).IsZero() || seats.MustUserID("a").IsZero() || seats.MustUserID("a").Compare(seats.MustUserID("b")) != -1 {
		t.Error("IsZero or Compare is wrong")
	}
}

func TestParseUserIDRefuses(t *testing.T) {
	for _, text := range []string{"", "\x00", "\xff", "0052X000000Txd2UAB", strings.Repeat("x", 256)} {
		id, err := seats.ParseUserID(text)
		if refused, ok := errors.AsType[*seats.FieldError](err); !ok || refused.Value != text || !id.IsZero() {
			t.Errorf("ParseUserID(%.30q) = %v, %v, want a *FieldError", text, id, err)
		}
		if err != nil && (len(err.Error()) > 500 || strings.Contains(err.Error(), "\n")) {
			t.Errorf("ParseUserID(%.30q): the text of the error is %q", text, err)
		}
	}
	id := seats.MustUserID("ada")
	if err := id.UnmarshalText([]byte("\x00")); err == nil || id.String() != "ada" {
		t.Errorf("a refused text left %v, %v", id, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("MustUserID did not panic")
		}
	}()
	seats.MustUserID("")
}

// M3: no text of an error holds a user name that is an e-mail address.
func TestM3ErrorsDoNotHoldAddresses(t *testing.T) {
	for _, text := range []string{"zq7@example.com\x00", "zq7@example.com\xff", strings.Repeat("zq7@example.com", 20)} {
		if _, err := seats.ParseUserID(text); err == nil || strings.Contains(err.Error(), "zq7") {
			t.Errorf("ParseUserID(%q) = %v", text, err)
		}
	}
}
