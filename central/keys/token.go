package keys

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

const tokenScheme = "pkcs11:"

// A tokenURI says where a key is in a token, as RFC 7512 writes it:
//
//	pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE
//
// A PIN itself (pin-value) is refused: others see what a command is given.
type tokenURI struct {
	token, object, module, pinFile string
}

func parseToken(text string) (tokenURI, error) {
	path, query, _ := strings.Cut(strings.TrimPrefix(text, tokenScheme), "?")
	var t tokenURI
	fields := map[string]*string{"token": &t.token, "object": &t.object, "module-path": &t.module, "pin-source": &t.pinFile}
	for _, part := range append(strings.Split(path, ";"), strings.Split(query, "&")...) {
		name, value, _ := strings.Cut(part, "=")
		field, ok := fields[name]
		if !ok {
			return t, fmt.Errorf("keys: read token URI: %q is none of token, object, module-path, pin-source", name)
		}
		decoded, err := url.PathUnescape(value)
		if err != nil {
			return t, fmt.Errorf("keys: read token URI: the value of %s is not well escaped", name)
		}
		*field = decoded
	}
	t.pinFile = strings.TrimPrefix(t.pinFile, "file:")
	if t.token == "" || t.object == "" || t.module == "" || t.pinFile == "" {
		return t, errors.New("keys: read token URI: it needs token, object, module-path and pin-source")
	}
	return t, nil
}

// pin reads the PIN, from a file that others cannot read.
func (t tokenURI) pin() (string, error) {
	info, err := os.Stat(t.pinFile)
	if err != nil {
		return "", fmt.Errorf("keys: read PIN: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("keys: read PIN: %s: others can read it: chmod it to 600", t.pinFile)
	}
	data, err := os.ReadFile(t.pinFile)
	if err != nil {
		return "", fmt.Errorf("keys: read PIN: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}
