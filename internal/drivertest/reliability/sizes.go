package reliability

import "maps"

// sizes says how much each part tries at each level; but for Smoke they are floors.
var sizes = map[Level]map[string]map[string]int{
	Smoke: {
		"model":        {"model operations in memory": 2000, "model operations on SQLite": 200},
		"differential": {"sequences": 2, "differential commands": 60},
		"histories":    {"histories": 6, "histories with faults": 3, "histories of two processes": 1},
		"sweep":        {"sweeps": 1},
		"kills":        {"kills": 4},
		"wal":          {"WAL cuts": 12},
		"disk":         {"corrupted files": 10, "full disks": 2, "read-only files": 2},
		"fsyncs":       {"synced commits": 20},
	},
	Quick: {
		"model":        {"model operations in memory": 600_000, "model operations on SQLite": 15_000},
		"differential": {"sequences": 12, "differential commands": 1000},
		"histories":    {"histories": 100, "histories with faults": 30, "histories of two processes": 10},
		"sweep":        {"sweeps": 1, "failed calls": 500},
		"kills":        {"kills": 50},
		"wal":          {"WAL cuts": 100},
		"disk":         {"corrupted files": 100, "full disks": 4, "read-only files": 2},
		"fsyncs":       {"synced commits": 200},
	},
	Full: {
		"model":        {"model operations in memory": 6_000_000, "model operations on SQLite": 150_000},
		"differential": {"sequences": 150, "differential commands": 15_000},
		"histories":    {"histories": 2000, "histories with faults": 500, "histories of two processes": 200},
		"sweep":        {"sweeps": 5, "failed calls": 2500},
		"kills":        {"kills": 2000},
		"wal":          {"WAL cuts": 2000},
		"disk":         {"corrupted files": 1000, "full disks": 20, "read-only files": 2},
		"fsyncs":       {"synced commits": 2000},
	},
}

// sizesOnServer are added where there is a PostgreSQL server.
var sizesOnServer = map[Level]map[string]map[string]int{
	Smoke: {
		"model":        {"model operations on PostgreSQL": 50},
		"differential": {"sequences on PostgreSQL too": 1},
		"histories":    {"PostgreSQL histories": 2, "PostgreSQL histories with faults": 1, "cut connections": 1},
	},
	Quick: {
		"model":     {"model operations on PostgreSQL": 500},
		"histories": {"PostgreSQL histories": 8, "PostgreSQL histories with faults": 4, "cut connections": 10},
		"kills":     {"server crashes": 1},
	},
	Full: {
		"model":     {"model operations on PostgreSQL": 5_000},
		"histories": {"PostgreSQL histories": 200, "PostgreSQL histories with faults": 150, "cut connections": 1000},
		"kills":     {"server crashes": 30},
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
