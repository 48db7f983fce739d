package main

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/seats"
)

// postOffice is a real SMTP server on the loopback interface.
type postOffice struct {
	mu      sync.Mutex
	letters []*mail.Message
	to      [][]string
	refuse  error // what it answers to every recipient
}

func openPostOffice(t *testing.T) (*postOffice, string) {
	t.Helper()
	office := &postOffice{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(office)
	server.Domain = "localhost"
	closed := make(chan error, 1)
	go func() { closed <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-closed
	})
	return office, listener.Addr().String()
}

func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{office: o}, nil }

type session struct {
	office *postOffice
	to     []string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.to = append(s.to, to)
	return s.office.refuse
}

func (s *session) Data(r io.Reader) error {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(letter.Body)
	if err != nil {
		return err
	}
	letter.Body = strings.NewReader(string(text))
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.letters, s.office.to = append(s.office.letters, letter), append(s.office.to, s.to)
	return nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

// A dry run changes nothing; a run sends each letter once, under one Message-ID; a server
// that refuses or is not there loses none.
func TestNights(t *testing.T) {
	office, address := openPostOffice(t)
	o := options{file: filepath.Join(t.TempDir(), "alerts.db"), since: "2026-06-01", today: "2026-06-30", from: "licenses@vendor.example", to: "sales@vendor.example"}
	tell := func(today, smtp string) string {
		t.Helper()
		o.today, o.smtp = today, smtp
		var out strings.Builder
		if err := run(t.Context(), &out, o); err != nil {
			t.Fatalf("%s: %v\n%s", today, err, &out)
		}
		if strings.Contains(out.String(), "@") {
			t.Errorf("an address was printed: %s", &out)
		}
		return out.String()
	}
	dry := tell("2026-06-30", "")
	if again := tell("2026-06-30", ""); again != dry || !strings.Contains(dry, "✉") || strings.Contains(dry, " 0 alerts") {
		t.Fatalf("two dry runs say\n%s\n%s", dry, again)
	}
	letters := strings.Count(dry, "✉")

	tell("2026-06-30", "127.0.0.1:1") // nobody listens there
	office.refuse = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later, sales@vendor.example"}
	tell("2026-07-01", address)
	if len(office.letters) != 0 {
		t.Fatalf("%d letters were taken by a server that refuses all", len(office.letters))
	}
	office.refuse = nil
	sent := tell("2026-07-02", address)
	if len(office.letters) < letters {
		t.Errorf("%d letters arrived, want at least %d:\n%s", len(office.letters), letters, sent)
	}
	if again := tell("2026-07-02", address); !strings.HasPrefix(again, "0 alerts recorded, 0 letters sent") {
		t.Errorf("the same night again: %s", again)
	}
	var ids []string
	for i, l := range office.letters {
		ids = append(ids, l.Header.Get("Message-ID"))
		text, _ := io.ReadAll(l.Body)
		if l.Header.Get("Auto-Submitted") != "auto-generated" || !slices.Contains(office.to[i], "sales@vendor.example") || !strings.Contains(string(text), "L-") {
			t.Errorf("a letter to %q: %v %q", office.to[i], l.Header, text)
		}
	}
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != len(ids) || ids[0] == "" {
		t.Errorf("%d letters have %d Message-IDs", len(ids), n)
	}
}

// E9: a letter holds what its rule says and to whom, and nothing else of the message.
func TestE9Letters(t *testing.T) {
	office, address := openPostOffice(t)
	sink, err := newMailSink(options{smtp: address, from: "licenses@vendor.example"})
	if err != nil {
		t.Fatal(err)
	}
	m := lifecycle.Message{
		Letter: lifecycle.Letter{
			Alert:   lifecycle.Alert{ID: lifecycle.MustAlertID("rule/L-00007/1"), License: 7, At: time.Unix(0, 0), User: seats.MustUserID("personal@acme.example")},
			License: license.License{ID: 7, LeadName: "personal", Lead: lead.MustID("personal")},
			Org:     license.Org{Name: "personal"},
			Person:  lead.Person{FirstName: "personal", LastName: "personal", Email: "personal@acme.example", Phone: "personal"},
		},
		Subject: "What it says", Text: "as it says.",
	}
	for _, to := range []string{"sales@vendor.example", "manager@vendor.example"} {
		recipient, err := lead.ParseEmail(to)
		if err != nil {
			t.Fatal(err)
		}
		m.To = append(m.To, recipient)
	}
	if err := sink.Deliver(t.Context(), m); err != nil || len(office.letters) != 1 {
		t.Fatalf("Deliver = %v, and %d letters arrived", err, len(office.letters))
	}
	letter := office.letters[0]
	text, _ := io.ReadAll(letter.Body)
	header := slices.Sorted(maps.Keys(letter.Header))
	want := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
	if !slices.Equal(header, want) || strings.Contains(fmt.Sprint(letter.Header)+string(text), "personal") {
		t.Errorf("the letter is %v %q, want the headers %q", letter.Header, text, want)
	}
	if letter.Header.Get("Subject") != "What it says" || strings.TrimSpace(string(text)) != "as it says." ||
		!slices.Equal(office.to[0], []string{"sales@vendor.example", "manager@vendor.example"}) {
		t.Errorf("the letter to %q is %v %q", office.to[0], letter.Header, text)
	}
}

// What the flags say wrongly is said before anything is done.
func TestBadFlags(t *testing.T) {
	for _, change := range []func(*options){
		func(o *options) { o.today = "30 June" },
		func(o *options) { o.smtp = "no port" },
		func(o *options) { o.smtp, o.from = "localhost:25", "nobody" },
		func(o *options) { o.to = "nobody" },
	} {
		o := options{file: filepath.Join(t.TempDir(), "alerts.db"), since: "2026-06-01", today: "2026-06-30", from: "a@vendor.example", to: "b@vendor.example"}
		change(&o)
		if err := run(t.Context(), io.Discard, o); err == nil {
			t.Errorf("run(%+v) = nil, want an error", o)
		}
	}
}
