// Package gate drives a gate that is released by a relay and speaks through
// contacts: a turnstile, a barrier or a door with a controller of its own.
//
//	relay        closed for one short pulse: lets one traveller through
//	door_closed  active while the door or arm is shut
//	passed       active while a traveller passes
//	emergency    active while the hard-wired emergency release is pulled
//
// One release is one pulse. A controller stores every pulse as one more
// authorisation (evolve PG300 manual, page 17), so a pulse is never repeated,
// nor sent while an earlier release may still be used. A pulse always ends: by
// its time, by Lock, by Halt and by the end of Run; a relay that refuses to
// drop is told again until it does.
//
// Where the door stands is known from the contacts alone. A contact that is
// silent, lost or chattering makes the state unknown, and an unknown or open
// gate is not released. A gate without a door contact is always unknown; it can
// be released, and that is all that is ever known of it.
//
// A controller keeps its passage open for a time of its own, whatever the pulse
// (5 seconds in PERCo's TB-01, manual page 13). Lock ends a release here, and the
// pulse if it is still being sent; it cannot take back what the controller has
// already stored. Whoever passes then is reported as forced.
//
// The emergency release opens the gate by its own wires. It is mirrored here and
// never acted against: while it is pulled nothing is released.
//
// The package knows no pins. It imports nothing of ours but drivers.
package gate
