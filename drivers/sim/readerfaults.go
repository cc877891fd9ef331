package sim

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"portcullis/drivers/reader/wire"
)

// ReaderFaults are what can be wrong with how a simulated reader sends. The
// zero value sends each frame whole and at once.
type ReaderFaults struct {
	MinChunk, MaxChunk int           // bytes in one write; 0 is all of them
	Jitter             time.Duration // a random pause after each chunk, at most this
	NoiseBefore        int           // random bytes before each frame
	NoiseAfter         int           // and after it
	Lose, Flip         float64       // of so many sendings, from 0 to 1, one byte is lost, or one bit is another
}

// garble returns what arrives of a sending.
func (f ReaderFaults) garble(b []byte, random *rand.Rand) []byte {
	if len(b) > 0 && f.Flip > 0 && random.Float64() < f.Flip {
		b = slices.Clone(b)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
	}
	if len(b) > 0 && f.Lose > 0 && random.Float64() < f.Lose {
		i := random.IntN(len(b))
		b = slices.Concat(b[:i], b[i+1:])
	}
	return b
}

// chunk returns how many of n bytes to send at once.
func (f ReaderFaults) chunk(n int, random *rand.Rand) int {
	if f.MaxChunk <= 0 {
		return n
	}
	low := min(max(f.MinChunk, 1), f.MaxChunk)
	return min(n, low+random.IntN(f.MaxChunk-low+1))
}

// pause returns how long to wait after a chunk.
func (f ReaderFaults) pause(random *rand.Rand) time.Duration {
	if f.Jitter <= 0 {
		return 0
	}
	return time.Duration(random.Int64N(int64(f.Jitter) + 1))
}

// badSum returns a frame whose check bytes do not fit.
func badSum(f wire.Framing, frame []byte) ([]byte, error) {
	behind := 0 // the check byte
	switch {
	case f.Kind == "stx" && f.Checksum != "none":
		behind = len("\r\n")
	case f.Kind == "muse", f.Kind == "rte" && f.Checksum != "none":
	default:
		return nil, errors.New("the frames of this profile have no check bytes")
	}
	bad := slices.Clone(frame)
	bad[len(bad)-1-behind] ^= 0x80
	return bad, nil
}

// recordSize is the size of the kernel's struct input_event.
const recordSize = int(unsafe.Sizeof(unix.Timeval{})) + 8

// dropped returns the records of a keyboard of which the kernel had no room for some
// in the middle, and the record in their place that says so (SYN_DROPPED).
func dropped(f wire.Framing, records []byte) ([]byte, error) {
	if f.Kind != "keys" {
		return nil, errors.New("only a keyboard's records can be dropped")
	}
	third := len(records) / recordSize / 3 * recordSize
	said := make([]byte, recordSize)
	said[recordSize-6] = 3 // its code; type and value are nought
	return bytes.Join([][]byte{records[:third], records[2*third:]}, said), nil
}
