// Package list says what a document list is: its records, how a document
// number becomes a key, the shards that records are kept in, and the tree of
// hashes that proves them. It is pure: the publisher, the release format and
// the device's store all build on it, and it imports nothing of ours.
package list
