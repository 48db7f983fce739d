package reliability

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/isvkit/isvkit/internal/drivertest/tables"
	"github.com/isvkit/isvkit/license"
	"github.com/isvkit/isvkit/lifecycle"
	"github.com/isvkit/isvkit/pkgversion"
	"github.com/isvkit/isvkit/seats"
)

// twin is a Manager on one of the stores that are compared.
type twin struct {
	name string
	*handle
}

// runDifferential gives the same commands of two vendors, whose records have the same
// ids, to a Manager on each store, and compares what each answers and holds.
func runDifferential(ctx context.Context, p *part) error {
	for n := 0; n < p.size("sequences") && !p.over(ctx); n++ {
		if err := differ(ctx, p, n); err != nil {
			return err
		}
		p.count("sequences", 1)
	}
	return nil
}

func differ(ctx context.Context, p *part, n int) (err error) {
	rng := rand.New(rand.NewPCG(p.Seed, uint64(n)))
	p.servers.crash.RLock()
	defer p.servers.crash.RUnlock()
	all := &twins{part: p}
	defer func() { err = errors.Join(err, all.close()) }()
	if err := all.open(ctx, n); err != nil {
		return err
	}
	clock := noon
	for _, t := range all.twins {
		if t.Manager, err = lifecycle.New(lifecycle.Config{Store: t.store, Now: func() time.Time { return clock }}); err != nil {
			return err
		}
	}
	g := &generator{rng: rng}
	each := p.size("differential commands")/p.size("sequences") + 1
	for i := 0; i < each && !p.over(ctx); i++ {
		clock = clock.Add(time.Duration(rng.IntN(48)) * time.Hour)
		c := g.next()
		var first string
		for k, t := range all.twins {
			said := c.do(ctx, t.Manager)
			if k == 0 {
				first = said
			} else if said != first {
				p.fail("P10: %s: %s answers\n\t%s\nand %s\n\t%s", c.says, all.twins[0].name, first, t.name, said)
			}
		}
		p.count("differential commands", 1)
	}
	for _, t := range all.twins {
		if t.db == nil {
			continue
		}
		if err := tables.Check(ctx, t.db); err != nil {
			p.fail("%s: %v", t.name, err)
		}
	}
	return nil
}

// twins are the stores that are compared, and what to do when that is over.
type twins struct {
	part    *part
	twins   []*twin
	closers []func() error
}

// open opens stores for sequence n. The first is in memory and has no plant: it is what
// the others are compared with.
func (t *twins) open(ctx context.Context, n int) error {
	folder, remove, err := t.part.folder()
	if err != nil {
		return err
	}
	t.closers = append(t.closers, func() error { remove(); return nil })
	memory, err := Fault{}.inMemory(&lifecycle.MemStore{})
	if err != nil {
		return err
	}
	t.twins = []*twin{{"memory", memory}}
	for _, driver := range sqliteDrivers {
		if err := t.add(ctx, driver, filepath.Join(folder, driver+".db")); err != nil {
			return err
		}
	}
	if !t.part.servers.there() || n%3 > 0 { // a server takes most of the time
		return nil
	}
	dsn, drop, err := t.part.servers.newSchema(ctx)
	if err != nil {
		return err
	}
	t.closers = append(t.closers, func() error { drop(); return nil })
	t.part.count("sequences on PostgreSQL too", 1)
	return t.add(ctx, postgresDrivers[n%2], dsn)
}

func (t *twins) add(ctx context.Context, driver, dsn string) error {
	h, err := t.part.plant.open(ctx, driver, dsn)
	if err != nil {
		return err
	}
	t.twins = append(t.twins, &twin{driver, h})
	t.closers = append(t.closers, h.close)
	return nil
}

// close closes in the reverse order.
func (t *twins) close() (err error) {
	for _, closer := range slices.Backward(t.closers) {
		err = errors.Join(err, closer())
	}
	return err
}

// generator makes commands, many of which are to be refused.
type generator struct {
	rng   *rand.Rand
	begun int
}

// command is one to give to each Manager; do returns all that it answers, as text.
type command struct {
	says string
	do   func(context.Context, *lifecycle.Manager) string
}

// told is an answer and the kind and words of an error.
func told(answer any, err error) string {
	if err == nil {
		return fmt.Sprintf("%+v", answer)
	}
	kinds := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		kinds += fmt.Sprintf("%T ", e)
	}
	return fmt.Sprintf("%+v, %s%v", answer, kinds, err)
}

func (g *generator) actor() lifecycle.Actor {
	name := fmt.Sprintf("vendor-%d", g.rng.IntN(2))
	return lifecycle.Actor{Vendor: pkgversion.MustVendorID(name), ID: lifecycle.MustActorID("somebody of " + name)}
}

func (g *generator) next() command {
	if g.begun < 4 {
		g.begun++
		a := lifecycle.Actor{Vendor: pkgversion.MustVendorID(fmt.Sprintf("vendor-%d", g.begun%2)), ID: lifecycle.MustActorID("first")}
		if g.begun <= 2 {
			return register(a)
		}
		return publish(a)
	}
	a, c := g.actor(), g.command()
	return command{fmt.Sprintf("%s as %v", c.says, a.Vendor), func(ctx context.Context, m *lifecycle.Manager) string { return c.do(ctx, m, a) }}
}

