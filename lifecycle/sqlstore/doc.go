// Package sqlstore keeps a lifecycle.Store in an SQL database, through
// database/sql. It imports no driver: open the database with the one that you use,
// and give it to [Open].
//
// # SQLite
//
// [SQLite] is the embedded default, tested with modernc.org/sqlite and
// github.com/mattn/go-sqlite3. It needs SQLite 3.38 or later and a database in a file.
//
//	db, err := sql.Open("sqlite", "licenses.db")
//	…
//	store, err := sqlstore.Open(ctx, db, sqlstore.Config{})
//	…
//	defer store.Close() // before db.Close
//
// A commit has reached the disk when Update returns. For that, Open and every
// connection that a Store takes from db sets and checks what SQLite leaves to each
// connection: journal_mode=WAL, synchronous=FULL, foreign_keys=ON and busy_timeout. A
// transaction of your own runs on a connection of your own, whose settings are
// yours; set them in the data source name, so that they hold for all of the pool:
//
//	modernc.org/sqlite:         file.db?_pragma=synchronous(2)&_pragma=busy_timeout(5000)&_txlock=immediate
//	github.com/mattn/go-sqlite3: file.db?_synchronous=2&_busy_timeout=5000&_txlock=immediate
//
// Updates that wait for each other share a transaction, and so one sync of the
// disk: each runs in its own caller's goroutine and in a savepoint, one after the
// other, and the last of a group commits for all. An Update that fails or panics
// takes back only what it wrote itself. An Update alone is a plain transaction.
//
// A statement never sees that its caller's context is cancelled, because a cancelled
// statement can end the transaction, and with it the work of the others in the group.
// The context is looked at between statements instead.
//
// # PostgreSQL
//
// [PostgreSQL] is for several machines, tested with github.com/jackc/pgx/v5/stdlib and
// github.com/lib/pq. It needs PostgreSQL 13 or later.
//
//	db, err := sql.Open("pgx", "postgres://…")
//	…
//	store, err := sqlstore.Open(ctx, db, sqlstore.Config{Dialect: sqlstore.PostgreSQL})
//
// Each Update is a transaction of its own, at READ COMMITTED: what keeps the promises is
// the guard in each write, not the isolation level. Writers of different licenses do
// not wait for each other; those of one license do, on its row. What the database ends
// for the sake of another (a deadlock, a serialization failure) runs again, within
// bounds, and is then an error that wraps lifecycle.ErrConflict.
//
// Events commit without a number, and are numbered afterwards by whoever calls Number, one
// transaction at a time, so that a reader of the feed skips none that commits late.
//
// A Store keeps its connections and prepares its statements on them, so a pooler between
// it and the server must pool sessions, not transactions.
//
// The tables are found as PostgreSQL finds any: in the first schema of the search_path that
// has them. Open makes them in the first of all, and only where none has them. So to keep
// two Stores of one database apart give each a search_path without the other's schema.
//
// # Tables
//
// The tables are made to be read with any SQL tool: a column per field, and an event's
// change as JSON. On SQLite days and instants are text that sorts, 2026-06-30 and
// 2026-06-30T12:00:00.000000Z, and booleans are 0 and 1. Their names begin with
// isv_, so that they can stand beside tables of your own, with which [Store.WithTx]
// shares a transaction. Write to them through a Store only.
package sqlstore
