package alertsink_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/lifecycle/alertsink"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

func message() lifecycle.Message {
	email, _ := lead.ParseEmail("ada@vendor.example")
	return lifecycle.Message{
		Letter: lifecycle.Letter{
			Alert: lifecycle.Alert{
				ID: lifecycle.MustAlertID("renewals/L-00007/2026-07-30/30"), License: 7, Number: 2, Rule: "renewals",
				Kind: lifecycle.AlertTrialEnding, Due: license.MustDate("2026-06-30"), At: time.Date(2026, 7, 2, 2, 0, 0, 1000, time.UTC), Late: true,
				Days: 30, Last: license.MustDate("2026-07-30"), User: seats.MustUserID("eve@umbra.example"),
			},
			License: license.License{ID: 7, Org: pkgversion.MustOrgID("umbra"), Package: pkgversion.MustPackageID("rocket"), LeadName: "Eve Secret"},
			Person:  lead.Person{FirstName: "Eve", Email: "eve@umbra.example"},
		},
		Subject: "Dear Eve", Text: "Dear Eve Secret", To: []lead.Email{email},
	}
}

// Each line is a valid CloudEvent 1.0, with the attributes that the specification
// needs, and no word about a person.
func TestCloudEventAttributes(t *testing.T) {
	for _, users := range []bool{false, true} {
		var out strings.Builder
		sink := &alertsink.Lines{Source: "https://vendor.example/licenses", Writer: &out, Users: users}
		if err := sink.Deliver(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
		var event map[string]any
		if err := json.Unmarshal([]byte(out.String()), &event); err != nil || strings.Count(out.String(), "\n") != 1 {
			t.Fatalf("%q is no line of JSON: %v", out.String(), err)
		}
		data := event["data"].(map[string]any)
		delete(event, "data")
		want := map[string]any{"specversion": "1.0", "id": "renewals/L-00007/2026-07-30/30", "source": "https://vendor.example/licenses",
			"type": "io.github.isvkit.alert.trial-ending", "subject": "L-00007", "time": "2026-07-02T02:00:00.000001Z", "datacontenttype": "application/json"}
		if diff := cmp.Diff(want, event); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		if (data["user"] == "eve@umbra.example") != users {
			t.Errorf("with Users %t the user is %v", users, data["user"])
		}
		if strings.Contains(out.String(), "Secret") || strings.Contains(out.String(), "ada@") {
			t.Errorf("the event tells of a person: %s", out.String())
		}
	}
}

// E9: no sink tells who somebody is, what was rendered for people to read, or to whom it
// was addressed; the id of a user only where it was set to.
func TestE9SinksTellNoMoreThanTheyAreSetTo(t *testing.T) {
	var out strings.Builder
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.Header.Write(&out)
		_, _ = io.Copy(&out, r.Body)
	}))
	defer server.Close()
	for name, test := range map[string]struct {
		sink  lifecycle.Sink
		users bool
	}{
		"log, as text":     {alertsink.Log(slog.New(slog.NewTextHandler(&out, nil))), false},
		"log, as JSON":     {alertsink.Log(slog.New(slog.NewJSONHandler(&out, nil))), false},
		"lines":            {&alertsink.Lines{Source: "/licenses", Writer: &out}, false},
		"lines with users": {&alertsink.Lines{Source: "/licenses", Writer: &out, Users: true}, true},
		"HTTP":             {&alertsink.HTTP{URL: server.URL, Source: "/licenses"}, false},
		"HTTP with users":  {&alertsink.HTTP{URL: server.URL, Source: "/licenses", Users: true}, true},
	} {
		m, personal := everythingPersonal(t)
		out.Reset()
		if err := test.sink.Deliver(t.Context(), m); err != nil {
			t.Errorf("%s: Deliver = %v", name, err)
		}
		for _, text := range personal {
			if strings.Contains(out.String(), text) {
				t.Errorf("%s tells %q: %s", name, text, &out)
			}
		}
		if strings.Contains(out.String(), m.Alert.User.String()) != test.users || !strings.Contains(out.String(), "L-00007") {
			t.Errorf("%s tells the user: want %t, and the license: %s", name, test.users, &out)
		}
	}
}

