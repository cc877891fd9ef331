// Package registry takes in the records of a document list as the outside
// writes them, checks them by INTERPOL's record rules for the SLTD, keeps them,
// and turns them into what a list carries. It does not publish.
//
// A record that breaks a rule is left out and named by source, line, field and
// rule: never by its number, which is a secret of the list.
//
// [Check] and [Import] work on records in memory. A [Registry] keeps those of
// one list in a [Store]: in a folder (package embedded) or in PostgreSQL
// (package postgres). Its operations have the meaning, and its refusals the
// names, of INTERPOL's service for managing SLTD records: create, update,
// withdraw, retrieve, change of the retention date, statistics, records that
// come up for expiry, and the full load from StartInit to FinalizeInit.
//
// A store has ordered tables of bytes, and all rules are written once, here:
//
//	live      digest (8) class (1) issuer  ->  record; see stored.encode
//	staged    the same, of full loads that are not final
//	journal   cursor (8)  ->  for each record that a transaction changed: its
//	          key, and what the list carried before
//	hints     day (4) cursor (8)  ->  keys of records that were to end that day
//	counts    owner class (1) status (1)  ->  how many (8)
//	jobs      import  ->  how far it is, as JSON
//	rejected  import file (4) offset (8)  ->  rules that lines broke, JSON Lines
//	meta      "head", "load/" and the owner  ->  JSON
//	          "withdrawn/", owner of a load, "/", key of a record  ->  its owner
//
// Each transaction that changes live records takes the next cursor. What
// changed since a cursor is the difference between what the journal tells of
// each record first and what there is now, so that a publisher reads what
// changed and no more. Numbers stay in the registry, because a list that gets
// another key is made of them: whoever reads the store reads them.
package registry
