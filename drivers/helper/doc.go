// Package helper runs the program of a maker that knows how to talk to a device
// of which only a library is given out, and reads and writes its pipes. So that
// library, with its crashes and leaks, stays outside, and goes when the link is closed.
// What the program says is the business of others.
//
//	standard input    what is written to the link
//	standard output   what is read from it
//	standard error    counted, and thrown away: it may hold what stood on a document
//
// The program is started without a shell, in / and in a session of its own, with a minimal environment and
// without core files. What it starts itself belongs to its process group, unless it leaves it, and
// ends with it: when it exits, when the link is closed, and, for the
// program alone, when we die. An exit is the end of the link, and the error names its
// status.
package helper
