package protocol

// ResultCode is the outcome of a query, as INTERPOL's FIND numbers them. Zero
// is a hit and one is none; with every other nothing is known, and retrying
// helps after UnexpectedError and TimeOut alone.
type ResultCode int

// The result codes.
const (
	NoError         ResultCode = iota // found
	NoAnswer                          // not found
	InvalidSearch                     // the question is not one
	UnexpectedError                   // try again
	TooManyAnswers                    // ask more narrowly
	AccessDenied
	OtherError
	TimeOut // try again
)

// A SearchRequest asks whether a document is listed.
type SearchRequest struct {
	Number       string `json:"din"`                     // in any spelling
	IssuingState string `json:"country_of_registration"` // three letters, or D
	Type         string `json:"type_of_document"`        // P, I, V, O or a code such as PAS
	Max          int    `json:"nb_record,omitempty"`     // of answers; 0 is 10
	Reference    string `json:"reference,omitempty"`     // of whoever asks, for the log
}

// A SearchReply is the answer. Nothing but NoAnswer means that a document is
// not listed.
type SearchReply struct {
	Code      ResultCode `json:"result_code"`
	Text      string     `json:"result_text"`
	RequestID string     `json:"request_id"`
	Time      string     `json:"timestamp"` // RFC 3339
	Found     []Found    `json:"found"`
}

// Found is one record that answers a search.
type Found struct {
	ID           string `json:"item_id"`
	IssuingState string `json:"country_of_issuance_id"`
	Type         string `json:"type_id"`
	Status       string `json:"fraud_type"`
	Owner        string `json:"owner_office_id"`
}

// A DetailsRequest asks for the rest of a record.
type DetailsRequest struct {
	ID        string `json:"item_id"`
	Reference string `json:"reference,omitempty"`
}

// A DetailsReply is a record.
type DetailsReply struct {
	Code      ResultCode `json:"result_code"`
	Text      string     `json:"result_text"`
	RequestID string     `json:"request_id"`
	Time      string     `json:"timestamp"`
	Found     *Found     `json:"found,omitempty"`
	Date      string     `json:"date_of_theft,omitempty"`
	Country   string     `json:"country_of_theft,omitempty"`
	NationRef string     `json:"reference,omitempty"`
	Lot       string     `json:"stolen_batch_identifier,omitempty"`
	Expires   string     `json:"retention_date,omitempty"`
}
