package firmware

import (
	"cmp"
	"os"
	"runtime/debug"
)

// DefaultMemory is what the program holds in memory at most, in MB, unless the
// configuration says otherwise: a part of a board with 512 MB. The tables of
// lists are mapped, and not among it: the kernel drops them when it must.
const DefaultMemory = 160

// LimitMemory keeps what the program holds below so many MB. Until it comes
// near, garbage is collected seldom, because a look-up waits for that. Go's own
// variables, GOMEMLIMIT and GOGC, go before it. 0 stands for DefaultMemory.
func LimitMemory(megabytes int) {
	megabytes = cmp.Or(megabytes, DefaultMemory)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(megabytes) << 20)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