func register(a lifecycle.Actor) command {
	count := 2
	if strings.HasSuffix(a.Vendor.String(), "1") {
		count = 4 // so that the vendors' records differ
	}
	return command{"RegisterPackage", func(ctx context.Context, m *lifecycle.Manager) string {
		return told(m.RegisterPackage(ctx, a, lifecycle.Registration{Package: pkgversion.Package{ID: packageID},
			Defaults: license.Defaults{Status: license.Active, Seats: license.MustSeats(count)}, Overage: seats.Overage{Extra: count / 4}}))
	}}
}

func publish(a lifecycle.Actor) command {
	return command{"PublishVersion", func(ctx context.Context, m *lifecycle.Manager) string {
		var said string
		for i, number := range []string{"1.9", "1.10", "2.0"} {
			said += told("", m.PublishVersion(ctx, a, lifecycle.PublishVersion{Version: pkgversion.PackageVersion{
				ID: versionN(i + 1), Package: packageID, Version: pkgversion.MustVersion(number)}}))
		}
		return said
	}}
}

// request is a command that either vendor can give.
type request struct {
	says string
	do   func(context.Context, *lifecycle.Manager, lifecycle.Actor) string
}

func (g *generator) command() request {
	id, other := license.ID(1+g.rng.IntN(4)), license.ID(1+g.rng.IntN(4))
	u, v := g.user(), g.user()
	n := g.rng.IntN(6)
	at := lifecycle.Notice{At: noon.AddDate(0, 0, g.rng.IntN(30)), Org: license.Org{ID: pkgversion.MustOrgID(fmt.Sprintf("org-%d", n%2)), Sandbox: n == 5}}
	inst := installationN(g.rng.IntN(4))
	terms := g.terms()
	revision := int64(g.rng.IntN(4))
	says := func(what string) string {
		return fmt.Sprintf("%s %v %v %v %v %v %v", what, id, other, u, v, inst, terms)
	}
	type M = *lifecycle.Manager
	type C = context.Context
	all := []request{
		{says("Install"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Install(ctx, a, lifecycle.Installed{Notice: at, Installation: inst, Package: packageID, Version: versionN(1 + n%3)}))
		}},
		{says("Uninstall"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Uninstall(ctx, a, lifecycle.Uninstalled{Notice: at, Installation: inst, Package: packageID}))
		}},
		{says("Upgrade"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Upgrade(ctx, a, lifecycle.Upgrade{License: id, Version: versionN(1 + n)}))
		}},
		{says("Modify"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Modify(ctx, a, lifecycle.Modify{License: id, Terms: terms, Revision: revision}))
		}},
		{says("Modify the latest"), func(ctx C, m M, a lifecycle.Actor) string {
			l, err := m.License(ctx, a, id)
			if err != nil {
				return told(l, err)
			}
			return told(m.Modify(ctx, a, lifecycle.Modify{License: id, Terms: terms, Revision: l.Revision}))
		}},
		{says("Assign"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Assign(ctx, a, lifecycle.Assign{License: id, Users: []seats.UserID{u, v}[:1+n%2], AsFit: n > 2}))
		}},
		{says("Revoke"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Revoke(ctx, a, lifecycle.Revoke{License: id, Users: []seats.UserID{u, v}[:1+n%2]}))
		}},
		{says("Transfer"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Transfer(ctx, a, lifecycle.Transfer{License: id, From: u, To: v}))
		}},
		{says("Move"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.Move(ctx, a, lifecycle.Move{User: u, From: id, To: other}))
		}},
		{says("Check"), func(ctx C, m M, a lifecycle.Actor) string {
			return told(m.CheckLicense(ctx, a, id, u)) + told(m.Check(ctx, a, at.Org.ID, packageID, v))
		}},
		{says("read"), func(ctx C, m M, a lifecycle.Actor) string { return everything(ctx, m, a) }},
	}
	return all[g.rng.IntN(len(all))]
}

func (g *generator) user() seats.UserID {
	return seats.MustUserID([]string{"a", "A", "b", "Zoë", "user 1"}[g.rng.IntN(5)])
}

func (g *generator) terms() license.Terms {
	t := license.Terms{Status: license.Status(1 + g.rng.IntN(4)), Seats: license.Site(), Expiration: license.Never()}
	if g.rng.IntN(3) > 0 {
		t.Seats = license.MustSeats(g.rng.IntN(4))
	}
	if g.rng.IntN(2) == 0 {
		t.Expiration = license.LastDay(license.DateOf(noon).AddDays(g.rng.IntN(120) - 10))
	}
	return t
}

// everything returns what a vendor can read, as text.
func everything(ctx context.Context, m *lifecycle.Manager, a lifecycle.Actor) string {
	var b strings.Builder
	fmt.Fprintln(&b, told(m.Packages(ctx, a)), told(m.Now(ctx, a)))
	for l, err := range m.Licenses(ctx, a, lifecycle.LicenseQuery{}) {
		fmt.Fprintln(&b, told(l, err))
		for holder, err := range m.Holders(ctx, a, l.ID) {
			fmt.Fprintln(&b, told(holder, err))
		}
		for e, err := range m.Timeline(ctx, a, l.ID) {
			e.Seq = 0 // stores may leave different gaps
			fmt.Fprintln(&b, told(e, err))
		}
	}
	events := 0
	for _, err := range m.Events(ctx, a, 0) {
		if err != nil {
			fmt.Fprintln(&b, told("", err))
		}
		events++
	}
	fmt.Fprintln(&b, events, "events")
	return b.String()
}
