// Package console serves the pages of one lane from the device itself: the
// officer's, which tells the verdict, its reason and what to do next, and the
// traveller's, which tells where to go and never why.
//
// Both pages are handed whole values over server-sent events. Whoever owns
// the lane makes a [View] and calls [Server.Publish]; each page draws what it
// was last given, and greys it when the device falls silent. The one thing
// that comes back is the outcome that an officer records.
//
//	GET  /                               officer's page
//	GET  /traveller                      traveller's page
//	GET  /events                         the View, as server-sent events
//	GET  /traveller/events               the traveller's message, likewise
//	POST /api/v1/passages/{id}/outcome   {"outcome":"code"}
//	GET  /metrics /healthz /readyz
//
// A stream looks like this on the wire: the whole value at once and at each
// change, and a beat in between. The beat is an event and no comment, because
// a page cannot see comments, and must notice within seconds that the device
// has fallen silent:
//
//	id: 7
//	event: view
//	data: {"site":"Port of Utopia","lane":"3", ...}
//
//	event: beat
//	data: {"now":"2026-03-01T09:30:12Z","stalled":false}
//
// The package decides nothing, drives no device and knows no document: a View
// has no field for a number, a name or a birth date. It imports nothing of
// ours. It has no accounts either, so its listener belongs on loopback or on
// the lane's own network.
package console
