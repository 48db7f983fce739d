// Package pgserver starts a throw-away PostgreSQL server from the binaries that are
// installed: in a temporary folder, on a port of the loopback. It ends, and its files go,
// with the process that started it, however that ends.
package pgserver

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

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
	if err := s.create(); err != nil {
		return nil, err
	}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, s.alive.Close())
	}
	return s, nil
}

// create makes the server's files. When it fails it leaves none.
func (s *Server) create() error {
	if err := s.makeFolder(); err != nil {
		return err
	}
	// A locale that sorts otherwise than bytes do shows where a COLLATE is missing.
	err := s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	if err == nil {
		err = s.watch()
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(s.folder))
	}
	return nil
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
	watched.Store(s, nil)
	return cmd.Start()
}

// watched has the servers: whoever forgets one would otherwise see it end, when the pipe
// to its watcher is collected as garbage.
var watched sync.Map

// Restart starts the server again after a crash, and waits until it answers.
func (s *Server) Restart() error {
	options := fmt.Sprintf("%s -c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories= -c max_connections=300 -c deadlock_timeout=20ms", s.sync, s.port)
	return s.run("pg_ctl", "-D", s.data(), "-w", "-l", filepath.Join(s.folder, "log"), "-o", options, "start")
}

// Crash kills the server and all of its processes (SIGKILL): none of them can do anything
// any more, and it recovers at its start. It waits until they are gone.
func (s *Server) Crash() error {
	file := filepath.Join(s.data(), "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	first, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	// Each is the leader of a group of its own, so there is none to kill. Stopped first, the
	// server starts no process that the list of them would miss.
	if err := syscall.Kill(first, syscall.SIGSTOP); err != nil {
		return err
	}
	all := append(childrenOf(first), first)
	for _, pid := range all {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	for _, pid := range all {
		for running(pid) {
			time.Sleep(time.Millisecond)
		}
	}
	// What is left of a process that nobody waits for, as in a container without an init,
	// would look to the next start as if the server still ran.
	return os.Remove(file)
}

// childrenOf returns the processes that a process has started.
func childrenOf(parent int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if _, ppid := stat(pid); ppid == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

// running reports whether a process is there and has not ended.
func running(pid int) bool {
	state, _ := stat(pid)
	return state != 0 && state != 'Z' && state != 'X'
}

// stat returns the state and the parent of a process, 0 where there is none.
func stat(pid int) (state rune, parent int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	rest := string(text[strings.LastIndex(string(text), ")")+1:]) // the name before it can hold anything
	_, _ = fmt.Sscanf(rest, " %c %d", &state, &parent)
	return state, parent
}

// DSN returns the data source name of the server's own database.
func (s *Server) DSN() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Folder returns where the server's files are.
func (s *Server) Folder() string { return s.folder }

// NewSchema is the function of that name, on this server. The schema is left to the
// server's end.
func (s *Server) NewSchema(ctx context.Context) (dsn string, err error) {
	dsn, _, err = NewSchema(ctx, s.DSN())
	return dsn, err
}

// NewSchema makes a new, empty schema on the server of a data source name, which is a URL
// or has the form of keywords. The one that it returns is of connections that work in the
// schema; by the name of the application, which is the schema's, they are told from those
// of others. drop deletes the schema.
func NewSchema(ctx context.Context, server string) (dsn string, drop func(context.Context) error, err error) {
	name := "isvkit_" + strings.ToLower(rand.Text()) // others may use the server, too
	if dsn, err = inSchema(server, name); err != nil {
		return "", nil, err
	}
	drop = func(ctx context.Context) error { return execute(ctx, server, "DROP SCHEMA "+name+" CASCADE") }
	return dsn, drop, execute(ctx, server, "CREATE SCHEMA "+name)
}

func inSchema(dsn, name string) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return dsn + " search_path=" + name + " application_name=" + name, nil // the latest of equal keywords counts
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("the data source name of the PostgreSQL server is not a URL") // which may hold a password
	}
	q := u.Query()
	q.Set("search_path", name)
	q.Set("application_name", name)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func execute(ctx context.Context, dsn, statement string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement)
	return errors.Join(err, db.Close())
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

// makeFolder makes the folder of the server, which refuses to run as root: for root it
// runs as somebody else. Where that one cannot reach the folder for temporary files, the
// server's is in /tmp.
func (s *Server) makeFolder() error {
	if os.Geteuid() != 0 {
		var err error
		s.folder, err = os.MkdirTemp("", "isvkit-postgres")
		return err
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	s.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	parent := os.TempDir()
	if !open(parent) {
		parent = "/tmp"
	}
	if s.folder, err = os.MkdirTemp(parent, "isvkit-postgres"); err != nil {
		return err
	}
	if err := os.Chown(s.folder, int(uid), int(gid)); err != nil {
		return errors.Join(err, os.RemoveAll(s.folder))
	}
	return nil
}

// open reports whether everybody may go through a folder and those it is in. One that is
// not there is for others to complain of.
func open(folder string) bool {
	folder, err := filepath.Abs(folder)
	for err == nil && folder != "/" {
		info, statErr := os.Stat(folder)
		if statErr == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		folder = filepath.Dir(folder)
	}
	return true
}

func (s *Server) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential}
	words, err := os.Create(filepath.Join(s.folder, "stderr")) // the server would keep a pipe open, and be waited for
	if err != nil {
		return err
	}
	defer words.Close()
	cmd.Stderr = words
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(words.Name())
		log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
		return fmt.Errorf("%s: %w\n%s%s", program, err, said, log)
	}
	return nil
}
