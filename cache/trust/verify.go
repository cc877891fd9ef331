package trust

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// verify does a step of verification and gives its error a name. A panic is an
// error too: the library follows what hostile JSON leaves null, in part before
// it looks at a signature. Whoever gets an error drops the set that the step
// worked on.
func verify(name string, step func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("verify %s: %w", name, ErrMalformed)
		}
	}()
	if err := step(); err != nil {
		return fmt.Errorf("verify %s: %w", name, named(err))
	}
	return nil
}

// named wraps an error of the library into one of ours.
func named(err error) error {
	var (
		unsigned *metadata.ErrUnsignedMetadata
		length   *metadata.ErrLengthOrHashMismatch
		version  *metadata.ErrBadVersionNumber
	)
	switch {
	case errors.Is(err, ErrMalformed), errors.Is(err, ErrSignature), errors.Is(err, ErrMixed):
		return err
	case errors.As(err, &unsigned):
		return fmt.Errorf("%w: %s", ErrSignature, unsigned.Msg)
	case errors.As(err, &length), errors.As(err, &version):
		return fmt.Errorf("%w: %w", ErrMixed, err)
	}
	return fmt.Errorf("%w: %w", ErrMalformed, err)
}

// What a file may be that nothing vouches for yet: a timestamp or a root, of
// which honest ones have some dozens of each. Whoever is on the way can put
// another in its place, and the library does much with it before it looks at a
// signature: compares each signature with each, and encodes all anew, inner
// values as often as they are deep. A megabyte takes it many seconds.
const (
	maxSignatures = 256
	maxMembers    = 4096
	maxDepth      = 32
)

// frugal refuses a file that would take long to verify.
func frugal(raw []byte) error {
	if members, depth := shape(raw); members > maxMembers || depth > maxDepth {
		return fmt.Errorf("%w: %d values, up to %d deep", ErrMalformed, members, depth)
	}
	var file struct {
		Signatures []json.RawMessage `json:"signatures"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return err
	}
	if n := len(file.Signatures); n > maxSignatures {
		return fmt.Errorf("%w: %d signatures", ErrMalformed, n)
	}
	return nil
}

// shape returns how many commas JSON has, and how deep it goes.
func shape(raw []byte) (members, deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		case c == ',':
			members++
		}
	}
	return members, deepest
}
