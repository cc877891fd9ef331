package protocol

// A Problem is an error of an interface, as RFC 9457 writes them.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// ProblemMedia is the media type of a Problem.
const ProblemMedia = "application/problem+json"

// The types of problems. They never change their meaning.
const (
	ProblemRequest  = "urn:portcullis:problem:bad-request"
	ProblemDenied   = "urn:portcullis:problem:not-allowed"
	ProblemCode     = "urn:portcullis:problem:code-not-valid"
	ProblemUnknown  = "urn:portcullis:problem:not-known"
	ProblemRange    = "urn:portcullis:problem:range-mismatch" // the part does not follow on what is there
	ProblemTooLarge = "urn:portcullis:problem:too-large"
	ProblemSpace    = "urn:portcullis:problem:no-space"
	ProblemBusy     = "urn:portcullis:problem:too-many-requests"
	ProblemErased   = "urn:portcullis:problem:erased"
	ProblemInternal = "urn:portcullis:problem:internal"
)
