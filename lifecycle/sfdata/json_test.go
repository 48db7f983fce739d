package sfdata_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/sfdata"
)

const restRecord = `{"attributes":{"type":"User","url":"/services/data/v64.0/sobjects/User/0053k0000060026AAA"},
"Id":"0053k0000060026AAA","Name":"Hester","IsActive":true,"Profile":{"attributes":{"type":"Profile","url":"x"},"Name":"Channel Sales"},"LastLoginDate":"2026-06-26T22:50:05.000+0000","Floor__c":3,"Tags__c":["a",{"b":null}]}`

// The shapes of the REST API, of the command line, and plain arrays and lines hold
// the same rows.
func TestShapesOfJSON(t *testing.T) {
	line := strings.ReplaceAll(restRecord, "\n", "")
	want := all(t, sfdata.Owners(strings.NewReader(line), sfdata.ReadOptions{}))
	if len(want) != 1 || want[0].Profile != "Channel Sales" || !want[0].IsActive || len(want[0].Extra) != 2 ||
		want[0].Extra[1] != (sfdata.Cell{Name: "Tags__c", Text: `["a",{"b":null}]`, Raw: true}) {
		t.Fatalf("a record is read as %+v", want)
	}
	want = append(want, want[0])
	for name, file := range map[string]string{
		"lines":         line + "\n" + line + "\n",
		"array":         " [" + restRecord + " ,\n" + restRecord + "]\n",
		"REST":          `{"totalSize":2,"done":true,"records":[` + restRecord + "," + restRecord + `]}`,
		"command line":  `{"status":0,"result":{"records":[` + restRecord + "," + restRecord + `],"totalSize":2,"done":true},"warnings":[{"a":[]}]}`,
		"result first":  `{"result":{"done":true,"records":[` + restRecord + "," + restRecord + `]}}`,
		"records first": `{"records":[` + restRecord + "," + restRecord + `]}`,
	} {
		if got := all(t, sfdata.Owners(strings.NewReader(file), sfdata.ReadOptions{})); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read %+v, want %+v", name, got, want)
		}
	}
	if got := all(t, sfdata.Owners(strings.NewReader(`[ ]`), sfdata.ReadOptions{})); len(got) != 0 {
		t.Errorf("an empty array has %d rows", len(got))
	}
	// A record can begin with a Status, a null stands for all of a nested object.
	pool := `{"status":"Active","Id":"050W700000c00C6IAI","AllowedLicenses":9.9E7,"UsedLicenses":7,"ExpirationDate":null}`
	if rows := all(t, sfdata.PackageLicenses(strings.NewReader(pool), sfdata.ReadOptions{})); rows[0].Allowed.String() != "99000000" {
		t.Errorf("read %+v", rows[0])
	}
	nobody := `{"Id":"0053k0000060026AAA","IsActive":false,"Profile":null}`
	if rows := all(t, sfdata.Owners(strings.NewReader(nobody), sfdata.ReadOptions{})); rows[0].Profile != "" || rows[0].Extra != nil {
		t.Errorf("read %+v", rows[0])
	}
}

func TestBrokenJSONEndsWithAnError(t *testing.T) {
	for _, c := range []struct{ file, reason string }{
		{`[{"Id":"1"`, "the file ends inside of the JSON"},
		{`[{"Id":"1`, "the file ends inside of a string"},
		{`[{"Id":"a` + "\n" + `"}]`, "a control character stands in a string"},
		{`[{"Id":"\x"}]`, "a backslash begins no escape of JSON"},
		{`[{"Id":"\u12x4"}]`, "four hexadecimal digits follow \\u"},
		{`[{"Id":01}]`, "a JSON value is expected"},
		{`[{"Id":NaN}]`, "a JSON value is expected"},
		{`[{"Id":1.}]`, "a JSON value is expected"},
		{`[{"Id" "1"}]`, "a ':' is expected"},
		{`[{"Id":"1",}]`, "the name of a field is expected"},
		{`[{Id:"1"}]`, "the name of a field is expected"},
		{`[1]`, "a '{' is expected"},
		{`[{"Id":"1"} {"Id":"1"}]`, "a ',' is expected"},
		{`[{"Id":"1"}] x`, "something follows the end of the JSON"},
		{`{"totalSize":3,"done":false,"records":[]}`, "the answer of the query is not whole: done is false"},
		{`{"totalSize":3,"done":true,"records":[]}`, "the answer of the query promises 3 records and has 0"},
		{`[{"Id":"` + strings.Repeat("x", 2<<20), "the record is too long"},
		{`[{"Id":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}]`, "the JSON is nested too deep"},
		{"[{\"Id\":\"\xff\"}]", "is not text in UTF-8 without NUL"},
	} {
		var last error
		for _, err := range sfdata.Owners(strings.NewReader(c.file), sfdata.ReadOptions{}) {
			last = err
		}
		var fault *sfdata.FileError
		if !errors.As(last, &fault) || fault.Reason != c.reason {
			t.Errorf("%.40s: the error is %v, want %q", c.file, last, c.reason)
		}
	}
}

