package licensehttp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/isvkit/isvkit/lifecycle/licensehttp"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// whoAsks reads what the authentication left: here it trusts a header, for brevity.
func whoAsks(r *http.Request) (pkgversion.OrgID, seats.UserID, error) {
	user, err := seats.ParseUserID(r.Header.Get("X-User"))
	return org, user, err
}

func ExampleRequire() {
	checker := newWorld(nil).checker // of an app: lifecycle.NewChecker at its start
	licensed := licensehttp.Require(licensehttp.Config{Checker: checker, Package: rocket, Who: whoAsks})
	mux := http.NewServeMux()
	mux.Handle("GET /launch", licensed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, _ := licensehttp.Answer(r)
		fmt.Fprintln(w, "lift-off:", answer.Reason)
	})))

	for _, user := range []string{"ada", "eve"} {
		r := httptest.NewRequest("GET", "/launch", nil)
		r.Header.Set("X-User", user)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 lift-off: licensed
	// 403 {"type":"https://pkg.go.dev/github.com/isvkit/isvkit/license#Reason","title":"no seat","status":403,"detail":"The subscriber admin can: assign a seat to the user; if none remains, revoke one first.","causes":["no seat"],"remedies":[{"by":"subscriber admin","what":"assign a seat to the user; if none remains, revoke one first"},{"by":"vendor","what":"license more seats"}]}
}

// Who it is comes from the program's own authentication; whoever it does not know is
// refused.
func ExampleConfig() {
	config := licensehttp.Config{
		Checker: newWorld(nil).checker,
		Package: rocket,
		Who: func(r *http.Request) (pkgversion.OrgID, seats.UserID, error) {
			return pkgversion.OrgID{}, seats.UserID{}, errors.New("no session")
		},
	}
	w := httptest.NewRecorder()
	licensehttp.Require(config)(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code)
	// Output: 403
}

// A client in Go reads the problem, and tells the user who can help.
func ExampleProblem() {
	var problem licensehttp.Problem
	body := `{"title":"expired","status":402,"remedies":[{"by":"vendor","what":"set a later last day"}]}`
	if err := json.Unmarshal([]byte(body), &problem); err != nil {
		panic(err)
	}
	var first licensehttp.Remedy = problem.Remedies[0]
	fmt.Printf("%s: the %s can %s\n", problem.Title, first.By, first.What)
	// Output: expired: the vendor can set a later last day
}
