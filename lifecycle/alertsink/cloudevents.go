package alertsink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/isvkit/isvkit/lifecycle"
)

// CloudEvent is an alert as CloudEvents 1.0 has it, in its JSON format. Source and ID
// together are the same for every delivery of one alert, and of no other.
type CloudEvent struct {
	SpecVersion     string    `json:"specversion"` // 1.0
	ID              string    `json:"id"`          // of the alert
	Source          string    `json:"source"`      // as the sink was given it
	Type            string    `json:"type"`        // io.github.isvkit.alert., and the kind: expiring, trial-ending …
	Subject         string    `json:"subject"`     // the license, L-00001
	Time            time.Time `json:"time"`        // when the alert was recorded
	DataContentType string    `json:"datacontenttype"`
	Data            Data      `json:"data"`
}

// Data is what a CloudEvent says of an alert. What does not belong to its kind is nil or
// empty, and left out. Days are written 2026-06-30.
type Data struct {
	Rule        string `json:"rule"`
	Kind        string `json:"kind"`
	License     string `json:"license"`
	Number      int    `json:"number"` // among the alerts of the license
	Org         string `json:"org"`
	Package     string `json:"package"`
	Due         string `json:"due"`
	Late        bool   `json:"late"`
	Days        *int   `json:"days,omitempty"`
	BasisPoints int    `json:"basisPoints,omitempty"`
	Last        string `json:"last,omitempty"`
	Used        *int   `json:"used,omitempty"`
	Seats       *int   `json:"seats,omitempty"`
	Field       string `json:"field,omitempty"`
	User        string `json:"user,omitempty"`
}

const (
	typePrefix = "io.github.isvkit.alert."
	mediaType  = "application/cloudevents+json; charset=utf-8"
)

// NewCloudEvent returns m as a CloudEvent of a source, a URI reference that names the
// vendor's system. The id of a user is in it only with users.
func NewCloudEvent(source string, m lifecycle.Message, users bool) CloudEvent {
	a := m.Alert
	e := CloudEvent{
		SpecVersion: "1.0", ID: a.ID.String(), Source: source, Type: typePrefix + strings.ReplaceAll(string(a.Kind), " ", "-"),
		Subject: a.License.String(), Time: a.At, DataContentType: "application/json",
		Data: Data{
			Rule: a.Rule, Kind: string(a.Kind), License: a.License.String(), Number: a.Number, Org: m.License.Org.String(),
			Package: m.License.Package.String(), Due: a.Due.String(), Late: a.Late, Days: number(a.Days, dated(a.Kind)), BasisPoints: a.BasisPoints,
			Last: a.Last.String(), Used: number(a.Used, counted(a.Kind)), Seats: number(a.Seats, counted(a.Kind)), Field: string(a.Field),
		},
	}
	if users {
		e.Data.User = a.User.String()
	}
	return e
}

// number returns n where it is told: 0 is, where it belongs to the kind of an alert.
func number(n int, belongs bool) *int {
	if n == 0 && !belongs {
		return nil
	}
	return &n
}

func dated(k lifecycle.AlertKind) bool {
	return k == lifecycle.AlertExpiring || k == lifecycle.AlertTrialEnding || k == lifecycle.AlertUnused || k == lifecycle.AlertSeatIdle
}

func counted(k lifecycle.AlertKind) bool {
	return k == lifecycle.AlertOverAllocated || k == lifecycle.AlertThreshold
}

// Lines is a sink that writes each alert as a line of JSON, a CloudEvent. It must not be
// copied. Deliver is safe for concurrent use.
type Lines struct {
	Source string // a URI reference; needed
	Writer io.Writer
	Users  bool // tell ids of users, which can be e-mail addresses

	mu sync.Mutex
}

// Deliver writes one line.
func (l *Lines) Deliver(_ context.Context, m lifecycle.Message) error {
	line, err := encode(l.Source, m, l.Users)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.Writer.Write(append(line, '\n'))
	return err
}

// HTTP is a sink that posts each alert as a CloudEvent in structured mode. An answer of
// 200 to 299 says that the alert is in good hands, and one of 400, 413 or 422 that the fault
// is this alert's: a *lifecycle.MessageError. What the answer says besides is not read. It is safe for concurrent use.
type HTTP struct {
	URL    string
	Source string       // a URI reference; needed
	Header http.Header  // sent with each request: an authorization, say
	Client *http.Client // nil means http.DefaultClient
	Users  bool         // tell ids of users, which can be e-mail addresses
}

// Deliver posts m. An error never holds the URL, which can hold a secret.
func (h *HTTP) Deliver(ctx context.Context, m lifecycle.Message) error {
	body, err := encode(h.Source, m, h.Users)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("alertsink: the URL is none that can be posted to")
	}
	if h.Header != nil {
		request.Header = h.Header.Clone()
	}
	request.Header.Set("Content-Type", mediaType)
	client := h.Client
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("alertsink: posting: %w", withoutURL(err))
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
	if response.StatusCode < 200 || response.StatusCode > 299 {
		err := fmt.Errorf("alertsink: the answer was %d", response.StatusCode)
		switch response.StatusCode {
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			return &lifecycle.MessageError{Err: err}
		}
		return err
	}
	return nil
}

func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func encode(source string, m lifecycle.Message, users bool) ([]byte, error) {
	if _, err := url.Parse(source); err != nil || source == "" {
		return nil, errors.New("alertsink: the source of CloudEvents is a URI reference, and needed")
	}
	return json.Marshal(NewCloudEvent(source, m, users))
}
