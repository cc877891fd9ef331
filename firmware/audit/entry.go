package audit

import "time"

// An Entry is one thing that happened. Only Kind is required.
type Entry struct {
	Time     time.Time     `json:"-"`                  // when it happened; zero means now
	Kind     string        `json:"kind"`               // what it is, such as "decision"
	Log      string        `json:"log,omitempty"`      // id of this log; in its first entry only, set by Open
	Lane     string        `json:"lane,omitempty"`     // which lane
	Passage  uint64        `json:"passage,omitempty"`  // number of the passage at that lane
	Verdict  string        `json:"verdict,omitempty"`  // of a decision
	Reasons  []string      `json:"reasons,omitempty"`  // reason codes of a decision, leading one first
	Lists    []ListUse     `json:"lists,omitempty"`    // the lists that were asked
	Document string        `json:"document,omitempty"` // label of the document, as "P UTO"
	Subject  string        `json:"subject,omitempty"`  // keyed pseudonym of the document
	Outcome  string        `json:"outcome,omitempty"`  // what the officer found
	Officer  string        `json:"officer,omitempty"`  // who found it
	Detail   string        `json:"detail,omitempty"`   // further words; never a value from a document
	Elapsed  time.Duration `json:"elapsed_ns,omitempty"`
	Policy   string        `json:"policy,omitempty"`   // version of the policy; empty means that of Options
	Software string        `json:"software,omitempty"` // version of the program; empty means that of Options
}

// A ListUse says in what state a list was when it was asked.
type ListUse struct {
	Name    string `json:"name"`
	Release uint64 `json:"release"`
	Age     int64  `json:"age"` // seconds since it was last known to be the newest; -1 when not known
	State   string `json:"state"`
}

// A Record is an entry as it stands in the log.
type Record struct {
	Seq   uint64
	Entry Entry
	Prev  string // hash of the record before
	Hash  string
}
