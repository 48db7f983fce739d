package reclaim

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"text/template"
	"time"

	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/seats"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

func parse(t *testing.T, text string) *template.Template {
	t.Helper()
	parsed, err := template.New("").Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// rows reads a file of testdata as maps by column.
func rows(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, record := range records[1:] {
		row := make(map[string]string)
		for i, column := range records[0] {
			row[column] = record[i]
		}
		all = append(all, row)
	}
	return all
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// figures is the part of expected.json that is about seats.
type figures struct {
	AsOf  time.Time `json:"asOfInstant"`
	Seats struct {
		Assignments, HeldByInactiveUsers, NeverLoggedIn int

		IdleAtLeast, IdleAtLeastActiveUsers, IdleAtLeastInactiveUsers, IdleExactly, Bands map[string]int
	}
}

type seat struct {
	Subject
	active bool
}

func readSeats(t *testing.T) (want figures, list []seat) {
	t.Helper()
	text, err := os.ReadFile("testdata/expected.json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	users := make(map[seats.UserID]map[string]string)
	for _, row := range rows(t, "subscriber_users.csv") {
		users[seats.MustUserID(row["Id"])] = row
	}
	for _, row := range rows(t, "user_package_licenses.csv") {
		user := seats.MustUserID(row["UserId"])
		list = append(list, seat{active: users[user]["IsActive"] == "true", Subject: Subject{
			Assignment: seats.Assignment{License: 1, User: user, AssignedAt: instant(t, row["CreatedDate"])},
			LastLogin:  instant(t, users[user]["LastLoginDate"]), Profile: users[user]["Profile.Name"],
		}})
	}
	return want, list
}

// The idle figures of the shipped data come out.
func TestIdleFiguresOfTheData(t *testing.T) {
	want, list := readSeats(t)
	never, inactive := 0, 0
	idle := make(map[bool][]int) // by whether the user is active
	for _, s := range list {
		days, ok := s.IdleDays(want.AsOf, license.UTC)
		if !ok {
			t.Fatalf("no idle days: %+v", s)
		}
		idle[s.active] = append(idle[s.active], days)
		if s.LastLogin.IsZero() {
			never++
		}
		if !s.active {
			inactive++
		}
	}
	check := func(name string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
	count := func(list []int, is func(int) bool) (n int) {
		for _, days := range list {
			if is(days) {
				n++
			}
		}
		return n
	}
	check("assignments", len(list), want.Seats.Assignments)
	check("never logged in", never, want.Seats.NeverLoggedIn)
	check("held by inactive users", inactive, want.Seats.HeldByInactiveUsers)
	for text := range want.Seats.IdleAtLeast {
		n, _ := strconv.Atoi(text)
		atLeast := func(days int) bool { return days >= n }
		check("active, idle at least "+text, count(idle[true], atLeast), want.Seats.IdleAtLeastActiveUsers[text])
		check("inactive, idle at least "+text, count(idle[false], atLeast), want.Seats.IdleAtLeastInactiveUsers[text])
		check("idle at least "+text, count(slices.Concat(idle[true], idle[false]), atLeast), want.Seats.IdleAtLeast[text])
		check("idle exactly "+text, count(slices.Concat(idle[true], idle[false]), func(days int) bool { return days == n }), want.Seats.IdleExactly[text])
	}
	plan := plannerAt(t, DefaultPolicy(), want.AsOf).Plan(func(yield func(Subject) bool) {
		for _, s := range list {
			if !yield(s.Subject) {
				return
			}
		}
	})
	for i, band := range []string{"[0,60)", "[60,75)", "[75,90)", "[90,inf)"} {
		check(band, plan.Summary.Bands[i], want.Seats.Bands[band])
	}
	if plan.Summary.Freed() != 0 {
		t.Errorf("a first run freed %d seats", plan.Summary.Freed())
	}
}

// A weekly run over the data frees exactly those idle throughout, and no sooner
// than both notices and the days between allow.
func TestWeeklyRunsOverTheData(t *testing.T) {
	want, list := readSeats(t)
	store := make(map[Target]Subject)
	for i, s := range list {
		s.License = license.ID(i + 1) // a user can hold seats of several licenses
		store[s.Target()] = s.Subject
	}
	metrics := Metrics{}
	var freedIn [5]int
	for week := range freedIn {
		now := want.AsOf.AddDate(0, 0, 7*week)
		plan := plannerAt(t, DefaultPolicy(), now).Plan(func(yield func(Subject) bool) {
			for _, s := range store {
				if !yield(s) {
					return
				}
			}
		})
		i := 0
		for s, outcome := range plan.Apply(func(target Target) Subject { return store[target] }, now, "reclaim") {
			if outcome == Applied {
				store[s.Target()] = s
				metrics.Count(plan.Moves[i])
			}
			i++
		}
		freedIn[week] = plan.Summary.Freed()
	}
	if freedIn[0]+freedIn[1] != 0 || freedIn[2] == 0 || metrics.Recovered() != freedIn[2]+freedIn[3]+freedIn[4] {
		t.Errorf("freed week by week: %v, %d in all", freedIn, metrics.Recovered())
	}
	perYear, unpriced, err := metrics.Money(func(license.ID) money.Amount { return money.Must("300 USD") })
	if err != nil || unpriced != 0 || perYear.Of(money.MustCurrency("USD")).Rounded().IntPart() != int64(300*metrics.Recovered()) {
		t.Errorf("recovered %v, %d unpriced, %v", perYear, unpriced, err)
	}
	if perYear, unpriced, err := metrics.Money(nil); err != nil || unpriced != metrics.Recovered() || !perYear.Equal(money.Totals{}) {
		t.Errorf("without prices: %v, %d unpriced, %v", perYear, unpriced, err)
	}
}

// Notices that came to nothing, to a log-in, and in error, are told apart.
func TestMetrics(t *testing.T) {
	now := license.MustDate("2026-06-30").Start()
	ago := func(days int) time.Time { return now.AddDate(0, 0, -days) }
	base := Subject{Assignment: seats.Assignment{License: 1, User: seats.MustUserID("u"), AssignedAt: ago(300)}}
	with := func(stage Stage, notice, login int) Subject {
		s := base
		s.Stage, s.NoticeAt, s.LastLogin = stage, ago(notice), ago(login)
		return s
	}
	metrics := Metrics{FalseWithin: 30}
	planner := plannerAt(t, DefaultPolicy(), now)
	reassigned, inTime := with(Deactivated, 40, 200), with(Deactivated, 40, 200)
	reassigned.AssignedAt, inTime.AssignedAt = ago(9), ago(10)
	for _, s := range []Subject{
		with(FirstWarning, 10, 2),   // heeded
		with(FinalNotice, 10, 1),    // heeded
		with(FinalNotice, 100, 70),  // heeded, and idle again since
		with(FirstWarning, 10, 20),  // sent in error: the log-in became known late
		with(FirstWarning, 40, 110), // final notice due
		with(FinalNotice, 8, 110),   // freed
		with(Deactivated, 20, 3),    // back within 30 days
		reassigned,                  // back after 31
		inTime,                      // back after 30
	} {
		metrics.Count(planner.Decide(s).Move)
	}
	metrics.Count(Move{})
	want := Metrics{FalseWithin: 30, First: NoticeMetrics{Sent: 1, Heeded: 1, False: 1}, Final: NoticeMetrics{Sent: 1, Heeded: 2},
		Freed: 1, Reactivated: 3, FalseFreed: 2}
	got := metrics
	got.recovered = nil
	if got.First != want.First || got.Final != want.Final || got.Freed != want.Freed || got.Reactivated != want.Reactivated ||
		got.FalseFreed != want.FalseFreed || got.Spared != 0 || metrics.Recovered() != -2 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for id, n := range metrics.RecoveredByLicense() {
		if id != 1 || n != -2 {
			t.Errorf("license %v recovered %d", id, n)
		}
	}
}

// A plan can be kept as JSON and applied from there, and so can a policy.
func TestPlanSurvivesJSON(t *testing.T) {
	policy := DefaultPolicy()
	policy.Zone, policy.Profiles = license.MustZone("America/Santiago"), []string{"Sales"}
	policy.Exemptions = []Exemption{{User: seats.MustUserID("u"), Period: Period{First: license.MustDate("2026-02-01")}}}
	kept, err := json.Marshal(policy)
	var read Policy
	if err == nil {
		err = json.Unmarshal(kept, &read)
	}
	if err != nil || !reflect.DeepEqual(read, policy) {
		t.Errorf("%s came back as %+v, %v", kept, read, err)
	}
	want, list := readSeats(t)
	planner := plannerAt(t, DefaultPolicy(), want.AsOf)
	for _, s := range list {
		v := planner.Decide(s.Subject)
		text, err := json.Marshal(v.Move)
		var back Move
		if err == nil {
			err = json.Unmarshal(text, &back)
		}
		if err != nil || back != v.Move {
			t.Fatalf("%+v came back as %+v, %v", v.Move, back, err)
		}
	}
}
