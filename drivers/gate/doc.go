// Package gate drives a gate that is released by a relay and speaks through
// contacts: a turnstile, a barrier or a door with a controller of its own.
//
//	relay           closed: lets one traveller through
//	door_closed     active while the door or arm is shut
//	door_open       active while it is wide open
//	passed          active while a traveller passes
//	busy            active while the gate's controller is at work on a passage
//	alarm           active while the controller raises an alarm
//	out_of_service  active while the controller says that it does not work
//	emergency       active while the hard-wired emergency release is pulled
//	tamper          active while the cabinet or the loop is open
//
// # One grant, one command
//
// In [PulseMode] a release is one pulse; in [LevelMode] the relay is closed until
// the traveller begins to pass, or the time for that is over. PERCo's TTR-10A
// manual, page 16, asks for just that where one passage is wanted: the level is
// dropped at the start of PASS. A controller may store every pulse as one more
// authorisation (evolve PG300 manual, page 17), so none is repeated, nor sent
// while an earlier grant may still be used; a grant that was used once is refused.
// After a restart nothing is sent anew: who walks through on what the controller
// had stored before that is reported as forced. That grants do not begin anew
// either is for whoever gives them to see to.
//
// A command always ends: by its time, by Lock, by Halt, by the end of Run, and as
// soon as nothing may be released any more; a relay that refuses to drop is told
// again until it does. Times are those of this program's own clock: one that is
// put back does not make a command longer.
//
// # The state is what contacts say
//
// Where the door stands is known from the contacts alone. A contact that is
// silent, lost or chattering makes the state unknown, and so do contacts that
// contradict each other: a door that is shut and open, or neither for longer than
// it takes to move; a passage that does not end. An unknown gate is not released.
// A gate without door_closed is always unknown; it can be released, and that is
// all that is ever known of it.
//
// A contact that is supervised must be seen to move. One that a traveller passed
// without moving (door_closed, door_open, busy), or that did not move while the
// door was opened three times in a row (passed), is taken for stuck or cut, and
// the gate is unknown until the contact moves. The other contacts rest for years:
// what supervises those is that they are closed at rest, so that a cut wire reads
// as active. That is for whoever wires them to see to (package board does).
//
// A grant on which nobody passed in its time is no passage, and counted as
// unused. A controller keeps its passage open for a time of its own, whatever the
// pulse (5 seconds in PERCo's TB-01, manual page 13). Lock ends a release here;
// it cannot take back what the controller has already stored. Whoever passes then
// is reported as forced.
//
// # What stops releases
//
// The emergency release opens the gate by its own wires. It is mirrored here and
// never acted against: while it is pulled nothing is released. A tamper contact
// latches: nothing is released until an operator clears it, and a [Memory] keeps
// that over restarts.
//
// The package knows no pins. It imports nothing of ours but drivers.
package gate