// A record with a wrong type, a field twice, or one missing, is a *RowError at its
// line, and the others are read.
func TestBadRecordOfJSON(t *testing.T) {
	good := `{"Id":"0053k0000060026AAA","IsActive":true}`
	for _, c := range []struct{ record, field, reason string }{
		{`{"Id":5,"IsActive":true}`, "Id", "must be a string"},
		{`{"Id":"0053k0000060026AAA","IsActive":3}`, "IsActive", "must be true or false"},
		{`{"Id":"0053k0000060026AAA","IsActive":[true]}`, "IsActive", "must be true or false"},
		{`{"Id":"0053k0000060026AAA"}`, "", "User: columns are missing: IsActive"},
		{`{"Id":"0053k0000060026AAA","IsActive":true,"isactive":true}`, "", "User: names that several columns have: 1"},
		{`{"Id":"0053k0000060026AAA","IsActive":true,"Name":"\u0000"}`, "Name", "must not hold NUL"},
		{`{"Id":"0053k0000060026AAA","IsActive":true,"Name":"\ud83d"}`, "Name", "holds half a character"},
		{`{"Id":"0053k0000060026AAA","IsActive":true,"Unknown":"\udc00"}`, "", "holds half a character"},
	} {
		var rows int
		var fault *sfdata.RowError
		for _, err := range sfdata.Owners(strings.NewReader(good+"\n"+c.record+"\n"+good), sfdata.ReadOptions{}) {
			if err == nil {
				rows++
			} else if !errors.As(err, &fault) {
				t.Errorf("%s: the error is %v", c.record, err)
			}
		}
		if rows != 2 || fault == nil || fault.Line != 2 || fault.Field != c.field || fault.Reason != c.reason {
			t.Errorf("%s: %d rows and %+v, want 2 and %q", c.record, rows, fault, c.reason)
		}
	}
}

const installed = `{"kind":"install","notificationId":"n-1","occurredAt":"2026-01-02T03:04:05.678Z","orgId":"00Dyx00000emSRE","orgType":"Production",
"packageId":"0333k00000RbkdxAAB","packageVersionId":"04t3k00000yEOkOAAW","versionNumber":"1.9.0","packageLicenseId":"050W700000c00C6IAI","installer":null}`

// A bad line is a *RowError with its line, whatever is wrong with it, and the next
// lines are read.
func TestBadNotification(t *testing.T) {
	good := strings.ReplaceAll(installed, "\n", "")
	for _, c := range []struct{ name, line, reason string }{
		{"no JSON", "kind=install", "a '{' is expected"},
		{"cut", good[:60], "the file ends inside of a string"},
		{"two", good + good, "holds more than one object"},
		{"array", "[" + good + "] ]", "holds more than one object"},
		{"unknown kind", strings.Replace(good, "install", "implode", 1), "is one of install, upgrade, uninstall, orgStatus, installCancelled, installFailed"},
		{"no kind", strings.Replace(good, `"kind":"install"`, `"kind":null`, 1), "must not be empty"},
		{"no org", strings.Replace(good, `"orgId":"00Dyx00000emSRE"`, `"orgId":""`, 1), "must not be empty"},
		{"unknown org type", strings.Replace(good, "Production", "Moon", 1), "is one of Production, Sandbox"},
		{"no installation", strings.Replace(good, `"050W700000c00C6IAI"`, `null`, 1), "must not be empty in a notification of the kind install"},
		{"a number for text", strings.Replace(good, `"n-1"`, `1`, 1), "must be a string"},
		{"no instant", strings.Replace(good, `"2026-01-02T03:04:05.678Z"`, `"today"`, 1), "is an instant like 2006-01-02T15:04:05.000Z"},
		{"too long", `{"kind":"` + strings.Repeat("x", 2<<20) + `"}`, "the line is too long"},
	} {
		file := good + "\n\n" + c.line + "\n" + good
		var notifications int
		var fault *sfdata.RowError
		for _, err := range sfdata.Notifications(strings.NewReader(file), sfdata.ReadOptions{File: "notifications.jsonl"}) {
			if err == nil {
				notifications++
			} else if !errors.As(err, &fault) {
				t.Errorf("%s: the error is %v", c.name, err)
			}
		}
		if notifications != 2 || fault == nil || fault.Line != 3 || fault.File != "notifications.jsonl" || fault.Reason != c.reason {
			t.Errorf("%s: %d notifications and %+v, want 2 and %q", c.name, notifications, fault, c.reason)
		}
	}
	var broken *sfdata.FileError
	for _, err := range sfdata.Notifications(strings.NewReader(good+"\n\xff\n"+good), sfdata.ReadOptions{}) {
		errors.As(err, &broken)
	}
	if broken == nil || broken.Line != 2 {
		t.Errorf("bytes that are no text end with %v, want a *FileError in line 2", broken)
	}
	for range sfdata.Notifications(strings.NewReader(""), sfdata.ReadOptions{}) {
		t.Error("a file without lines has a notification")
	}
}

func TestNotificationThatIsNoneIsNotWritten(t *testing.T) {
	var out bytes.Buffer
	err := sfdata.WriteNotifications(&out, pairs([]sfdata.Delivery{{}}))
	var fault *sfdata.RowError
	if !errors.As(err, &fault) || out.Len() != 0 {
		t.Errorf("a delivery of nothing is written as %q, with the error %v", out.String(), err)
	}
	// Fields that are not known are passed over, and so are the delivery's own.
	line := strings.Replace(strings.ReplaceAll(installed, "\n", ""), "{", `{"isPush":true,"new":{"a":[1]},`, 1)
	for d, err := range sfdata.Notifications(strings.NewReader(line), sfdata.ReadOptions{}) {
		n, ok := d.Notification.(lifecycle.Installed)
		if err != nil || !ok || !n.At.Equal(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)) || n.Org.ID.String() != "00Dyx00000emSREEA2" {
			t.Errorf("read %+v, %v", d, err)
		}
	}
}
