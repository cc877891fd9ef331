package journal

import (
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A Head names an entry, and with it all before.
type Head struct {
	Seq  uint64
	Hash string
}

const (
	headFile = "head"
	slotSize = 512
)

// ErrHead means that the head of a log is not there or not whole, or was
// written under another key.
var ErrHead = errors.New("the head of the log is missing, damaged, or of another key")

// A headWriter writes heads into two slots in turn, so that one is whole
// whenever power fails.
type headWriter struct {
	file *os.File
	key  Key
	slot int64
}

func (k Key) headLine(h Head) []byte {
	text := fmt.Sprintf("%d\n%s", h.Seq, h.Hash)
	return fmt.Appendf(nil, "%d %s %x\n", h.Seq, h.Hash, k.mac("head", text))
}

func (w *headWriter) write(h Head, sync func(*os.File) error) error {
	slot := make([]byte, slotSize)
	copy(slot, w.key.headLine(h))
	w.slot ^= 1
	if _, err := w.file.WriteAt(slot, w.slot*slotSize); err != nil {
		return err
	}
	return sync(w.file)
}

// readHead returns the higher of the heads that are whole, and its slot.
func readHead(dir string, key Key) (h Head, slot int64, err error) {
	f, err := os.Open(filepath.Join(dir, headFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Head{}, 0, ErrHead
	}
	if err != nil {
		return Head{}, 0, err
	}
	defer f.Close()
	slot = -1
	for i := range int64(2) {
		text := make([]byte, slotSize)
		if _, err := f.ReadAt(text, i*slotSize); err != nil && err != io.EOF {
			return Head{}, 0, err
		}
		if got, ok := key.parseHead(text); ok && (slot < 0 || got.Seq > h.Seq) {
			h, slot = got, i
		}
	}
	if slot < 0 {
		return Head{}, 0, ErrHead
	}
	return h, slot, nil
}

func (k Key) parseHead(text []byte) (h Head, ok bool) {
	text, _, _ = bytes.Cut(text, []byte("\n"))
	var mac string
	if _, err := fmt.Sscanf(string(text), "%d %s %s", &h.Seq, &h.Hash, &mac); err != nil {
		return Head{}, false
	}
	given, err := hex.DecodeString(mac)
	return h, err == nil && hmac.Equal(given, k.mac("head", fmt.Sprintf("%d\n%s", h.Seq, h.Hash)))
}
