package firmware

import "path/filepath"

// Folder is an appliance's data folder. It holds everything that the appliance
// keeps, and no two appliances share one.
type Folder string

// Lists is where the document lists lie.
func (f Folder) Lists() string { return filepath.Join(string(f), "lists") }

// Keys is where the secrets lie: see package cache/keys.
func (f Folder) Keys() string { return filepath.Join(string(f), "keys") }

// Subjects is where the keys of pseudonyms lie, which live for two days.
func (f Folder) Subjects() string { return filepath.Join(f.Keys(), "subject") }

// Audit is where the log lies.
func (f Folder) Audit() string { return filepath.Join(string(f), "audit") }

// Trust is where that lies which was verified of publishers: see package
// cache/trust.
func (f Folder) Trust() string { return filepath.Join(string(f), "trust") }

// Spool is where releases lie while they are fetched.
func (f Folder) Spool() string { return filepath.Join(string(f), "spool") }

// Inbox is where lists lie that tools of the fleet have brought.
func (f Folder) Inbox() string { return filepath.Join(string(f), "inbox") }

// Orders is what central has ordered, and how far that has come.
func (f Folder) Orders() string { return filepath.Join(string(f), "orders.json") }

// Tamper is where it stands that the gate was tampered with.
func (f Folder) Tamper() TamperFile { return TamperFile(filepath.Join(string(f), "tampered")) }

// Socket is where a running appliance answers the other commands.
func (f Folder) Socket() string { return filepath.Join(string(f), "control.sock") }

// Runs is where runs are counted that ended early: see package health.
func (f Folder) Runs() string { return filepath.Join(string(f), "runs.json") }
