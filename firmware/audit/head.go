package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
)

// A Head names the last acknowledged entry of a log. Whoever keeps one
// elsewhere can tell later whether the log was rewritten.
type Head struct {
	Log  string `json:"log"` // random id of the log
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// The head file has two slots, written in turn: a write that the power cuts
// short destroys one of them, and the other still names the entry before.
const (
	headFile = "head"
	slotSize = 256
)

// A slot is a head with a check sum, as JSON, padded with spaces and ended by a
// newline.
type slot struct {
	Head
	Sum string `json:"sum"`
}

func (h Head) sum() string {
	return sum([]byte(h.Log), strconv.AppendUint(nil, h.Seq, 10), []byte(h.Hash))[:16]
}

// write makes h durable in the slot that holds the older head.
func (h Head) write(f file) error {
	text, err := json.Marshal(slot{h, h.sum()})
	if err != nil {
		return err
	}
	padded := fmt.Appendf(nil, "%-*s\n", slotSize-1, text)
	if err := writeAt(f, padded, int64(h.Seq%2)*slotSize); err != nil {
		return err
	}
	return f.Sync()
}

// readHead returns the newer of the two heads in a folder. It is the zero Head
// when there is none that can be read: then there should be at most the one
// entry that a first head, never finished, was to name.
func readHead(dir folder) (Head, error) {
	f, err := dir.open(headFile, toRead)
	if errors.Is(err, fs.ErrNotExist) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, err
	}
	defer f.Close()
	return headIn(f)
}

func headIn(f file) (Head, error) {
	var newest Head
	for i := range int64(2) {
		h, err := readSlot(f, i*slotSize)
		if err != nil {
			return Head{}, err
		}
		if h.Seq > newest.Seq {
			newest = h
		}
	}
	return newest, nil
}

// readSlot returns the zero Head for a slot that is blank or torn.
func readSlot(f io.ReaderAt, at int64) (Head, error) {
	var room [slotSize]byte
	n, err := f.ReadAt(room[:], at)
	if err != nil && !errors.Is(err, io.EOF) {
		return Head{}, err
	}
	var s slot
	if json.Unmarshal(room[:n], &s) != nil || s.Sum != s.Head.sum() {
		return Head{}, nil
	}
	return s.Head, nil
}

// writeAt is f.WriteAt for files that may break the promise of io.WriterAt.
func writeAt(f io.WriterAt, text []byte, at int64) error {
	n, err := f.WriteAt(text, at)
	if err == nil && n < len(text) {
		return io.ErrShortWrite
	}
	return err
}
