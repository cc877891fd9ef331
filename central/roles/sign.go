package roles

import (
	"errors"
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// signAs adds the signatures that make a document one of the role.
func signAs[T metadata.Roles](doc *metadata.Metadata[T], role string, root *rootDoc, targets *targetsDoc, ring *keys.Ring) error {
	h, err := holders(role, root, targets)
	if err == nil {
		err = sign(doc, h, ring)
	}
	if err != nil {
		return fmt.Errorf("sign %s: %w", role, err)
	}
	return nil
}

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

// vouches says that a key has signed a document.
func vouches(key *metadata.Key, id string, doc any) bool {
	alone := metadata.Root()
	alone.Signed.Keys[id] = key
	alone.Signed.Roles[Root] = &metadata.Role{KeyIDs: []string{id}, Threshold: 1}
	return key != nil && alone.VerifyDelegate(Root, doc) == nil
}

// signers returns those of a holder's keys that have signed a document.
func (h holder) signers(doc any) (ids []string) {
	for _, id := range h.keyIDs {
		if vouches(h.keys[id], id, doc) {
			ids = append(ids, id)
		}
	}
	return ids
}
