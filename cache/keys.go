package cache

import "portcullis/cache/list"

// Keys holds the secrets of a store.
type Keys interface {
	// Seal returns the key that this device seals its store with.
	Seal() ([32]byte, error)
	// List returns the key of a list's digests; the error is fs.ErrNotExist
	// when the device was never given it.
	List(name string) (list.Key, error)
}
