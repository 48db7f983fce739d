package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/casbin/casbin/v3"
	casbinmodel "github.com/casbin/casbin/v3/model"
	"github.com/cedar-policy/cedar-go"
	"github.com/golang-jwt/jwt/v5"
	"github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/memprovider"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/puzpuzpuz/xsync/v4"

	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// checks measures one check, of the Checker and of its rivals.
func checks(p plan) error {
	ctx := context.Background()
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer w.checker.Close()
	handles, err := w.handles(ctx)
	if err != nil {
		return err
	}
	hand := w.byHand()
	contenders := []contender{
		each("Handle.IsLicensed", handles, func(h **lifecycle.Handle, now time.Time) bool { return (*h).IsLicensed(now) }),
		each("Handle.Check", handles, func(h **lifecycle.Handle, now time.Time) bool { d, _ := (*h).Check(now); return d.Licensed() }),
		each("handle by hand", hand.resolved(w.questions), (*handHandle).licensed),
		each("IsLicensedAt, three ids", w.questions, func(q *question, now time.Time) bool { return w.checker.IsLicensedAt(now, q.org, q.pkg, q.user) }),
		each("CheckAt, three ids", w.questions, func(q *question, now time.Time) bool {
			d, _ := w.checker.CheckAt(now, q.org, q.pkg, q.user)
			return d.Licensed()
		}),
		each("three ids by hand", w.questions, func(q *question, now time.Time) bool { return hand.licensed(q.org, q.pkg, q.user, now) }),
		each("Check (reads the clock)", w.questions, func(q *question, _ time.Time) bool { return w.checker.IsLicensed(ctx, q.org, q.pkg, q.user) }),
		{name: "time.Now", do: func(n int) {
			for range n {
				sink = time.Now().IsZero()
			}
		}},
		w.lockedMap(), w.syncMap(), w.xsyncMap(),
	}
	for _, rival := range []func(context.Context) (contender, error){w.casbin, w.cedar, w.openFeature, w.opa, w.jwt} {
		c, err := rival(ctx)
		if err != nil {
			return err
		}
		contenders = append(contenders, c)
	}
	contenders = append(contenders, pointerChase())
	p.table("One check, hot: CPU time", p.measure(cpu, contenders), "handle by hand", "three ids by hand", "IsLicensedAt, three ids")
	return nil
}

var sink bool

// each asks each of questions in turn, and panics at a no: everybody asked about is licensed.
func each[Q any](name string, questions []Q, licensed func(*Q, time.Time) bool) contender {
	return contender{name: name, do: func(n int) {
		now := time.Now()
		for i := range n {
			if !licensed(&questions[i%asked], now) {
				panic(name + ": not licensed")
			}
		}
	}}
}

func (w *world) handles(ctx context.Context) (handles []*lifecycle.Handle, err error) {
	for _, q := range w.questions {
		h, err := w.checker.Handle(ctx, q.org, q.pkg, q.user)
		if err != nil {
			return nil, err
		}
		handles = append(handles, h)
	}
	return handles, nil
}

// byHand is what one would write for oneself: maps to a license behind an atomic pointer,
// its set of users, its end, and how fresh all is.
type byHand struct {
	fresh atomic.Int64 // nanosecond
	orgs  map[pkgversion.OrgID]map[pkgversion.PackageID]*atomic.Pointer[handLicense]
}

type handLicense struct {
	active  bool
	end     int64 // second
	holders seats.Set
}

func (w *world) byHand() *byHand {
	b := &byHand{orgs: map[pkgversion.OrgID]map[pkgversion.PackageID]*atomic.Pointer[handLicense]{}}
	b.fresh.Store(time.Now().UnixNano())
	for o := range orgs {
		var users seats.SetBuilder
		for i := range usersPerOrg {
			users.Add(userID(o*usersPerOrg + i))
		}
		l := new(atomic.Pointer[handLicense])
		l.Store(&handLicense{active: true, end: w.until.Unix(), holders: users.Set()})
		b.orgs[pkgversion.MustOrgID(salesforceID("00D", o+1))] = map[pkgversion.PackageID]*atomic.Pointer[handLicense]{rocket: l}
	}
	return b
}

