package protocol

import "time"

// The addresses of the central service.
const (
	EnrolPath     = "/v1/enrol"     // EnrolRequest -> Certificate, without a client certificate
	RenewPath     = "/v1/renew"     // RenewRequest -> Certificate
	HeartbeatPath = "/v1/heartbeat" // Status -> HeartbeatReply
	DonePath      = "/v1/done"      // OrderDone -> nothing
	SearchPath    = "/v1/search"    // SearchRequest -> SearchReply
	DetailsPath   = "/v1/details"   // DetailsRequest -> DetailsReply
)

// An EnrolRequest asks for a device's first certificate.
type EnrolRequest struct {
	Code    string `json:"code"`    // works once, and says which device it is for
	Request string `json:"request"` // PKCS #10 in PEM
}

// A RenewRequest asks for another certificate before the last one ends.
type RenewRequest struct {
	Request string `json:"request"` // PKCS #10 in PEM
}

// A Certificate is what a device shows others, and whom it believes.
type Certificate struct {
	Name        string    `json:"name"`        // of the device
	Certificate string    `json:"certificate"` // in PEM
	Authorities string    `json:"authorities"` // in PEM
	Renew       time.Time `json:"renew"`       // not to be waited with longer
}

// A Status is what a device says of itself, and a heartbeat.
type Status struct {
	Device   string    `json:"device"`
	Site     string    `json:"site,omitempty"`
	Lane     string    `json:"lane,omitempty"`
	Software string    `json:"software"`
	Address  string    `json:"address,omitempty"` // where its own interface listens, host:port
	Clock    time.Time `json:"clock"`             // what its clock says
	Started  time.Time `json:"started"`
	Ready    bool      `json:"ready"`  // it can clear documents
	Faults   []string  `json:"faults"` // codes of what keeps it from doing so, or may soon
	Lists    []Held    `json:"lists"`
	Checked  uint64    `json:"checked"` // documents decided on since it started
	Hits     uint64    `json:"hits"`    // alerts among these
	Erased   bool      `json:"erased,omitempty"`
}

// Held is a list as a device has it.
type Held struct {
	Name     string    `json:"name"`
	Release  uint64    `json:"release"` // 0 when there is none
	Root     string    `json:"root"`
	Records  uint64    `json:"records"`
	Issued   time.Time `json:"issued"`
	Checked  time.Time `json:"checked"` // when it was last known to be the newest
	State    string    `json:"state"`   // fresh, ageing, stale, missing or broken
	Update   string    `json:"update"`  // code of how updating goes
	Bad      int       `json:"bad"`     // parts that are marked as damaged
	Progress float64   `json:"progress,omitempty"`
}

// A HeartbeatReply says what central wants of a device.
type HeartbeatReply struct {
	Orders  []Order  `json:"orders"`
	Next    int      `json:"next"`              // seconds until the next heartbeat
	Revoked []string `json:"revoked,omitempty"` // serial numbers, in hexadecimal, of certificates of tools and of central that do not count any more
}

// An Order is something that a device is told to do.
type Order struct {
	ID   string    `json:"id"`
	Kind OrderKind `json:"kind"`
}

// OrderKind is what a device is told to do.
type OrderKind string

// The orders.
const (
	Erase OrderKind = "erase" // all lists and keys; it cannot be undone
	Sync  OrderKind = "sync"  // look for newer lists at once
)

// OrderDone says that a device did what it was told, or why it could not.
type OrderDone struct {
	ID      string `json:"id"`
	Problem string `json:"problem,omitempty"`
}
