// Package board says which line of which board is what, and opens the devices of
// a lane. It decides nothing: what a gate or a lamp does is in package drivers
// and below, what the lane does with them in firmware.
//
// A board is a file, compiled in (profiles/*.toml) or the operator's own. It
// names lines by their GPIO names, or by chip and number, and says how each is
// wired; docs/wiring.md draws those that are compiled in. A display, and what the
// board has beside its lines, are in it too.
//
// Relay and contacts are asked of the kernel itself, lamps and buzzer of
// periph.io: package gpio says why. Both take lines from the kernel's GPIO chips.
// periph.io would rather write the registers of a Raspberry Pi itself, which is
// faster and has three faults that matter here: nobody stops a second program from
// using the same line, a line that is an output stays one when the program dies,
// and two goroutines that change the direction of two lines may undo each other's
// change.
package board
