package roles

import (
	"errors"
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// sign adds the signatures of as many of the holder's keys as it takes.
func sign[T metadata.Roles](doc *metadata.Metadata[T], h holder, ring *keys.Ring) error {
	have := 0
	for _, id := range h.keyIDs {
		if have == h.threshold {
			return nil
		}
		ok, err := signWith(doc, id, ring)
		if err != nil {
			return err
		}
		if ok {
			have++
		}
	}
	if have < h.threshold {
		return fmt.Errorf("%w: %d of the %d that it takes are at hand", ErrThreshold, have, h.threshold)
	}
	return nil
}

// signWith adds the signature of a key, if the ring has it.
func signWith[T metadata.Roles](doc *metadata.Metadata[T], id string, ring *keys.Ring) (bool, error) {
	if slices.ContainsFunc(doc.Signatures, func(s metadata.Signature) bool { return s.KeyID == id }) {
		return true, nil
	}
	signer, err := ring.Signer(id)
	if errors.Is(err, keys.ErrNoKey) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	_, err = doc.Sign(signer)
	return err == nil, err
}
