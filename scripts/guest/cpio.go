package guest

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// An archive is a file system in the form that the kernel unpacks into memory
// when it starts: cpio's "newc". Each file is
//
//	070701  13 fields of 8 hexadecimal digits  name 00  padding  data  padding
//
// with the fields inode, mode, user, group, links, time, size, device's major and
// minor, special file's major and minor, length of the name with its 00, checksum
// (none). Padding is 00 to the next multiple of 4. The file "TRAILER!!!" ends it.
// (Linux, Documentation/driver-api/early-userspace/buffer-format.rst)
type archive struct {
	to      *bufio.Writer
	inode   int
	folders map[string]bool // that are there
	err     error
}

func newArchive(w io.Writer) *archive {
	return &archive{to: bufio.NewWriter(w), folders: map[string]bool{".": true}}
}

// The kinds of a file, as its mode has them.
const (
	folderMode = 0o40_000
	deviceMode = 0o20_000
	fileMode   = 0o100_000
)

// add puts a file, and the folders above it, into the archive.
func (a *archive) add(name string, perm fs.FileMode, data []byte) {
	name = strings.TrimPrefix(name, "/")
	a.above(name)
	a.entry(name, fileMode|int(perm.Perm()), data, 0, 0)
}

// addFile puts a file of the host into the archive.
func (a *archive) addFile(name, from string, perm fs.FileMode) {
	data, err := os.ReadFile(from)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.add(name, perm, data)
}

// addDevice puts a character device into the archive.
func (a *archive) addDevice(name string, major, minor int) {
	a.above(name)
	a.entry(name, deviceMode|0o600, nil, major, minor)
}

// above puts the folders above a file into the archive, the topmost first.
func (a *archive) above(name string) {
	var missing []string
	for dir := path.Dir(name); !a.folders[dir]; dir = path.Dir(dir) {
		a.folders[dir] = true
		missing = append(missing, dir)
	}
	for _, dir := range slices.Backward(missing) {
		a.entry(dir, folderMode|0o755, nil, 0, 0)
	}
}

func (a *archive) entry(name string, mode int, data []byte, major, minor int) {
	a.inode++
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		a.inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0)
	a.padded([]byte(header + name + "\x00"))
	a.padded(data)
}

func (a *archive) padded(b []byte) {
	if a.err != nil {
		return
	}
	if _, a.err = a.to.Write(b); a.err == nil {
		_, a.err = a.to.Write(make([]byte, -len(b)&3))
	}
}

// close ends the archive, and returns the first error of all that was done to it.
func (a *archive) close() error {
	a.entry("TRAILER!!!", 0, nil, 0, 0)
	if a.err != nil {
		return a.err
	}
	return a.to.Flush()
}
