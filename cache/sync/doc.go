// Package sync keeps one list of a device up to date by pull: it asks where
// the list is published for the newest release, proves it, fetches what leads
// there from what is held, and hands it to the store. It decides nothing about
// documents, and keeps nothing but files that it is fetching.
//
//	latest.json -> feed.Verify -> delta or snapshot -> spool -> Content -> Store.Apply -> Store.Checked
//
// Whatever goes wrong on the way, the store stays as it was and goes on
// serving; the client says so by a [Code], tries again, and recovers by itself.
// A connection that was cut is taken up where it broke. A delta that cannot be
// applied leads to the snapshot once. What is wrong with the files of a release
// is tried again less and less often, so that no fault makes a fleet of devices
// fetch whole lists again and again; a newer release is not held up by it.
//
// An older release than the one that is held is what a cache on the way may
// still have: it becomes a state of the client only when it persists. That a
// publisher withholds newer releases is not seen here: it shows in the age of
// the list.
package sync
