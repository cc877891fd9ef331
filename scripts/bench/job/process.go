package job

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// RSS returns a kind of this process's memory in bytes, by its name in
// /proc/self/status: RssAnon is what it has of its own, RssFile what is mapped
// from files.
func RSS(kind string) (int64, error) {
	kilobytes, err := procField("/proc/self/status", kind)
	return kilobytes << 10, err
}

// written returns how many bytes of pages this process has made dirty, which
// are to be written to a disk. A page counts again after it was written.
func written() (int64, error) { return procField("/proc/self/io", "write_bytes") }

// Read returns how many bytes this process has read, from disks and caches alike.
func Read() (int64, error) { return procField("/proc/self/io", "rchar") }

func procField(path, name string) (value int64, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if key, text, ok := strings.Cut(line, ":"); ok && key == name {
			_, err = fmt.Sscan(text, &value)
			return value, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", path, name)
}

// DiskUse returns what the files of a folder take on the disk.
func DiskUse(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	return total, err
}
