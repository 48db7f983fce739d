// Package licensehttp guards HTTP handlers with a license check: [Require] lets a request
// through when its user is licensed, and answers the others with what is missing and who
// can cure it.
//
// The answers are problem details (RFC 9457, application/problem+json). They hold the
// reason, all causes and the remedies of the decision, and nothing about who asked: no id of a
// user, an org or a license.
package licensehttp

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// Config says what [Require] requires. Checker, Package and Who are needed.
type Config struct {
	Checker *lifecycle.Checker
	Package pkgversion.PackageID

	// Who returns the user of a request and the user's org, as whatever authenticated the
	// request before left them. An error refuses the request with 403; its text is not
	// shown.
	Who func(*http.Request) (pkgversion.OrgID, seats.UserID, error)

	// StaleUpTo lets users in on what was known last while the store cannot be read; 0
	// does not.
	StaleUpTo lifecycle.StaleUpTo
}

// Require returns a middleware that lets a request through when its user is licensed for
// a package. The handler behind it finds the decision with [Answer]. Other requests are
// answered, with a [Problem]:
//
//   - 402 Payment Required where it takes another license: none is known, it was
//     uninstalled, or it has expired;
//   - 403 Forbidden where there is a license that does not cover the user: no seat,
//     suspended, or not started; and where Who returned an error;
//   - 503 Service Unavailable, with Retry-After, where it cannot be known now;
//   - 500 Internal Server Error where the question is wrong: no such package.
//
// A HEAD request is answered as GET is, without the body. OPTIONS goes through without a
// check: a browser asks it without credentials, before the request that it asks about.
//
// Require panics when a field of c is missing, for that is a fault of the program.
func Require(c Config) func(http.Handler) http.Handler {
	if c.Checker == nil || c.Who == nil || c.Package.IsZero() {
		panic("licensehttp: Require needs a Checker, a Package and Who") // when the server is set up: one that asks nobody must not start
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodOptions {
				next.ServeHTTP(w, r)
				return
			}
			answer, problem := c.ask(r)
			if problem != nil {
				problem.write(w)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), answerKey{}, answer)))
		})
	}
}

type answerKey struct{}

// Answer returns the decision that let a request through; ok is false when Require did
// not see the request.
func Answer(r *http.Request) (answer lifecycle.Answer, ok bool) {
	answer, ok = r.Context().Value(answerKey{}).(lifecycle.Answer)
	return answer, ok
}

// ask returns the decision that lets r through, or the problem.
func (c Config) ask(r *http.Request) (lifecycle.Answer, *Problem) {
	org, user, err := c.Who(r)
	if err != nil || org.IsZero() || user.IsZero() {
		return lifecycle.Answer{}, &Problem{Type: blank, Title: "not identified", Status: http.StatusForbidden,
			Detail: "It is not known who asks, so no license can be looked up."}
	}
	answer, err := c.Checker.Check(r.Context(), org, c.Package, user, c.StaleUpTo)
	switch {
	case err != nil:
		return answer, failed(err)
	case !answer.Licensed():
		return answer, refused(answer.Decision)
	}
	return answer, nil
}

// Problem is the body of an answer to a request that was not let through.
type Problem struct {
	Type   string `json:"type"`   // names the reason; "about:blank" where the status says all
	Title  string `json:"title"`  // the reason in words
	Status int    `json:"status"` // of the answer
	Detail string `json:"detail"` // what would cure it

	Causes   []license.Reason `json:"causes,omitempty"`   // all, the reason first
	Remedies []Remedy         `json:"remedies,omitempty"` // of all causes, in that order
	Until    time.Time        `json:"until,omitzero"`     // when it can change by itself; zero: it cannot
}

// Remedy is a [license.Remedy] as a Problem shows it.
type Remedy struct {
	By   license.Side `json:"by"`
	What string       `json:"what"`
}

const (
	blank = "about:blank"
	// The documentation of the reasons.
	reasons = "https://pkg.go.dev/github.com/isvkit/isvkit/license#Reason"

	retryAfter = time.Second // what a Checker follows within, usually
)

// failed is the problem of a question without an answer.
func failed(err error) *Problem {
	if _, unknown := errors.AsType[*lifecycle.NotFoundError](err); unknown {
		return &Problem{Type: blank, Title: "not configured", Status: http.StatusInternalServerError,
			Detail: "The package that is asked for is not registered."}
	}
	return &Problem{Type: blank, Title: "cannot be known now", Status: http.StatusServiceUnavailable,
		Detail: "Whether the user is licensed cannot be known now. Try again."}
}

// refused is the problem of a no.
func refused(d license.Decision) *Problem {
	p := &Problem{Type: reasons, Title: d.Reason.String(), Status: status(d.Reason), Until: d.Until}
	for cause := range d.Causes.All() {
		p.Causes = append(p.Causes, cause)
		for _, remedy := range cause.Remedies() {
			p.Remedies = append(p.Remedies, Remedy(remedy))
		}
	}
	if len(p.Remedies) > 0 {
		p.Detail = "The " + p.Remedies[0].By.String() + " can: " + p.Remedies[0].What + "."
	}
	return p
}

func status(r license.Reason) int {
	switch r {
	case license.DeniedUnknown, license.DeniedUninstalled, license.DeniedExpired:
		return http.StatusPaymentRequired
	}
	return http.StatusForbidden
}

// write answers with p. No cache may keep it: the cure holds at once.
func (p *Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte(`{"type":"` + blank + `"}`) // cannot happen: every field encodes
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // who went does not hear it
}
