// Package authority makes the certificates by which devices, fleet tools,
// queriers and the central service know each other, and revokes them. It does
// not decide who gets one: that is the caller's.
//
// An authority is a folder of three files:
//
//	root.key       its private key, PKCS #8 in PEM, which its owner alone can read
//	root.crt       its own certificate, in PEM, which everyone gets
//	journal.jsonl  one line of JSON for all that it ever did, only ever appended to
//
// A line of the journal is on the disk before what it tells of has an effect:
//
//	{"event":"issued","at":TIME,"role":"device","name":"gate-7","serial":HEX,"key":HEX,"until":TIME}
//	{"event":"revoked","at":TIME,"serial":HEX,"why":TEXT}
//	{"event":"barred","at":TIME,"role":"device","name":"gate-7","why":TEXT}
//	{"event":"readmitted","at":TIME,"role":"device","name":"gate-7"}
//
// A holder that is barred has no certificate that counts, and gets none. When it
// is readmitted it may get new ones; those from before stay revoked. Several
// processes may use one folder: each reads what others append before it relies
// on the journal, and a journal that cannot be read lets no one in.
//
// A certificate names role and holder in one URI ([protocol.Role.URI]), and
// nothing in it comes from a request but the public key. Checks do not ask the
// system's roots, and take the time from a function of the caller's, because
// clocks of devices may be wrong.
package authority
