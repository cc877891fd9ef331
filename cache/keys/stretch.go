package keys

import (
	"crypto/rand"
	"fmt"
	"runtime/debug"

	"golang.org/x/crypto/argon2"
)

// A cost is how dear Argon2id makes each guess (RFC 9106).
type cost struct {
	Memory uint32 `json:"memory_kib"`
	Passes uint32 `json:"passes"`
	Lanes  uint8  `json:"lanes"`
}

// passphraseCost is the second choice that RFC 9106 §4 recommends, the one for
// machines with little memory.
var passphraseCost = cost{Memory: 64 << 10, Passes: 3, Lanes: 4}

// machineCost is less: every command of a technician pays it, also where the
// identifiers are known and it gains nothing.
var machineCost = cost{Memory: 19 << 10, Passes: 2, Lanes: 1}

// check refuses what no version of this package wrote: the file that a cost
// comes from may be anybody's, and the board has 1 GB.
func (c cost) check() error {
	if c.Memory < 8<<10 || c.Memory > 256<<10 || c.Passes < 1 || c.Passes > 16 || c.Lanes < 1 || c.Lanes > 16 {
		return fmt.Errorf("%w: it asks for more or less work than any key costs", ErrDamaged)
	}
	return nil
}

const saltSize = 16

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return salt
}

// stretch makes a key of something that can be guessed.
func stretch(guessable, salt []byte, c cost) (Secret, error) {
	if err := c.check(); err != nil {
		return Secret{}, err
	}
	if len(salt) != saltSize {
		return Secret{}, fmt.Errorf("%w: its salt has the wrong length", ErrDamaged)
	}
	key := argon2.IDKey(guessable, salt, c.Passes, c.Memory, c.Lanes, Size)
	defer clear(key)
	debug.FreeOSMemory() // what it took is a tenth of what a small board has left
	return Secret(key), nil
}
