package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"portcullis/cache/list"
)

const treeMagic = "PCTREE1\n"

// errTree means that leaf hashes are not those of the signed root.
var errTree = errors.New("the leaf hashes are not those of the release")

// WriteTree writes the leaf hashes of a list's shards, in order.
func WriteTree(w io.Writer, leaves []list.Hash) error {
	out := make([]byte, 0, len(treeMagic)+len(leaves)*len(list.Hash{}))
	out = append(out, treeMagic...)
	for _, leaf := range leaves {
		out = append(out, leaf[:]...)
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("feed: write tree: %w", err)
	}
	return nil
}

// ReadTree reads the leaf hashes of a state of a list. They prove themselves:
// their root is the one that was signed.
func ReadTree(data []byte, p list.Params, root list.Hash) ([]list.Hash, error) {
	rest, ok := bytes.CutPrefix(data, []byte(treeMagic))
	if !ok || len(rest) != p.Shards()*len(list.Hash{}) {
		return nil, fmt.Errorf("feed: read tree: %w", ErrMalformed)
	}
	leaves := make([]list.Hash, 0, p.Shards())
	for leaf := range slices.Chunk(rest, len(list.Hash{})) {
		leaves = append(leaves, list.Hash(leaf))
	}
	if found, err := list.Root(leaves); err != nil || found != root {
		return nil, fmt.Errorf("feed: read tree: %w", errTree)
	}
	return leaves, nil
}
