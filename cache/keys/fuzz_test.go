package keys

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
)

// FuzzParseEnvelope checks that what is read is what is written, and that
// nothing else is taken.
func FuzzParseEnvelope(f *testing.F) {
	whole, err := sealEnvelope(KindMachine, []byte(`{"salt": "AAAA", "identifiers": []}`), Secret{1}, Secret{2})
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range []envelope{whole, {Provider: KindTPM, Erased: true}, {}} {
		file, err := e.file()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
		_, body, _ := bytes.Cut(file, []byte("\n"))
		f.Add(body)
	}
	f.Add(bytes.Repeat([]byte{7}, Size))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parseEnvelope(data); err == nil && !bytes.HasPrefix(data, []byte(deviceHeader)) {
			t.Fatal("it takes a file that does not say what it is")
		}
		// With the right hash, what a body says decides.
		file := withHash(data)
		e, err := parseEnvelope(file)
		if err != nil {
			return
		}
		again, err := e.file()
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseEnvelope(again)
		if err != nil || f.Provider != e.Provider || f.Erased != e.Erased || !bytes.Equal(f.Sealed, e.Sealed) {
			t.Fatalf("it is read as another: %v", err)
		}
		if _, err := (TPM{Device: "none"}).Unseal(e.Params); err == nil {
			t.Fatal("a TPM that is not there has a key")
		}
	})
}

// withHash returns a device.key with that second line, and its hash before it.
func withHash(body []byte) []byte {
	return append(fmt.Appendf(nil, "%s %x\n", deviceHeader, sha256.Sum256(body)), body...)
}
