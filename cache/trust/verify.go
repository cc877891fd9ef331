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

// maxSignatures bounds the signatures of a file that nothing vouches for yet. The
// library compares each with each: a megabyte of them takes it many seconds.
const maxSignatures = 256

func fewSignatures(raw []byte) error {
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
