package query

import (
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/BurntSushi/toml"

	"portcullis/cache/list"
	"portcullis/protocol"
)

// A Caller is who asks.
type Caller struct {
	Role protocol.Role
	Name string
}

// String returns the caller as scopes name him, such as query/customs.
func (c Caller) String() string { return string(c.Role) + "/" + c.Name }

// FromCertificate returns the holder of the certificate that the TLS
// connection has verified.
func FromCertificate(r *http.Request) (Caller, bool) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.PeerCertificates) == 0 {
		return Caller{}, false
	}
	role, name, ok := protocol.Holder(r.TLS.PeerCertificates[0].URIs)
	return Caller{role, name}, ok
}

// A Scope is what a caller may ask of. The zero value is nothing.
type Scope struct {
	Lists   []string
	Classes []list.Class
}

func (s Scope) covers(class list.Class) bool {
	return len(s.Lists) > 0 && slices.Contains(s.Classes, class)
}

// Scopes are the scopes of callers, by what [Caller.String] returns; one under
// query/* or device/* is that of all who have none of their own. Other roles
// than these two ask nothing.
type Scopes map[string]Scope

func (s Scopes) of(c Caller) Scope {
	if c.Role != protocol.Query && c.Role != protocol.Device {
		return Scope{}
	}
	if own, ok := s[c.String()]; ok {
		return own
	}
	return s[string(c.Role)+"/*"]
}

// ReadScopes reads scopes from TOML:
//
//	[scope."query/customs"]
//	lists = ["sltd"]
//	classes = ["P", "I"]
func ReadScopes(r io.Reader) (Scopes, error) {
	var file struct {
		Scope map[string]struct{ Lists, Classes []string }
	}
	meta, err := toml.NewDecoder(r).Decode(&file)
	if err != nil {
		return nil, fmt.Errorf("read scopes: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("read scopes: %s: no such setting", unknown[0])
	}
	scopes := Scopes{}
	for caller, texts := range file.Scope {
		if !validCaller(caller) {
			return nil, fmt.Errorf("read scopes: %q is no caller: use query/NAME, device/NAME, query/* or device/*", caller)
		}
		scope := Scope{Lists: texts.Lists}
		for _, letter := range texts.Classes {
			class, err := list.ParseClass(letter)
			if err != nil {
				return nil, fmt.Errorf("read scopes: %s: %w", caller, err)
			}
			scope.Classes = append(scope.Classes, class)
		}
		scopes[caller] = scope
	}
	return scopes, nil
}

func validCaller(s string) bool {
	for _, role := range []protocol.Role{protocol.Query, protocol.Device} {
		prefix := string(role) + "/"
		if len(s) > len(prefix) && s[:len(prefix)] == prefix {
			name := s[len(prefix):]
			return name == "*" || protocol.ValidName(name)
		}
	}
	return false
}
