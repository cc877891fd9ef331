// Package api is a device's own interface for tools of the fleet and for
// central: package protocol has its addresses and messages, openapi.json beside
// this file describes them, and the device serves that too. It is spoken over
// mutual TLS; whose certificate counts is the affair of the TLS configuration, and
// who may connect is decided here, by the role in the certificate.
//
// What is brought to a device lies in its inbox, a folder for each list, which
// is laid out as the repository is that it comes from:
//
//	inbox/sltd/timestamp.json
//	inbox/sltd/7.root.json
//	inbox/sltd/sltd/<file>
//	inbox/sltd/.parts/sltd+<file>.<size>    what has come so far of a file
//
// A file comes by parts, in order. A part may repeat what is there, if it is the
// same, so that a tool which does not know whether a part has arrived sends it
// again. A file is seen under its name only when it is whole; timestamp.json
// alone is ever replaced. Nothing here is trusted: whoever installs from the
// inbox checks it as it checks a server. The inbox outlives the process; the
// results of installs do not.
package api
