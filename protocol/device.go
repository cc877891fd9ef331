package protocol

import "time"

// The addresses of a device. All need a certificate of the role Fleet, or of
// Central.
const (
	StatusPath = "/v1/status" // -> Status
	// FilesPath takes a file of a repository by parts: PUT with Content-Range,
	// GET -> Part for how much is there, and DELETE to begin anew. {name} is the file's name in the
	// repository, whose lists are one level deep.
	FilesPath = "/v1/lists/{list}/files/{name...}"
	// InboxPath clears, by DELETE, all that was put there and is not used yet.
	InboxPath = "/v1/lists/{list}/files"
	// InstallsPath takes InstallRequest -> Install: it brings a list up to
	// date with what was put there.
	InstallsPath = "/v1/lists/{list}/installs"
	InstallPath  = "/v1/lists/{list}/installs/{id}" // -> Install; ?wait=SECONDS waits for its end
	ErasePath    = "/v1/erase"                      // Order -> nothing
	OpenAPIPath  = "/openapi.json"                  // -> these addresses, for programs
)

// A Part is how much of a file a device has.
type Part struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // of the whole file; -1 when nothing is there
	Have int64  `json:"have"`
}

// An InstallRequest asks a device to use what was brought to it. The same ID
// names the same work, however often it is asked for.
type InstallRequest struct {
	ID     string `json:"id"`
	DryRun bool   `json:"dry_run,omitempty"` // say what would be fetched
	Pull   bool   `json:"pull,omitempty"`    // from the device's own source instead
}

// An Install is the updating of a list that was asked for.
type Install struct {
	ID       string    `json:"id"`
	List     string    `json:"list"`
	Done     bool      `json:"done"`
	Code     string    `json:"code"` // how it ended: current, or what went wrong
	Text     string    `json:"text"`
	Detail   string    `json:"detail,omitempty"`
	From     uint64    `json:"from"` // release
	To       uint64    `json:"to"`   // release that is held now
	Bytes    int64     `json:"bytes"`
	Began    time.Time `json:"began"`
	Ended    time.Time `json:"ended"`
	Progress float64   `json:"progress"` // 0 to 1
}
