package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// What a caller of Open and Append acts on.
var (
	// ErrFull means that there is no room for the entry. Unless it is also
	// ErrBroken, the log takes entries again once there is room.
	ErrFull = errors.New("no space left for the log")
	// ErrReadOnly means that this process may not write to the folder.
	ErrReadOnly = errors.New("the log's folder cannot be written")
	// ErrLocked means that another process appends to this log.
	ErrLocked = errors.New("another process holds the log")
	// ErrBroken means that a write failed in a way that leaves the state of
	// the disk unknown. Close the log and open it again: what was acknowledged
	// is there.
	ErrBroken = errors.New("the log must be opened again")
	// ErrClosed means that the log was closed.
	ErrClosed = errors.New("the log is closed")
	// ErrNoLog means that a folder holds no log.
	ErrNoLog = errors.New("there is no log in this folder")
)

// Damage is what is wrong with a log.
type Damage uint8

// The kinds of damage.
const (
	Changed    Damage = iota // the entry is not what was written
	Missing                  // the entry is not there, while later ones are
	Reordered                // the entry stands at another place
	CutOff                   // acknowledged entries are missing from the end
	BeyondHead               // there are entries that the head should know, and does not
)

// String returns the damage as interfaces name it.
func (d Damage) String() string {
	switch d {
	case Missing:
		return "missing"
	case Reordered:
		return "reordered"
	case CutOff:
		return "cut off"
	case BeyondHead:
		return "beyond the head"
	}
	return "changed"
}

// A DamageError names the first entry at which the log is not what was
// written.
type DamageError struct {
	Damage Damage
	Seq    uint64 // of the entry
	File   string // where the entry stands, or should stand
	Line   int    // counted from 1; 0 when the damage is to no one line
	Why    string
}

// Error says which entry it is, and where to look.
func (e *DamageError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s line %d", e.File, e.Line)
	}
	return fmt.Sprintf("audit: entry %d %s: %s: %s", e.Seq, e.Damage, where, e.Why)
}

// explain puts the error of a system call into the words of this package, and
// keeps the cause.
func explain(err error) error {
	switch {
	case err == nil, errors.Is(err, ErrFull), errors.Is(err, ErrReadOnly):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}
