package wire_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
)

// damaged returns a frame in every way in which one byte of it can be lost, sent
// twice or have one bit flipped, and cut short everywhere.
func damaged(frame string) map[string]string {
	all := map[string]string{}
	for i := range len(frame) {
		all[fmt.Sprintf("cut before %d", i)] = frame[:i]
		all[fmt.Sprintf("cut up to %d", i)] = frame[i:]
		all[fmt.Sprintf("without %d", i)] = frame[:i] + frame[i+1:]
		all[fmt.Sprintf("with %d twice", i)] = frame[:i+1] + frame[i:]
		for bit := range 8 {
			b := []byte(frame)
			b[i] ^= 1 << bit
			all[fmt.Sprintf("bit %d of %d flipped", bit, i)] = string(b)
		}
	}
	return all
}

// A frame follows a broken one at once, and is found all the same.
func TestADamagedFrameCostsNoOther(t *testing.T) {
	for _, p := range framings() {
		if !marked(p) {
			continue
		}
		next := encode(t, p, td1...)
		for what, broken := range damaged(encode(t, p, td3...)) {
			got := framer(t, p).Push(noon, []byte(broken+next))
			if !holdsInOrder(got, [][]string{td1}) {
				t.Errorf("%+v: %s: the next is lost: %v", p, what, got)
			}
		}
	}
}

// Where silence is the only mark, a frame behind it is found. The records of one
// character are as many bytes as a zone is elsewhere.
func TestSilenceEndsTheDamage(t *testing.T) {
	for _, p := range framings() {
		sent := td3
		if p.Kind == "keys" {
			sent = []string{"P"}
		}
		next := encode(t, p, td1...)
		for what, broken := range damaged(encode(t, p, sent...)) {
			f := framer(t, p)
			f.Push(noon, []byte(broken))
			if got := f.Push(noon.Add(p.Idle()), []byte(next)); !holdsInOrder(got, [][]string{td1}) {
				t.Errorf("%+v: %s: the next is lost: %v", p, what, got)
			}
		}
	}
}

// No frame is delivered whose check bytes do not fit. A lost or doubled byte may
// by chance fit eight of them, so that these are held to flipped bits.
func TestNoFlippedBitPassesAChecksum(t *testing.T) {
	for _, p := range framings() {
		if p.Kind != "muse" && p.Checksum != "bcc" && p.Checksum != "lrc" {
			continue
		}
		frame := encode(t, p, td3...)
		for i := range len(frame) * 8 {
			b := []byte(frame)
			b[i/8] ^= 1 << (i % 8)
			got := stream(t, p, b, func() int { return len(b) })
			if slices.ContainsFunc(got, func(f wire.Frame) bool {
				return f.Kind == wire.KindOCR && f.Fault == drivers.NoFault && !isZone(f, td3)
			}) {
				t.Errorf("%+v: bit %d of byte %d: %v", p, i%8, i/8, got)
			}
		}
	}
}

// A document does not stay in memory, whole or not.
func TestNothingOfADocumentStays(t *testing.T) {
	for _, p := range framings() {
		frame := encode(t, p, td3...)
		for _, n := range []int{len(frame), len(frame) - 1, len(frame) / 2, 5} {
			f := framer(t, p)
			f.Push(noon, []byte(frame[:n]))
			f.Idle(noon.Add(p.Idle()))
			if left := bytes.Trim(wire.Remains(f), "\x00"); len(left) > 0 {
				t.Errorf("%+v: %d bytes of %d stay", p, len(left), n)
			}
		}
	}
}
