package reliability

import "maps"

// sizes says how much each part tries at each level, and how much must come of that; but
// for Smoke they are floors.
var sizes = map[Level]map[string]map[string]int{
	Smoke: {
		"model":        {"model operations in memory": 2000, "model operations on SQLite": 200},
		"differential": {"sequences": 2, "differential commands": 60},
		"histories": {"histories": 6, "histories with faults": 3, "histories of two processes": 1,
			"operations of histories": 6 * 400, "operations judged": 2000, "faults that fired": 20, "unknown outcomes of histories": 3},
		"sweep":  {"sweeps": 1, "swept operations": 11, "failed calls": 30},
		"kills":  {"kills": 4, "kills of 2 at once": 1, "acknowledgements": 20},
		"wal":    {"WAL cuts": 12},
		"disk":   {"corrupted files": 10, "full disks": 2, "read-only files": 2},
		"fsyncs": {"synced commits": 20},
	},
	Quick: {
		"model":        {"model operations in memory": 600_000, "model operations on SQLite": 15_000},
		"differential": {"sequences": 12, "differential commands": 1000},
		"histories": {"histories": 100, "histories with faults": 30, "histories of two processes": 10,
			"operations of histories": 100 * 400, "operations judged": 38_000, "faults that fired": 450, "unknown outcomes of histories": 100},
		"sweep":  {"sweeps": 1, "swept operations": 11, "failed calls": 1600},
		"kills":  {"kills": 50, "kills of 2 at once": 8, "acknowledgements": 1000},
		"wal":    {"WAL cuts": 100},
		"disk":   {"corrupted files": 100, "full disks": 4, "read-only files": 2},
		"fsyncs": {"synced commits": 200},
	},
	Full: {
		"model":        {"model operations in memory": 6_000_000, "model operations on SQLite": 150_000},
		"differential": {"sequences": 150, "differential commands": 15_000},
		"histories": {"histories": 2000, "histories with faults": 500, "histories of two processes": 200,
			"operations of histories": 2000 * 400, "operations judged": 760_000, "faults that fired": 7500, "unknown outcomes of histories": 1700},
		"sweep":  {"sweeps": 5, "swept operations": 5 * 11, "failed calls": 8000},
		"kills":  {"kills": 2000, "kills of 2 at once": 320, "acknowledgements": 40_000},
		"wal":    {"WAL cuts": 2000},
		"disk":   {"corrupted files": 1000, "full disks": 20, "read-only files": 2},
		"fsyncs": {"synced commits": 2000},
	},
}

// sizesOnServer are added where there is a PostgreSQL server.
var sizesOnServer = map[Level]map[string]map[string]int{
	Smoke: {
		"model":        {"model operations on PostgreSQL": 50},
		"differential": {"sequences on PostgreSQL too": 1},
		"histories":    {"PostgreSQL histories": 2, "PostgreSQL histories with faults": 1, "cut connections": 1, "operations of PostgreSQL histories": 2 * 400},
	},
	Quick: {
		"model":        {"model operations on PostgreSQL": 500},
		"differential": {"sequences on PostgreSQL too": 4},
		"histories":    {"PostgreSQL histories": 8, "PostgreSQL histories with faults": 4, "cut connections": 10, "operations of PostgreSQL histories": 8 * 400},
		"kills":        {"server crashes": 1},
	},
	Full: {
		"model":        {"model operations on PostgreSQL": 5_000},
		"differential": {"sequences on PostgreSQL too": 50},
		"histories":    {"PostgreSQL histories": 200, "PostgreSQL histories with faults": 150, "cut connections": 1000, "operations of PostgreSQL histories": 200 * 400},
		"kills":        {"server crashes": 30},
	},
}

func sizesOf(l Level, part string, s *servers) map[string]int {
	all := map[string]int{}
	maps.Copy(all, sizes[l][part])
	if s.there() {
		maps.Copy(all, sizesOnServer[l][part])
	}
	if s.server == nil { // one that was given is not ours to crash
		delete(all, "server crashes")
	}
	return all
}
