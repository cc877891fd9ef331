// Package journal keeps the log of consultations: who asked whether a document
// is listed, when, under which reference, and what the answer was (Directive
// (EU) 2016/680 article 25). It is append-only, chained by hashes, and on the
// disk before an answer goes out. It holds no document number: a [Key] makes a
// pseudonym of each, so that who has the key and a number finds all
// consultations of it, and who has the log alone finds none.
//
// # The folder
//
//	consultations-000001-2026-11-26.jsonl   entries, one a line
//	consultations-000002-2026-11-27.jsonl   a new file every day (UTC), and when one is full
//	head                                    the last entry that was acknowledged
//	lock                                    held by the one process that appends
//	consultations-000002-9.torn             what a power cut left behind entry 9, set aside by Open
//
// A line is one JSON object without white space:
//
//	{"seq":17,"time":"2026-11-26T16:04:05.123Z","entry":{"kind":"search",...},"prev":"<hex>","hash":"<hex>"}
//
//	hash = SHA-256("portcullis consultations 1\n" seq "\n" time "\n" prev "\n" entry "\n")
//	prev = hash of the entry before, also across files; 64 zeros for the first
//
// The head has two slots of 512 bytes, written in turn, of which the higher
// one that is whole counts:
//
//	seq " " hash " " hex(HMAC-SHA-256(key, "head\n" seq "\n" hash "\n")) "\n"
//
// # The order of writing
//
// Entries that come while others are being written wait, and are then written
// and synced together. The lines come first and the head after them; only then
// are they acknowledged. So entries that stand behind the head were never
// acknowledged, and one that the head names and that is not there was lost.
//
// # What it proves
//
// That nobody changed, took out, moved or inserted an entry, or cut the log
// short, unless he has the key or put back a copy of the whole folder as it once
// was. The latter is noticed by who remembers a head elsewhere. Files at the beginning may be
// removed when their time is over: [Verify] says with which entry the log
// begins. An entry proves what was decided, not that the answer arrived.
package journal
