package protocol

import (
	"net/url"
	"regexp"
)

// A Role is what a certificate allows its holder.
type Role string

// The roles. A certificate names role and holder in one URI of its subject
// alternative names, such as portcullis://device/gate-7.
const (
	Device  Role = "device"  // reports to central, and takes orders
	Fleet   Role = "fleet"   // brings releases to devices and asks central of them
	Query   Role = "query"   // asks central whether a document is listed
	Central Role = "central" // is the central service
)

const scheme = "portcullis"

var holderName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`)

// ValidName reports whether a device, a tool or an authority may have this
// name: it stands in certificates, addresses and metrics.
func ValidName(name string) bool { return holderName.MatchString(name) }

// URI returns what names a holder in a certificate.
func (r Role) URI(name string) *url.URL {
	return &url.URL{Scheme: scheme, Host: string(r), Path: "/" + name}
}

// Holder returns role and name of the holder of a certificate with these URIs;
// ok is false when they do not name just one.
func Holder(uris []*url.URL) (r Role, name string, ok bool) {
	if len(uris) != 1 || uris[0].Scheme != scheme || len(uris[0].Path) < 2 {
		return "", "", false
	}
	r, name = Role(uris[0].Host), uris[0].Path[1:]
	switch r {
	case Device, Fleet, Query, Central:
		return r, name, ValidName(name)
	}
	return "", "", false
}