func (b *byHand) licensed(org pkgversion.OrgID, pkg pkgversion.PackageID, user seats.UserID, now time.Time) bool {
	known := b.orgs[org][pkg]
	if known == nil {
		return false
	}
	l := known.Load()
	return now.UnixNano()-b.fresh.Load() < int64(time.Hour) && l.active && now.Unix() < l.end && l.holders.Contains(user)
}

type handHandle struct {
	b     *byHand
	known *atomic.Pointer[handLicense]
	user  seats.Key
}

func (b *byHand) resolved(questions []question) (handles []handHandle) {
	for _, q := range questions {
		handles = append(handles, handHandle{b, b.orgs[q.org][q.pkg], seats.KeyOf(q.user)})
	}
	return handles
}

func (h *handHandle) licensed(now time.Time) bool {
	l := h.known.Load()
	return now.UnixNano()-h.b.fresh.Load() < int64(time.Hour) && l.active && now.Unix() < l.end && l.holders.ContainsKey(h.user)
}

// seatKey is a row of a table of seats.
type seatKey struct{ org, pkg, user string }

// rows yields a row for every seat.
func rows(yield func(seatKey) bool) {
	for o := range orgs {
		for i := range usersPerOrg {
			org, user := pkgversion.MustOrgID(salesforceID("00D", o+1)), userID(o*usersPerOrg+i)
			if !yield(seatKey{org.String(), rocket.String(), user.String()}) {
				return
			}
		}
	}
}

func (q *question) key() seatKey { return seatKey{q.orgID, q.pkgID, q.name} }

func (w *world) lockedMap() contender {
	var mu sync.RWMutex
	m := map[seatKey]int64{}
	for k := range rows {
		m[k] = w.until.Unix()
	}
	return each("map and RWMutex", w.questions, func(q *question, now time.Time) bool {
		mu.RLock()
		end, ok := m[q.key()]
		mu.RUnlock()
		return ok && now.Unix() < end
	})
}

func (w *world) syncMap() contender {
	var m sync.Map
	for k := range rows {
		m.Store(k, w.until.Unix())
	}
	return each("sync.Map", w.questions, func(q *question, now time.Time) bool {
		end, ok := m.Load(q.key())
		return ok && now.Unix() < end.(int64)
	})
}

func (w *world) xsyncMap() contender {
	m := xsync.NewMap[seatKey, int64]()
	for k := range rows {
		m.Store(k, w.until.Unix())
	}
	return each("xsync.Map", w.questions, func(q *question, now time.Time) bool {
		end, ok := m.Load(q.key())
		return ok && now.Unix() < end
	})
}

func (w *world) casbin(context.Context) (contender, error) {
	m, err := casbinmodel.NewModelFromString(`
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`)
	if err != nil {
		return contender{}, err
	}
	e, err := casbin.NewCachedEnforcer(m)
	if err != nil {
		return contender{}, err
	}
	// Only who is asked about: the cache answers, however many rules there are.
	for _, q := range w.questions {
		if _, err := e.AddPolicy(q.name, q.orgID, q.pkgID); err != nil {
			return contender{}, err
		}
	}
	return each("casbin, cached", w.questions, func(q *question, _ time.Time) bool {
		ok, err := e.Enforce(q.name, q.orgID, q.pkgID)
		return ok && err == nil
	}), nil
}

func (w *world) cedar(context.Context) (contender, error) {
	policies, err := cedar.NewPolicySetFromBytes("license.cedar", []byte(
		`permit (principal, action == Action::"use", resource) when { principal in resource && context.now < resource.end };`))
	if err != nil {
		return contender{}, err
	}
	entities := cedar.EntityMap{}
	for k := range rows {
		l := cedar.NewEntityUID("License", cedar.String(k.org+k.pkg))
		entities[l] = cedar.Entity{UID: l, Attributes: cedar.NewRecord(cedar.RecordMap{"end": cedar.Long(w.until.Unix())})}
		u := cedar.NewEntityUID("User", cedar.String(k.user))
		entities[u] = cedar.Entity{UID: u, Parents: cedar.NewEntityUIDSet(l)}
	}
	use := cedar.NewEntityUID("Action", "use")
	return each("cedar-go", w.questions, func(q *question, now time.Time) bool {
		ok, _ := cedar.Authorize(policies, entities, cedar.Request{
			Principal: cedar.NewEntityUID("User", cedar.String(q.name)), Action: use,
			Resource: cedar.NewEntityUID("License", cedar.String(q.orgID+q.pkgID)),
			Context:  cedar.NewRecord(cedar.RecordMap{"now": cedar.Long(now.Unix())}),
		})
		return bool(ok)
	}), nil
}

