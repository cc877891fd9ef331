// Package station is what one lane does: [Station.Step] takes an event and the
// time, and returns the actions that follow, in the order in which they are to
// be done. It does nothing itself: it has no device, no clock and no goroutine,
// and knows no document but by a label and a pseudonym.
//
// A lane is ready, asks again, lets pass, refers, alerts, or is closed:
//
//	ready    a document may be presented
//	again    the last reading was garbled: the same traveller presents again
//	proceed  a traveller was cleared and may pass, until they passed or the time is over
//	referred an officer is asked, until they record an outcome or the hold is over
//	alert    an officer is called, until they record an outcome; no document is taken
//	closed   the reader, the gate or the log cannot be relied on
//
// # What holds
//
// The gate is released only for a decision that is Clear, once for each, only
// while the lane is not closed, and only after the decision was recorded in the
// same list of actions. A closed lane still says what the lists know of a
// document that is presented: an alert is an alert.
//
// # Doing the actions
//
// The actions of a step are done in order. Records stand before all others: when
// one cannot be made durable, everything after it must be dropped and
// [RecordFailed] given instead. Its actions close the lane and say anew what is
// to be shown, so they must be done, also the first time. Records that were lost
// that way are kept and come again once [RecordRestored] is given.
//
// A decision counts as a use of its document when its actions release the gate; a
// record of kind [NoPassage] takes that back.
//
// Words for signals, tones, messages and states are those of package drivers.
package station
