package protocol

import "time"

// The addresses of the central service for fleet tools. They need a certificate
// of the role Fleet.
const (
	// DevicesPath -> Inventory. ?name=, ?site=, ?list= and ?state= narrow it
	// down; ?limit= and ?after=NAME page through it, 1000 devices at most a page.
	DevicesPath = "/v1/devices"
	OrdersPath  = "/v1/orders" // OrderRequest -> Order
)

// An Inventory is what central knows of devices, in the order of their names,
// and so of the copies of lists that they hold.
type Inventory struct {
	Time    time.Time `json:"time"` // central's, which all ages are measured from
	Devices []Known   `json:"devices"`
	Next    string    `json:"next,omitempty"` // for ?after=, when there are more
}

// Known is what central knows of a device. The times are central's own, except
// those in Status.
type Known struct {
	Name        string    `json:"name"`
	Site        string    `json:"site,omitempty"`
	Enrolled    time.Time `json:"enrolled,omitzero"`
	Certificate string    `json:"certificate,omitempty"` // serial number of the last one
	Until       time.Time `json:"until,omitzero"`        // when that ends
	Revoked     time.Time `json:"revoked,omitzero"`
	Lost        bool      `json:"lost,omitempty"`
	Erased      time.Time `json:"erased,omitzero"`
	Heard       time.Time `json:"heard,omitzero"` // zero: never
	Standing    string    `json:"standing"`       // good, behind, faulty, silent, overdue, revoked or erased
	Copies      []Copy    `json:"copies"`
	Orders      []Order   `json:"orders,omitempty"` // not yet done
	Status      *Status   `json:"status,omitempty"` // as it said when last heard
}

// A Copy is a list that a device holds.
type Copy struct {
	List    string    `json:"list"`
	Release uint64    `json:"release"`
	Behind  uint64    `json:"behind"`           // releases, after the newest
	Since   time.Time `json:"since,omitzero"`   // when the device first said so
	Issued  time.Time `json:"issued,omitzero"`  // when the release was made
	Checked time.Time `json:"checked,omitzero"` // when it was last known to be the newest
	State   string    `json:"state"`            // held, overdue, revoked, erased or missing
}

// An OrderRequest tells central to give a device an order.
type OrderRequest struct {
	Device  string    `json:"device"`
	Kind    OrderKind `json:"kind"`
	Confirm string    `json:"confirm,omitempty"` // the device's name again, to erase
}
