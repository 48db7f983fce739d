//go:build cgo

package reliability

import _ "github.com/mattn/go-sqlite3"

func init() { sqliteDrivers = append(sqliteDrivers, "sqlite3") }
