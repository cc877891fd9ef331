// Package sync keeps one list of a device up to date: it asks a publisher's
// repository for the newest release, proves it, fetches what leads there from
// what is held, and hands it to the store. The repository is a server that is
// asked at intervals, or a stick, or what a fleet tool has put on the device:
// each is believed as little as the others. The package decides nothing about
// documents, and keeps nothing but files that it is fetching and what it has
// verified of the publisher.
//
//	timestamp.json -> trust.Refresh -> manifest -> feed.Verify -> Way -> spool -> Content -> Store.Apply -> Store.Checked
//
// Whatever goes wrong on the way, the store stays as it was and goes on
// serving; the client says so by a [Code], tries again, and recovers by itself.
// A connection that was cut is taken up where it broke. A delta that cannot be
// had or applied, or an archive that cannot be had, is left out, and another way
// is taken; a damaged part of the list is fetched alone. What is wrong with the files of a release is tried
// again less and less often, so that no fault makes a fleet of devices fetch
// whole lists again and again; a newer release is not held up by it.
//
// # Time
//
// No clock decides what is taken: see package trust. The list is as old as the
// publisher's last word on it, [Store.Checked], so that withholding newer ones
// shows as age however often the old ones are repeated. Something older than
// what is held is what a cache on the way may still have: it becomes a state of
// the client only when it persists.
package sync
