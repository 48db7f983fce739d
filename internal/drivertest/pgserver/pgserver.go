// Package pgserver starts a throw-away PostgreSQL server from the binaries that are
// installed: in a temporary folder, on a port of the loopback. It ends, and its files go,
// with the process that started it, however that ends.
package pgserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib" // pgx
)

// ErrNotInstalled says that there are no binaries to start.
var ErrNotInstalled = errors.New("no PostgreSQL server is installed in /usr/lib/postgresql/*/bin: install the package postgresql")

// Server is a running server, or one that has crashed and can be started again.
type Server struct {
	bin, folder string
	port        int
	sync        string              // what the server is told of syncs
	credential  *syscall.Credential // nil: our own
	alive       io.Closer           // ends the server when it is closed, by whatever ends this process
	schemas     atomic.Int64
}

// Start starts a server. It does not sync what it commits: what a crash of the server
// can lose does not depend on that, only what one of the machine can.
func Start() (*Server, error) { return start("-F") }

// StartDurable starts a server that syncs every commit, as one in earnest does.
func StartDurable() (*Server, error) { return start("") }

func start(sync string) (*Server, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return nil, ErrNotInstalled
	}
	s := &Server{bin: filepath.Dir(found[len(found)-1]), sync: sync}
	var err error
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	if s.folder, err = os.MkdirTemp("", "isvkit-postgres"); err != nil {
		return nil, err
	}
	if err := s.dropPrivileges(); err != nil {
		return nil, err
	}
	// A locale that sorts otherwise than bytes do shows where a COLLATE is missing.
	if err := s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"); err != nil {
		return nil, err
	}
	if err := s.watch(); err != nil {
		return nil, err
	}
	return s, s.Restart()
}

// watch starts a process that waits until this one has ended, and then stops the server
// and deletes its files. Who panics or is killed leaves nothing behind either.
func (s *Server) watch() error {
	cmd := exec.Command("sh", "-c", `read _
		pid=$(head -n 1 "$0/data/postmaster.pid") && kill -QUIT "$pid"
		while kill -0 "$pid"; do sleep 0.1; done
		rm -rf "$0"`, s.folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that it outlives a Ctrl-C
	var err error
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return err
	}
	return cmd.Start()
}

// Restart starts the server again after a crash, and waits until it answers.
func (s *Server) Restart() error {
	options := fmt.Sprintf("%s -c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories= -c max_connections=300 -c deadlock_timeout=20ms", s.sync, s.port)
	return s.run("pg_ctl", "-D", s.data(), "-w", "-l", filepath.Join(s.folder, "log"), "-o", options, "start")
}

// Crash stops the server as a crash does: nobody is told, and it recovers at its start.
func (s *Server) Crash() error { return s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "stop") }

// DSN returns the data source name of the server's own database.
func (s *Server) DSN() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// NewSchema makes a new, empty schema, and returns the data source name of a
// connection that works in it. It is left to the server's end.
func (s *Server) NewSchema(ctx context.Context) (dsn string, err error) {
	db, err := sql.Open("pgx", s.DSN())
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := fmt.Sprintf("test%d", s.schemas.Add(1))
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", err
	}
	return s.DSN() + "&search_path=" + name, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

// dropPrivileges lets the server run as somebody else: it refuses to run as root.
func (s *Server) dropPrivileges() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	s.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return errors.Join(err1, err2, os.Chown(s.folder, int(uid), int(gid)))
}

func (s *Server) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential}
	if err := cmd.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
		return fmt.Errorf("%s: %w\n%s", program, err, log)
	}
	return nil
}
