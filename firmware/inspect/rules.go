package inspect

import "slices"

// Code names a rule. Codes are stable: logs and programs act on them.
type Code string

// The codes of the rules, in the order of the table below.
const (
	Undecided         Code = "undecided"
	NoZone            Code = "no-zone"
	ZoneMalformed     Code = "zone-malformed"
	CheckFailed       Code = "check-failed"
	CheckUndetermined Code = "check-undetermined"
	NumberMissing     Code = "number-missing"
	Unreadable        Code = "unreadable"
	TypedOnly         Code = "typed"

	Expired        Code = "expired"
	ExpiryUnknown  Code = "expiry-unknown"
	IssuerUnknown  Code = "issuer-unknown"
	IssuerSpecimen Code = "issuer-specimen"
	TypeUnknown    Code = "type-unknown"
	NationalLayout Code = "national-layout"

	Stolen      Code = "stolen"
	StolenBlank Code = "stolen-blank"
	Lost        Code = "lost"
	LostLifted  Code = "lost-lifted"
	Revoked     Code = "revoked"
	Invalid     Code = "invalid"
	Listed      Code = "listed"

	PersonRed    Code = "person-red"
	PersonUN     Code = "person-un"
	PersonBlue   Code = "person-blue"
	PersonGreen  Code = "person-green"
	PersonYellow Code = "person-yellow"
	PersonNotice Code = "person-notice"

	DocumentUnsure     Code = "document-unsure"
	DocumentOtherClass Code = "document-other-class"
	DocumentLookAlike  Code = "document-look-alike"
	PersonUnsure       Code = "person-unsure"
	PersonOtherClass   Code = "person-other-class"
	PersonLookAlike    Code = "person-look-alike"

	MultipleUse Code = "multiple-use"

	NoLookUp     Code = "no-look-up"
	ListMissing  Code = "list-missing"
	ListBroken   Code = "list-broken"
	ListStale    Code = "list-stale"
	ClockUnset   Code = "clock-unset"
	ClockBehind  Code = "clock-behind"
	LogFull      Code = "log-full"
	LogFailed    Code = "log-failed"
	Tamper       Code = "tamper"
	DeviceFault  Code = "device-fault"
	ReaderGone   Code = "reader-gone"
	GateUnknown  Code = "gate-unknown"
	GateNotShut  Code = "gate-not-shut"
	GateHeldOpen Code = "gate-held-open"
	GateForced   Code = "gate-forced"
	GateTailgate Code = "gate-tailgate"
	GatePulled   Code = "gate-emergency"
	GateOut      Code = "gate-out-of-service"
	ExtraPassage Code = "extra-passage"
	LaneBusy     Code = "lane-busy"

	NothingFound Code = "clear"
)

// A rule is what follows when its condition holds: the verdict, what the
// officer is told, and what the officer is to do next.
type rule struct {
	code    Code
	kind    Kind
	verdict Verdict
	words   string
	drill   []string
}

// ruleOf returns the rule of a code; a code that is none is a fault of the
// device, and refers.
func ruleOf(c Code) rule {
	if i := place(c); i < len(rules) {
		return rules[i]
	}
	return rules[place(DeviceFault)]
}

// place is where a rule stands in the table.
func place(c Code) int {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.code == c })
	if i < 0 {
		return len(rules)
	}
	return i
}

// Codes returns the code of every rule in the order of the table.
func Codes() []Code {
	codes := make([]Code, len(rules))
	for i, r := range rules {
		codes[i] = r.code
	}
	return codes
}

