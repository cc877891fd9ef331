package registrytest

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// A Server is a real server of PostgreSQL for one test.
type Server struct {
	bin, dir string
	as       *syscall.Credential // nil for who runs the test
}

// Postgres starts Debian's server in a folder of its own, reachable by a
// socket there and nothing else. The test is skipped where there is none,
// unless PORTCULLIS_REQUIRE is set.
func Postgres(t testing.TB) *Server {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		if os.Getenv("PORTCULLIS_REQUIRE") != "" {
			t.Fatal("there is no PostgreSQL: apt-get install postgresql")
		}
		t.Skip("there is no PostgreSQL: apt-get install postgresql")
	}
	dir, err := os.MkdirTemp("", "pg") // short, as the path of a socket must be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{bin: filepath.Dir(found[len(found)-1]), dir: dir}
	if os.Getuid() == 0 {
		s.as = unprivileged(t)
		if err := os.Chown(dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t, "initdb", "-D", dir+"/data", "-U", "portcullis", "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8")
	s.Start(t)
	t.Cleanup(func() { s.command("pg_ctl", "-D", dir+"/data", "-m", "immediate", "-w", "stop").Run() }) // it may be down
	return s
}

// unprivileged is Debian's user for the server, which root may not run.
func unprivileged(t testing.TB) *syscall.Credential {
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// Address is where the server's database is.
func (s *Server) Address() string { return "postgres://portcullis@/postgres?host=" + s.dir }

// Start starts the server, and waits until it serves.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.run(t, "pg_ctl", "-D", s.dir+"/data", "-l", s.dir+"/log", "-w", "-o", "-c listen_addresses='' -k "+s.dir, "start")
}

// Crash ends the server as a power cut would, as far as its processes go.
func (s *Server) Crash(t testing.TB) {
	t.Helper()
	s.run(t, "pg_ctl", "-D", s.dir+"/data", "-m", "immediate", "-w", "stop")
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

func (s *Server) run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := s.command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
