// Package protocol is what devices, the central service and fleet tools say to
// each other: JSON over HTTPS, with certificates on both sides but for
// enrolment. It holds messages, addresses and names, and does nothing. No
// message has a value from a document that was checked.
//
// Errors are RFC 9457 problems; their types are the constants that begin with
// Problem.
package protocol
