package mrz

// Code names what a finding is about. Codes are stable: programs may act on
// them.
type Code string

// The codes of findings that make a zone neither valid nor readable.
const (
	BadCharacter    Code = "bad-character"
	WrongLength     Code = "wrong-length"
	WrongDigit      Code = "wrong-digit"
	DateNotDigits   Code = "date-not-digits"
	ImpossibleDate  Code = "impossible-date"
	BadSex          Code = "bad-sex"
	EmptyName       Code = "empty-name"
	MalformedNumber Code = "malformed-long-number"
	BadPersonal     Code = "malformed-personal-number"
)

// The codes of deviations: not as Doc 9303 has it, and known from documents in
// circulation.
const (
	SexX               Code = "sex-x"
	UnlistedState      Code = "unlisted-state"
	UnlistedCode       Code = "unlisted-document-code"
	DigitOverFiller    Code = "digit-over-filler"
	FillerAsZero       Code = "filler-for-zero"
	FilledExpiry       Code = "filled-expiry-date"
	HalfUnknownDate    Code = "half-unknown-date"
	EmptyNumber        Code = "empty-number"
	NumberLeading      Code = "number-leading-filler"
	UnterminatedNumber Code = "unterminated-long-number"
	NoPrimary          Code = "no-primary-identifier"
	NameLeading        Code = "name-leading-filler"
	NameSeparator      Code = "name-extra-separator"
	NameDigit          Code = "name-digit"
	ExcusedDigit       Code = "excused-digit"
	SupersededCode     Code = "superseded-document-code"
)

// The codes of notices.
const (
	NameTruncated     Code = "name-may-be-truncated"
	ExpiryBeforeBirth Code = "expiry-before-birth"
)

// rule is a Code as an index into rules.
type rule uint8

const (
	badCharacter rule = iota
	wrongLength
	wrongDigit
	dateNotDigits
	impossibleDate
	badSex
	emptyName
	malformedNumber
	badPersonal
	sexX
	unlistedState
	unlistedCode
	digitOverFiller
	fillerForZero
	filledExpiry
	halfUnknownDate
	emptyNumber
	numberLeading
	unterminatedNumber
	noPrimary
	nameLeading
	nameSeparator
	nameDigit
	excusedDigit
	supersededCode
	nameTruncated
	expiryBeforeBirth
)

var rules = [...]struct {
	code     Code
	severity Severity
	text     string
}{
	badCharacter:       {BadCharacter, Error, "the {field} holds a character outside A-Z, 0-9 and <"},
	wrongLength:        {WrongLength, Error, "a line is too short or too long for its layout"},
	wrongDigit:         {WrongDigit, Error, "the check digit of the {field} does not match"},
	dateNotDigits:      {DateNotDigits, Error, "the {field} holds a letter where digits belong"},
	impossibleDate:     {ImpossibleDate, Error, "the {field} is on no calendar"},
	badSex:             {BadSex, Error, "the sex is none of F, M and <"},
	emptyName:          {EmptyName, Error, "the name is empty"},
	malformedNumber:    {MalformedNumber, Error, "the document number goes on in the optional data, but not in the form for long numbers"},
	badPersonal:        {BadPersonal, Error, "the personal number and version are not digits with two fillers behind them"},
	sexX:               {SexX, Deviation, "the sex is X, which belongs in the visual zone only"},
	unlistedState:      {UnlistedState, Deviation, "the {field} has a code that Doc 9303 does not list"},
	unlistedCode:       {UnlistedCode, Deviation, "the document code is none that Doc 9303 has for this layout"},
	digitOverFiller:    {DigitOverFiller, Deviation, "the check digit of the long document number also counts the filler in its place, as editions before the eighth had it"},
	fillerForZero:      {FillerAsZero, Deviation, "the check digit of the {field} is a filler where 0 belongs"},
	filledExpiry:       {FilledExpiry, Deviation, "the date of expiry is unknown in whole or in part"},
	halfUnknownDate:    {HalfUnknownDate, Deviation, "the {field} has one digit where two belong"},
	emptyNumber:        {EmptyNumber, Deviation, "the document number is empty"},
	numberLeading:      {NumberLeading, Deviation, "the document number begins with a filler"},
	unterminatedNumber: {UnterminatedNumber, Deviation, "the long document number fills the optional data to its end, with no filler after it"},
	noPrimary:          {NoPrimary, Deviation, "the name has no primary identifier"},
	nameLeading:        {NameLeading, Deviation, "the name begins with a filler"},
	nameSeparator:      {NameSeparator, Deviation, "the name has a separator too many"},
	nameDigit:          {NameDigit, Deviation, "the name holds a digit"},
	excusedDigit:       {ExcusedDigit, Deviation, "the check digit of the {field} does not match, and a deviation list of the issuer says so"},
	supersededCode:     {SupersededCode, Deviation, "the document code is none that a document valid in 2038 or later may have"},
	nameTruncated:      {NameTruncated, Notice, "the name fills its field to the end and may be cut short"},
	expiryBeforeBirth:  {ExpiryBeforeBirth, Notice, "in the centuries that the day suggests, the date of expiry is not after that of birth"},
}
