// Package push brings a release of a list to one device, over its own interface
// with certificates on both sides (package protocol). It selects nothing and
// signs nothing: the device itself proves what it is brought.
//
//	status -> the files that are needed -> each: how much is there, and the rest by parts
//	       -> install, under an ID of the work -> its end -> status
//
// Each step can be done again: parts follow on what is there, an install is
// named by the work it is, and so a push that was cut goes on where it was.
package push