// The table. Its order is the order of reasons in a decision.
var rules = []rule{
	{Undecided, System, Refer, "Nothing was decided on this document.", askDesk},

	// 1. The zone was not parsed, or a check digit did not pass.
	{NoZone, Read, Refer, "What was read is no machine readable zone.", readAgain},
	{ZoneMalformed, Read, Refer, "The machine readable zone has an error.", readAgain},
	{CheckFailed, Read, Refer, "A check digit does not fit.", readAgain},
	{CheckUndetermined, Read, Refer, "A check digit could not be checked.", readAgain},
	{NumberMissing, Read, Refer, "The zone has no document number.", readAgain},
	{Unreadable, Read, Refer, "The document could not be read.", readAgain},
	{TypedOnly, System, Clear, "The number was typed: only the lists were asked.", []string{
		"Inspect the document by hand: photograph, dates, pages.",
		"Compare what was typed with the document once more."}},

	// 2. The document has expired, or is of an unknown kind.
	{Expired, Document, Refer, "The document has expired.", inspectByHand},
	{ExpiryUnknown, Document, Refer, "The date of expiry is not known.", inspectByHand},
	{IssuerUnknown, Document, Refer, "The issuing State is not known.", inspectByHand},
	{IssuerSpecimen, Document, Refer, "This is a specimen, not a travel document.", inspectByHand},
	{TypeUnknown, Document, Refer, "The type of the document is not known.", inspectByHand},
	{NationalLayout, Document, Refer, "The document is a national one that is not laid out as a travel document.", inspectByHand},

	// 3. The number, issuer and class stand on a list as stolen.
	{Stolen, Document, Alert, "Listed as stolen.", documentAlert},
	{StolenBlank, Document, Alert, "Listed as stolen before it was issued (blank).", documentAlert},

	// 4. They stand there as something else.
	{Lost, Document, Refer, "Listed as lost.", documentListed},
	{LostLifted, Document, Clear, "Listed as lost; policy lets lost documents pass.", documentListed},
	{Revoked, Document, Refer, "Listed as revoked.", documentListed},
	{Invalid, Document, Refer, "Listed as invalid.", documentListed},
	{Listed, Document, Refer, "Listed without a status that is known here.", documentListed},

	// 5. The document is valid; a notice concerns its holder.
	{PersonRed, Person, Alert, "The holder is sought: red notice.", personAlert},
	{PersonUN, Person, Alert, "The holder is under United Nations sanctions: special notice.", personAlert},
	{PersonBlue, Person, Refer, "Information is sought on the holder: blue notice.", personDiscreet},
	{PersonGreen, Person, Refer, "There is a warning about the holder: green notice.", personDiscreet},
	{PersonYellow, Person, Refer, "The holder is reported missing: yellow notice.", personSafeguard},
	{PersonNotice, Person, Refer, "A notice concerns the holder.", personListed},

	// 6. A match that is not certain.
	{DocumentUnsure, Document, Refer, "Listed, but the number was read badly: verify.", documentVerify},
	{DocumentOtherClass, Document, Refer, "The same number is listed for another type of document: verify.", documentVerify},
	{DocumentLookAlike, Document, Refer, "A number that looks like this one is listed: verify.", documentVerify},
	{PersonUnsure, Person, Refer, "A notice may concern the holder, but the number was read badly: verify.", personVerify},
	{PersonOtherClass, Person, Refer, "A notice is tied to the same number of another type of document: verify.", personVerify},
	{PersonLookAlike, Person, Refer, "A notice is tied to a number that looks like this one: verify.", personVerify},

	// 7. The document was used just now.
	{MultipleUse, Document, Refer, "This document was used just now.", []string{
		"Compare the traveller with the photograph.",
		"Look for a second traveller with the same document.",
		"Record what you found."}},

	// 8. The lists, the device or the lane cannot vouch for a Clear.
	{NoLookUp, System, Refer, "The lists were not asked.", askDesk},
	{ListMissing, System, Refer, "A list is missing.", askDesk},
	{ListBroken, System, Refer, "A list cannot be trusted.", askDesk},
	{ListStale, System, Refer, "A list is too old.", askDesk},
	{ClockUnset, System, Refer, "The clock is not set.", askDesk},
	{ClockBehind, System, Refer, "The clock is behind the lists.", askDesk},
	{LogFull, System, Refer, "There is no room left for the log.", callTechnician},
	{LogFailed, System, Refer, "The log cannot be written.", callTechnician},
	{Tamper, System, Refer, "The device was opened.", callTechnician},
	{DeviceFault, System, Refer, "The device has a fault.", callTechnician},
	{ReaderGone, System, Refer, "The reader is not connected.", callTechnician},
	{GateUnknown, System, Refer, "It is not known whether the gate is shut.", lookAtGate},
	{GateNotShut, System, Refer, "The gate is not shut.", lookAtGate},
	{GateHeldOpen, System, Refer, "The gate is held open.", []string{
		"Look at the gate, and have it cleared so that it can shut.",
		"Stop whoever passed without a check.",
		"Record what you found."}},
	{GateForced, System, Refer, "The gate was forced, or raises an alarm.", lookAtGate},
	{GateTailgate, System, Refer, "A second traveller passed with the first.", lookAtGate},
	{GatePulled, System, Refer, "The emergency release is pulled: the gate is open.", []string{
		"Look after the people first: the gate lets everybody out.",
		"Check travellers at the desk until the release is reset and the gate is shut."}},
	{GateOut, System, Refer, "The gate is out of service.", callTechnician},
	{ExtraPassage, System, Refer, "Somebody passed without a release.", lookAtGate},
	{LaneBusy, System, Refer, "The document came while another one was being dealt with.", []string{
		"Finish with the first traveller.",
		"Then have this document presented again."}},

	// 9. Nothing else.
	{NothingFound, Document, Clear, "Nothing speaks against this document.", []string{"Let the traveller pass."}},
}
