package inspect

// The drills: what an officer does next. But for the recording at the end, those
// on a document and those on a person share no line: in the first case the
// document is in question and in the second it is valid. A match is a report, and
// not proof: every drill on a match ends with finding out and recording.

var (
	readAgain = []string{
		"Take the cover off, lay the data page flat, press it down.",
		"Have it read once more.",
		"If it still fails, look the number up by hand and inspect the document.",
	}
	inspectByHand = []string{
		"Inspect the document by hand.",
		"Decide under your entry rules.",
		"Record what you found.",
	}
	askDesk = []string{
		"Check the document by your own means: this device cannot vouch for it.",
		"If this goes on, close the lane and tell the technician.",
	}
	callTechnician = []string{
		"Check travellers at the desk: the lane is closed.",
		"Tell the technician.",
	}
	lookAtGate = []string{
		"Look at the gate, and at who is near it.",
		"Stop whoever passed without a check.",
		"Record what you found.",
	}
)

// The document is in question.
var (
	documentAlert = []string{
		"Keep the lane shut and take the document to the desk.",
		"Compare number, issuing State and type with the list.",
		"Have the report confirmed by the National Central Bureau: the holder may be the rightful one.",
		"Record what you found.",
	}
	documentListed = []string{
		"Compare number, issuing State and type with the list.",
		"Ask the holder: a document may be found again after it was reported.",
		"Have the report confirmed before you decide.",
		"Record what you found.",
	}
	documentVerify = []string{
		"Compare the number in the document with what was read, character by character.",
		"Look the right number up by hand.",
		"Record what you found.",
	}
)

// The document is valid, and the person is of interest.
var (
	personAlert = []string{
		"Call a second officer before you speak to the traveller.",
		"Establish who the traveller is.",
		"Have the notice confirmed by the National Central Bureau: it is a request, not a warrant.",
		"Record what you found.",
	}
	personDiscreet = []string{
		"Be discreet: do not let the traveller know of the notice.",
		"Do what you would do at any referral.",
		"Report time, place and document to the National Central Bureau.",
		"Record what you found.",
	}
	personSafeguard = []string{
		"Look after the traveller, and speak where nobody listens.",
		"Establish who the traveller is, and who travels along.",
		"Tell the National Central Bureau at once.",
		"Record what you found.",
	}
	personListed = []string{
		"Be discreet, and call a second officer.",
		"Ask the National Central Bureau what the notice says.",
		"Record what you found.",
	}
	personVerify = []string{
		"Be discreet: the notice may concern somebody else.",
		"Compare the number in the document with what was read, and look the right one up by hand.",
		"Record what you found.",
	}
)
