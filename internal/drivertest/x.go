package x
import (_ "github.com/mattn/go-sqlite3"; _ "modernc.org/sqlite"; _ "go.uber.org/goleak"; _ "pgregory.net/rapid"; _ "github.com/isvkit/isvkit/license")
