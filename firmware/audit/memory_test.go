package audit

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
)

// errPower is what every call returns once the power is gone.
var errPower = errors.New("the power is gone")

// A memory is a folder in memory that keeps apart what was written and what
// was synced, and fails when told to.
type memory struct {
	files  map[string]*memFile
	named  map[string]bool // names that a sync of the folder made durable
	locked bool

	calls int   // that change something
	at    int   // number of the call that fails; 0 for none
	fault fault // how it fails
	dead  bool  // after a power cut
}

// A fault is how a call fails.
type fault struct {
	name   string
	err    error
	half   bool // half of a write is done before it fails
	silent bool // half a write returns no error
	power  bool // every later call fails as well
}

var faults = []fault{
	{name: "no space", err: syscall.ENOSPC},
	{name: "no space after half the line", err: syscall.ENOSPC, half: true},
	{name: "read-only", err: syscall.EROFS},
	{name: "input/output error", err: syscall.EIO},
	{name: "input/output error after half the line", err: syscall.EIO, half: true},
	{name: "short write without an error", err: syscall.EIO, half: true, silent: true},
	{name: "power cut", err: errPower, power: true},
	{name: "power cut after half the line", err: errPower, half: true, power: true},
}

func newMemory() *memory {
	return &memory{files: map[string]*memFile{}, named: map[string]bool{}}
}

// fails counts a call and returns the error it is to fail with.
func (m *memory) fails() error {
	if m.dead {
		return errPower
	}
	m.calls++
	if m.calls != m.at {
		return nil
	}
	m.dead = m.fault.power
	return m.fault.err
}

func (m *memory) open(name string, mode openMode) (file, error) {
	if m.dead {
		return nil, errPower
	}
	f := m.files[name]
	if f == nil && mode != toCreate {
		return nil, fs.ErrNotExist
	}
	if f == nil {
		if err := m.fails(); err != nil {
			return nil, err
		}
		f = &memFile{folder: m}
		m.files[name] = f
	}
	return f, nil
}

func (m *memory) list() ([]string, error) {
	if m.dead {
		return nil, errPower
	}
	return slices.Sorted(maps.Keys(m.files)), nil
}

func (m *memory) sync() error {
	if err := m.fails(); err != nil {
		return err
	}
	for name := range m.files {
		m.named[name] = true
	}
	return nil
}

func (m *memory) lock() (io.Closer, error) {
	if m.locked {
		return nil, ErrLocked
	}
	m.locked = true
	return unlocker{m}, nil
}

type unlocker struct{ *memory }

func (u unlocker) Close() error { u.locked = false; return nil }

// afterPowerCut returns the folder as it may be found when the power is back:
// what was synced is there, and of what was not, whatever chance kept.
func (m *memory) afterPowerCut(chance *rand.Rand) *memory {
	found := newMemory()
	for name, f := range m.files {
		if !m.named[name] && chance.IntN(2) == 0 {
			continue
		}
		found.named[name] = true
		found.files[name] = f.afterPowerCut(found, chance)
	}
	return found
}

// A memFile keeps what was synced, and what was written since.
type memFile struct {
	folder *memory
	now    []byte
	synced []byte
	since  []change
}

// A change is a write, or a truncation if text is nil.
type change struct {
	at   int64
	text []byte
}

func (c change) apply(to []byte) []byte {
	if c.text == nil {
		return append(to[:min(int64(len(to)), c.at)], make([]byte, max(0, c.at-int64(len(to))))...)
	}
	if gap := c.at + int64(len(c.text)) - int64(len(to)); gap > 0 {
		to = append(to, make([]byte, gap)...)
	}
	copy(to[c.at:], c.text)
	return to
}

// afterPowerCut keeps any number of the changes since the last sync; the last
// one that it keeps may be cut short, or be length without content.
func (f *memFile) afterPowerCut(in *memory, chance *rand.Rand) *memFile {
	found := slices.Clone(f.synced)
	keep := chance.IntN(len(f.since) + 1)
	for i, c := range f.since[:keep] {
		if i == keep-1 && c.text != nil {
			c.text = slices.Clone(c.text[:chance.IntN(len(c.text)+1)])
			if chance.IntN(4) == 0 {
				clear(c.text)
			}
		}
		found = c.apply(found)
	}
	return &memFile{folder: in, now: found, synced: slices.Clone(found)}
}

func (f *memFile) ReadAt(p []byte, at int64) (int, error) {
	if f.folder.dead {
		return 0, errPower
	}
	if at >= int64(len(f.now)) {
		return 0, io.EOF
	}
	n := copy(p, f.now[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(p []byte, at int64) (int, error) {
	err := f.folder.fails()
	if err != nil && !f.folder.fault.half {
		return 0, err
	}
	if err != nil {
		p = p[:len(p)/2]
	}
	f.change(change{at, slices.Clone(p)})
	if err != nil && f.folder.fault.silent {
		return len(p), nil
	}
	return len(p), err
}

func (f *memFile) Truncate(size int64) error {
	if err := f.folder.fails(); err != nil {
		return err
	}
	f.change(change{at: size})
	return nil
}

func (f *memFile) change(c change) {
	if len(c.text) > 0 || c.text == nil {
		f.now = c.apply(f.now)
		f.since = append(f.since, c)
	}
}

// Sync on a real system forgets after a failure that anything was unsynced, so
// a second Sync would not help; neither does this one.
func (f *memFile) Sync() error {
	if err := f.folder.fails(); err != nil {
		return err
	}
	f.synced, f.since = slices.Clone(f.now), nil
	return nil
}

func (f *memFile) Close() error { return nil }

func (f *memFile) size() (int64, error) {
	if f.folder.dead {
		return 0, errPower
	}
	return int64(len(f.now)), nil
}
