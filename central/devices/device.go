package devices

import (
	"slices"
	"time"

	"portcullis/protocol"
)

// A Device is what is known of one. It is never changed: a change makes
// another.
type Device struct {
	Record
	Report
}

// A Record is what central decided on a device.
type Record struct {
	Name         string        `json:"name"`
	Site         string        `json:"site,omitempty"`
	Enrolled     time.Time     `json:"enrolled,omitzero"`
	Certificates []Certificate `json:"certificates,omitempty"` // the last few, the newest last
	Revoked      time.Time     `json:"revoked,omitzero"`
	Lost         bool          `json:"lost,omitempty"`
	Erased       time.Time     `json:"erased,omitzero"` // it said that it did
	Orders       []Given       `json:"orders,omitempty"`
}

// A Certificate is one that a device was given.
type Certificate struct {
	Serial string    `json:"serial"`
	Until  time.Time `json:"until"`
}

// Given is an order that waits until a device has done it.
type Given struct {
	protocol.Order
	At      time.Time `json:"at"`
	Problem string    `json:"problem,omitempty"` // why the device could not, last time
}

// A Report is what a device said last.
type Report struct {
	Heard  time.Time            `json:"heard,omitzero"` // zero: never
	Status protocol.Status      `json:"status"`
	Since  map[string]time.Time `json:"since,omitempty"` // it holds the release of a list that it holds
}

// maxCertificates are remembered of each device; the authority has all.
const maxCertificates = 4

// Last returns the newest certificate of a device.
func (d *Device) Last() Certificate {
	if len(d.Certificates) == 0 {
		return Certificate{}
	}
	return d.Certificates[len(d.Certificates)-1]
}

// HasErased reports whether a device said that it erased itself, and nothing
// else since.
func (d *Device) HasErased() bool {
	return !d.Heard.IsZero() && d.Status.Erased || !d.Erased.IsZero() && !d.Heard.After(d.Erased)
}

// pending returns the orders of a device as they are sent.
func (d *Device) pending() []protocol.Order {
	all := []protocol.Order{}
	for _, g := range d.Orders {
		all = append(all, g.Order)
	}
	return all
}

// clone returns a copy that may be changed.
func (d *Device) clone() *Device {
	c := *d
	c.Certificates, c.Orders = slices.Clone(d.Certificates), slices.Clone(d.Orders)
	return &c
}