func (w *world) openFeature(ctx context.Context) (contender, error) {
	holders := map[string]map[string]bool{} // by flag
	for k := range rows {
		flag := k.org + "/" + k.pkg
		if holders[flag] == nil {
			holders[flag] = map[string]bool{}
		}
		holders[flag][k.user] = true
	}
	flags := map[string]memprovider.InMemoryFlag{}
	for flag, users := range holders {
		evaluate := func(_ memprovider.InMemoryFlag, c openfeature.FlattenedContext) (any, openfeature.ProviderResolutionDetail) {
			user, _ := c[openfeature.TargetingKey].(string)
			return users[user], openfeature.ProviderResolutionDetail{Reason: openfeature.TargetingMatchReason}
		}
		flags[flag] = memprovider.InMemoryFlag{Key: flag, State: memprovider.Enabled, DefaultVariant: "no",
			Variants: map[string]any{"yes": true, "no": false}, ContextEvaluator: &evaluate}
	}
	if err := openfeature.SetProviderAndWait(memprovider.NewInMemoryProvider(flags)); err != nil {
		return contender{}, err
	}
	client := openfeature.NewDefaultClient()
	return each("OpenFeature, in memory", w.questions, func(q *question, _ time.Time) bool {
		return client.Boolean(ctx, q.orgID+"/"+q.pkgID, false, openfeature.NewEvaluationContext(q.name, nil))
	}), nil
}

func (w *world) opa(ctx context.Context) (contender, error) {
	holders := map[string]any{}
	for k := range rows {
		if holders[k.org] == nil {
			holders[k.org] = map[string]any{k.pkg: map[string]any{"end": w.until.Unix(), "users": map[string]any{}}}
		}
		holders[k.org].(map[string]any)[k.pkg].(map[string]any)["users"].(map[string]any)[k.user] = true
	}
	query, err := rego.New(
		rego.Query("data.license.allow"),
		rego.Module("license.rego", `package license
default allow := false
allow if {
	l := data.holders[input.org][input.package]
	l.users[input.user]
	input.now < l.end
}`),
		rego.Store(inmem.NewFromObject(map[string]any{"holders": holders})),
	).PrepareForEval(ctx)
	if err != nil {
		return contender{}, err
	}
	return each("OPA, prepared", w.questions, func(q *question, now time.Time) bool {
		input := ast.NewObject(
			[2]*ast.Term{ast.StringTerm("org"), ast.StringTerm(q.orgID)},
			[2]*ast.Term{ast.StringTerm("package"), ast.StringTerm(q.pkgID)},
			[2]*ast.Term{ast.StringTerm("user"), ast.StringTerm(q.name)},
			[2]*ast.Term{ast.StringTerm("now"), ast.NumberTerm(number(now.Unix()))},
		)
		results, err := query.Eval(ctx, rego.EvalParsedInput(input))
		return err == nil && results.Allowed()
	}), nil
}

func (w *world) jwt(context.Context) (contender, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return contender{}, err
	}
	var tokens []string
	for _, q := range w.questions {
		token, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.RegisteredClaims{
			Subject: q.name, Audience: jwt.ClaimStrings{q.pkgID}, Issuer: q.orgID, ExpiresAt: jwt.NewNumericDate(w.until)}).SignedString(private)
		if err != nil {
			return contender{}, err
		}
		tokens = append(tokens, token)
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}))
	return each("JWT, Ed25519", tokens, func(token *string, _ time.Time) bool {
		var claims jwt.RegisteredClaims
		_, err := parser.ParseWithClaims(*token, &claims, func(*jwt.Token) (any, error) { return public, nil })
		return err == nil
	}), nil
}

// pointerChase is the limit: memory that no cache holds, each place read only when the one
// before is known.
func pointerChase() contender {
	const places = 1 << 25 // of 4 bytes
	next := make([]uint32, places)
	order := rand.New(rand.NewPCG(1, 2)).Perm(places)
	for i, at := range order {
		next[at] = uint32(order[(i+1)%places])
	}
	at := uint32(0)
	return contender{name: "a pointer chase in 128 MiB", do: func(n int) {
		for range n {
			at = next[at]
		}
		sink = at == 1
	}}
}

func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }
