// Package campaign runs rollouts: it keeps what package rollout decides, and has
// package push do it.
//
// A campaign is a folder, which one program at a time works on:
//
//	setup.json      the plan, and where devices and releases are; never changes
//	timestamp.json  of the repository when the campaign began: newer releases
//	                wait for a campaign of their own
//	journal.jsonl   every transition, one to a line, on the disk before it is acted on
//	order           what another program asks of the one that works: pause or abort
//	lock            held by the program that works on the campaign
//
// A program that is killed leaves a journal whose last line may be torn. That
// line was not acted on, and is dropped.
package campaign
