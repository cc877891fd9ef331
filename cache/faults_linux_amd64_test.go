package cache_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A rule names system calls that fail: all of one number, or those of which an
// argument has one of some bits, or is a value.
type rule struct {
	call  uint32
	arg   int // 0 for all, or else the argument, from 1
	bits  uint32
	equal uint32
}

// faultyCalls are the ways in which the disk of the child below fails. Anonymous
// memory maps are left to the runtime, and writes to all but Badger's own files.
func faultyCalls(t *testing.T, dir, how string) (rules []rule) {
	t.Helper()
	switch how {
	case "sync":
		return []rule{{call: unix.SYS_FSYNC}, {call: unix.SYS_FDATASYNC}, {call: unix.SYS_MSYNC}}
	case "msync":
		return []rule{{call: unix.SYS_MSYNC}}
	case "fsync":
		return []rule{{call: unix.SYS_FSYNC}, {call: unix.SYS_FDATASYNC}}
	case "create":
		return []rule{{call: unix.SYS_OPENAT, arg: 3, bits: unix.O_CREAT}}
	case "truncate":
		return []rule{{call: unix.SYS_FTRUNCATE}}
	case "map":
		return []rule{{call: unix.SYS_MMAP, arg: 4, bits: unix.MAP_SHARED}}
	case "remove":
		return []rule{{call: unix.SYS_UNLINKAT}, {call: unix.SYS_UNLINK}, {call: unix.SYS_RENAMEAT}, {call: unix.SYS_RENAME}, {call: unix.SYS_RENAMEAT2}}
	case "write":
		for _, fd := range filesUnder(t, dir) {
			rules = append(rules, rule{call: unix.SYS_WRITE, arg: 1, equal: fd}, rule{call: unix.SYS_PWRITE64, arg: 1, equal: fd})
		}
		return rules
	case "book": // its log alone, so that what a release wrote is whole and it cannot be made live
		for _, at := range mapsOf(t, filepath.Join(dir, "book"), ".mem") {
			rules = append(rules, rule{call: unix.SYS_MSYNC, arg: 1, equal: uint32(at)})
		}
		return rules
	}
	t.Fatal("no such fault: " + how)
	return nil
}

// filesUnder returns the descriptors of this process that are open in a folder.
func filesUnder(t *testing.T, dir string) (fds []uint32) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		var fd uint32
		name, err := os.Readlink(link)
		if _, scanErr := fmt.Sscan(filepath.Base(link), &fd); err == nil && scanErr == nil && strings.HasPrefix(name, dir) {
			fds = append(fds, fd)
		}
	}
	return fds
}

// mapsOf returns where the files of a folder are mapped whose names end so.
func mapsOf(t *testing.T, dir, end string) (at []uint64) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		var begin uint64
		line = strings.TrimSpace(line)
		if _, err := fmt.Sscanf(line, "%x-", &begin); err == nil && strings.Contains(line, dir) && strings.HasSuffix(line, end) {
			at = append(at, begin)
		}
	}
	if len(at) == 0 {
		t.Fatal("nothing is mapped")
	}
	return at
}

// fail makes system calls of this process fail from now on, all threads of it,
// until it ends.
func fail(t *testing.T, rules []rule, errno unix.Errno) {
	t.Helper()
	var program []unix.SockFilter
	add := func(code uint16, k uint32, yes, no uint8) {
		program = append(program, unix.SockFilter{Code: code, Jt: yes, Jf: no, K: k})
	}
	const number, arguments = 0, 16 // in the kernel's struct seccomp_data
	for _, r := range rules {
		add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, number, 0, 0)
		if r.arg == 0 {
			add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, r.call, 0, 1)
		} else {
			add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, r.call, 0, 3)
			add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, arguments+8*uint32(r.arg-1), 0, 0)
			if r.bits != 0 {
				add(unix.BPF_JMP|unix.BPF_JSET|unix.BPF_K, r.bits, 0, 1)
			} else {
				add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, r.equal, 0, 1)
			}
		}
		add(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ERRNO|uint32(errno), 0, 0)
	}
	add(unix.BPF_RET|unix.BPF_K, unix.SECCOMP_RET_ALLOW, 0, 0)
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
