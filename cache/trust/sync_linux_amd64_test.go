package trust_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"portcullis/cache/trust"
)

const failFolder = "TRUST_TEST_FAIL_FOLDER" // of a child whose disk does not sync

// failSync makes every fsync of this process fail, until it ends.
func failSync(t *testing.T) {
	t.Helper()
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FSYNC, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EIO)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, err := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter))); err != 0 {
		t.Fatal(err)
	}
}

// TestOnADiskThatDoesNotSync is the child of the test below.
func TestOnADiskThatDoesNotSync(t *testing.T) {
	dir := os.Getenv(failFolder)
	if dir == "" {
		return // not a child
	}
	p := published(t)
	d := device{t: t, Options: p.Options(dir)}
	d.refreshes(p)
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	failSync(t)
	disk := trust.Disk{Dir: dir}
	for _, op := range []trust.Op{{Kind: "write", Name: "a", Data: []byte("a")}, {Kind: "sync"}} {
		if err := disk.Do(op); !errors.Is(err, unix.EIO) {
			t.Errorf("%s: %v", op.Kind, err)
		}
	}
	if err := d.refuses(p); !errors.Is(err, unix.EIO) {
		t.Errorf("%v", err)
	}
	d.holds(p, "list", manifest, "one")
}

func TestWhatCannotBeSyncedIsNotHeld(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^TestOnADiskThatDoesNotSync$")
	child.Env = append(os.Environ(), failFolder+"="+t.TempDir())
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
