package cache

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// How the tables of a generation are read. Badger maps them, and the kernel
// reads 128 KB around each page that is not there: right for who reads
// everything, while a look-up wants a few pages of what may be many gigabytes,
// and the rest would drive out pages that are needed.
const (
	readAll     = unix.MADV_NORMAL
	readHereNow = unix.MADV_RANDOM
)

// advise tells the kernel how the tables will be read. That it cannot be told
// costs time and nothing else.
func (g *generation) advise(how int) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		// 7f0c1a000000-7f0c1a400000 r--s 00000000 fe:00 1234   /data/lists/sltd-00000001/000007.sst
		line := lines.Text()
		if !strings.HasSuffix(line, ".sst") || !strings.Contains(line, "/"+filepath.Base(g.dir)+"/") {
			continue
		}
		var start, end uintptr
		if _, err := fmt.Sscanf(line, "%x-%x ", &start, &end); err == nil {
			unix.RawSyscall(unix.SYS_MADVISE, start, end-start, uintptr(how))
		}
	}
}
