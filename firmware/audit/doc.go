// Package audit keeps the log of what the appliance decided and did: append
// only, durable before anything follows from an entry, and chained by hashes
// so that [Verify] finds what was changed. It knows nothing of documents,
// lanes or lists; an [Entry] is words and numbers that its caller chose, and
// has no place for a value from a document.
//
// # The folder
//
//	audit-000001.jsonl   entries, one a line; rolled by size, numbered without a gap
//	audit-000002.jsonl
//	head                 sequence number and hash of the last acknowledged entry
//	lock                 held by the one process that appends
//	audit-000002-17.torn what a power cut left of entry 17, set aside by Open
//
// A line is one JSON object without white space, its keys in this order:
//
//	{"seq":17,"time":"2026-11-22T16:04:05.123Z","entry":{"kind":"decision",...},
//	 "salt":"<hex>","commit":"<hex>","prev":"<hex>","hash":"<hex>"}
//
//	commit = SHA-256(salt "\n" entry "\n")     salt in hex and entry as they stand in the line
//	hash   = SHA-256("portcullis audit 1\n" seq "\n" time "\n" commit "\n" prev "\n")
//	prev   = hash of the entry before, also across files; 64 zeros for the first
//
// The chain runs over the commitment and not over the entry itself, so that
// the data of an entry can be taken out one day and the rest still be proved.
// The first entry names the log by a random id.
//
// # The order of writing
//
// [Log.Append] writes the line and syncs its file, then writes the head and
// syncs that; only then does it return. So the head lags behind the last line
// by at most one entry and never leads. With t the last whole entry, and h the
// entry that the head names:
//
//	t == h      all is well
//	t == h+1    stopped between line and head: the entry was never acknowledged; Open keeps it and says so
//	t < h       acknowledged entries are missing from the end
//	t > h+1     the head was put back, or entries were added past it
//
// What follows the last whole entry in the last file, when the head does not
// know it, is what a power cut leaves: [Open] sets it aside and says so in an
// entry of kind "recovered".
//
// # What the chain proves
//
// It proves that nobody changed, took out, moved or inserted an entry without
// rewriting everything after it, head included. It does not prove that nobody
// did just that: whoever can write the folder can compute every hash anew,
// replace the whole log by another, or remove it, for there is no key in it. That
// is noticed only by who remembers a [Head] elsewhere; send it along with what
// leaves the device. Nor does it prove that entries are true, that their times
// are right (the clock may have been wrong), or that nothing happened that was
// never appended.
package audit
