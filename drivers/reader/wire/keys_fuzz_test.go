package wire_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers/reader/wire"
)

// typing makes records of bytes: two bytes are a key and what it does, among them
// holes and LEDs.
func typing(b []byte) string {
	var s strings.Builder
	for ; len(b) >= 2; b = b[2:] {
		kind := uint16(1)
		switch b[1] % 16 {
		case 0:
			kind = 0x11
		case 1:
			kind = 0
		}
		s.WriteString(record(kind, uint16(b[0]), uint32(b[1]/16)%3))
	}
	return s.String()
}

// How records were cut makes no difference, whoever types what; and of a scan
// with a hole in it nothing is delivered.
func FuzzTyping(f *testing.F) {
	for _, name := range []string{"us", "fr", "cz"} {
		sent := []byte(encode(f, keyed(name), td3...))
		var keys []byte
		for at := wire.RecordSize; at <= len(sent); at += wire.RecordSize {
			if tail := sent[at-8 : at]; tail[0] == 1 {
				keys = append(keys, tail[2], tail[4]<<4|2)
			}
		}
		f.Add(keys, uint64(1))
		f.Add(append(keys[:40:40], 3, 1), uint64(2))
	}
	p := keyed()
	p.NoRead = "NO READ"
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		records := []byte(typing(b))
		random := rand.New(rand.NewPCG(seed, seed))
		whole := stream(t, p, records, func() int { return len(records) })
		ragged := stream(t, p, records, func() int { return 1 + random.IntN(100) })
		if diff := cmp.Diff(whole, ragged); diff != "" {
			t.Errorf("whole and ragged differ:\n%s", diff)
		}
		for _, frame := range whole {
			checkFrame(t, p, frame, len(records))
		}
		hole := append([]byte(record(0, dropped, 0)), records...)
		for _, frame := range stream(t, p, hole, func() int { return len(hole) }) {
			if frame.Lines != nil {
				t.Errorf("%v out of a scan with a hole", frame)
			}
		}
	})
}