// everythingPersonal returns a message with all that it can hold of people, each text
// another, and these texts.
func everythingPersonal(t *testing.T) (m lifecycle.Message, personal []string) {
	mark := func() string {
		personal = append(personal, fmt.Sprintf("personal-%d.", len(personal)))
		return personal[len(personal)-1]
	}
	m = message()
	m.Subject, m.Text, m.License.LeadName, m.Org.Name = mark(), mark(), mark(), mark()
	m.License.Lead, m.License.Contact, m.License.Account = lead.MustID(mark()), lead.MustContactID(mark()), lead.MustAccountID(mark())
	person := reflect.ValueOf(&m.Person).Elem()
	for i := range person.NumField() {
		person.Field(i).SetString(mark())
	}
	address, err := lead.ParseEmail("someone@" + mark() + "example")
	if err != nil {
		t.Fatal(err)
	}
	m.To = []lead.Email{address}
	return m, personal
}

// What a server answers decides: 2xx is delivered, everything else is not, and no error
// tells the URL or what the server said.
func TestE5HTTPAnswers(t *testing.T) {
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		var event alertsink.CloudEvent
		if err := json.Unmarshal(sent, &event); err != nil || event.ID == "" || r.Header.Get("Content-Type") != "application/cloudevents+json; charset=utf-8" {
			t.Errorf("got %s %q", r.Header, sent)
		}
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Error("the header was not sent")
		}
		if status == 0 {
			panic(http.ErrAbortHandler) // hangs up
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	sink := &alertsink.HTTP{URL: server.URL + "/secret", Source: "/licenses", Header: http.Header{"Authorization": {"Bearer secret"}}}
	for _, c := range []struct {
		status int
		body   string
		good   bool
	}{{200, "", true}, {202, strings.Repeat("junk", 100_000), true}, {400, "no such user eve@umbra.example", false}, {500, "\x00\xff", false}, {0, "", false}} {
		status, body = c.status, c.body
		err := sink.Deliver(t.Context(), message())
		if (err == nil) != c.good {
			t.Errorf("after the answer %d Deliver = %v", c.status, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "@")) {
			t.Errorf("Deliver = %v, which tells too much", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sink.Deliver(ctx, message()); !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver with a cancelled context = %v", err)
	}
}

// A sink without a source, or with a URL that is none, says so.
func TestIncompleteSinks(t *testing.T) {
	for _, sink := range []lifecycle.Sink{&alertsink.Lines{Writer: io.Discard}, &alertsink.HTTP{URL: "http://localhost"}, &alertsink.HTTP{URL: "\x00", Source: "/x"}} {
		if err := sink.Deliver(t.Context(), message()); err == nil {
			t.Errorf("%T: Deliver = nil, want an error", sink)
		}
	}
}

func ExampleLines() {
	sink := &alertsink.Lines{Source: "https://vendor.example/licenses", Writer: os.Stdout}
	fmt.Println(sink.Deliver(context.Background(), message()))
	// Output:
	// {"specversion":"1.0","id":"renewals/L-00007/2026-07-30/30","source":"https://vendor.example/licenses","type":"io.github.isvkit.alert.trial-ending","subject":"L-00007","time":"2026-07-02T02:00:00.000001Z","datacontenttype":"application/json","data":{"rule":"renewals","kind":"trial ending","license":"L-00007","number":2,"org":"umbra","package":"rocket","due":"2026-06-30","late":true,"days":30,"last":"2026-07-30"}}
	// <nil>
}

func ExampleHTTP() {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var event alertsink.CloudEvent
		_ = json.NewDecoder(r.Body).Decode(&event)
		var data alertsink.Data = event.Data
		fmt.Println(event.Type, event.Subject, "on", data.Last)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()
	sink := &alertsink.HTTP{URL: receiver.URL, Source: "https://vendor.example/licenses"}
	fmt.Println(sink.Deliver(context.Background(), message()))
	// Output:
	// io.github.isvkit.alert.trial-ending L-00007 on 2026-07-30
	// <nil>
}

func ExampleLog() {
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	_ = alertsink.Log(slog.New(handler)).Deliver(context.Background(), message())
	// Output:
	// level=INFO msg=alert id=renewals/L-00007/2026-07-30/30 rule=renewals kind="trial ending" license=L-00007 org=umbra due=2026-06-30 late=true
}
