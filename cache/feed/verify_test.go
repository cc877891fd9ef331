package feed_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// payloadType is what the signature is bound to: part of the format.
const payloadType = "application/vnd.portcullis.release+json"

// seal is the publisher's half of an envelope around any payload, written down
// apart from the package: DSSE protocol.md, version 1.
func seal(payloadType string, payload []byte, key ed25519.PrivateKey) []byte {
	return sealAs(payloadType, payload, key, feed.KeyID(key.Public().(ed25519.PublicKey)))
}

func sealAs(payloadType string, payload []byte, key ed25519.PrivateKey, id string) []byte {
	message := fmt.Sprintf("DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `{"payloadType":%q,"payload":%q,"signatures":[{"keyid":%q,"sig":%q}]}`,
		payloadType, b64(payload), id, b64(ed25519.Sign(key, []byte(message))))
}

// good is the payload of a release that nothing is wrong with.
func good(t testing.TB) []byte {
	t.Helper()
	m := manifest(map[feed.Kind][]byte{feed.Snapshot: []byte("s"), feed.Delta: []byte("d")})
	m.Format = feed.ManifestFormat
	payload, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestVerifyGivesBackWhatWasSigned(t *testing.T) {
	want := manifest(map[feed.Kind][]byte{feed.Snapshot: []byte("s"), feed.Delta: []byte("d")})
	v := verify(t, want)
	want.Format = feed.ManifestFormat
	if diff := cmp.Diff(want, v.Manifest()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := v.Manifest().Position(); got != (feed.Position{Sequence: 5, Root: list.Hash{5}}) {
		t.Errorf("position %v", got)
	}
}

// The signature must be one that any other DSSE implementation makes.
func TestSignatureIsTakenOverThePreAuthEncoding(t *testing.T) {
	if _, err := feed.Verify(seal(payloadType, good(t), signer), trust, feed.Position{}); err != nil {
		t.Errorf("an envelope made by the book: %v", err)
	}
	var envelope struct {
		PayloadType string
		Payload     []byte
		Signatures  []struct {
			KeyID string
			Sig   []byte
		}
	}
	if err := json.Unmarshal(sign(t, manifest(nil)), &envelope); err != nil {
		t.Fatal(err)
	}
	message := fmt.Sprintf("DSSEv1 39 application/vnd.portcullis.release+json %d %s", len(envelope.Payload), envelope.Payload)
	if envelope.PayloadType != payloadType || len(envelope.Signatures) != 1 ||
		!ed25519.Verify(trust.Keys[0], []byte(message), envelope.Signatures[0].Sig) {
		t.Errorf("the envelope %+v is not signed by the book", envelope)
	}
}

// A signed release is read by devices of other versions, and the same inputs
// give the same bytes.
func TestEnvelopeStaysAsItIs(t *testing.T) {
	want, err := os.ReadFile("testdata/envelope.json")
	if err != nil {
		t.Fatal(err)
	}
	m := manifest(map[feed.Kind][]byte{feed.Snapshot: []byte("s"), feed.Delta: []byte("d")})
	m.Issued = issued.Add(300 * time.Millisecond).In(time.FixedZone("", 7200))
	if got := sign(t, m); !bytes.Equal(got, bytes.TrimSpace(want)) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := feed.Verify(want, trust, feed.Position{}); err != nil {
		t.Error(err)
	}
}

func TestEnvelopesThatAreNoneAreRefused(t *testing.T) {
	payload := good(t)
	whole := seal(payloadType, payload, signer)
	for name, data := range map[string][]byte{
		"nothing":          nil,
		"half":             whole[:len(whole)/2],
		"a list":           []byte("[]"),
		"a page":           []byte("<html>Please log in to the airport's Wi-Fi</html>"),
		"no payload":       []byte(`{}`),
		"two in one":       append(bytes.Clone(whole), whole...),
		"another type":     seal("application/json", payload, signer),
		"payload no JSON":  seal(payloadType, []byte("release 5"), signer),
		"payload a number": seal(payloadType, []byte("5"), signer),
		"empty payload":    seal(payloadType, nil, signer),
		"oversize":         append(bytes.Clone(whole), bytes.Repeat([]byte(" "), feed.MaxEnvelope)...),
	} {
		if _, err := feed.Verify(data, trust, feed.Position{}); !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrMalformed)
		}
	}
	if _, err := feed.Verify(append(whole, bytes.Repeat([]byte(" "), feed.MaxEnvelope-len(whole))...), trust, feed.Position{}); err != nil {
		t.Errorf("just the greatest size: %v", err)
	}
}

func TestManifestsThatMakeNoSenseAreRefusedWhoeverSigned(t *testing.T) {
	for name, change := range map[string]func(*feed.Manifest){
		"no list":           func(m *feed.Manifest) { m.List = "" },
		"list with a path":  func(m *feed.Manifest) { m.List = "../sltd" },
		"sequence 0":        func(m *feed.Manifest) { m.Sequence = 0 },
		"no time":           func(m *feed.Manifest) { m.Issued = time.Time{} },
		"stands on itself":  func(m *feed.Manifest) { m.Base.Sequence = m.Sequence },
		"stands on later":   func(m *feed.Manifest) { m.Base.Sequence = m.Sequence + 1 },
		"too many shards":   func(m *feed.Manifest) { m.Params.ShardBits = list.MaxShardBits + 1 },
		"negative shards":   func(m *feed.Manifest) { m.Params.ShardBits = -1 },
		"codes twice":       func(m *feed.Manifest) { m.Params.Codes = []string{"UTO", "UTO"} },
		"file outside":      func(m *feed.Manifest) { m.Files[0].Name = "../latest.json" },
		"file absolute":     func(m *feed.Manifest) { m.Files[0].Name = "/etc/passwd" },
		"hidden file":       func(m *feed.Manifest) { m.Files[0].Name = ".part" },
		"file elsewhere":    func(m *feed.Manifest) { m.Files[0].Name = "https://example.org/x" },
		"file without size": func(m *feed.Manifest) { m.Files[1].Size = 0 },
		"negative size":     func(m *feed.Manifest) { m.Files[1].Size = -1 },
		"file without hash": func(m *feed.Manifest) { m.Files[1].SHA256 = "" },
		"hash in capitals":  func(m *feed.Manifest) { m.Files[1].SHA256 = strings.ToUpper(m.Files[1].SHA256) },
		"older format":      func(m *feed.Manifest) { m.Format = 0 },
	} {
		m := manifest(map[feed.Kind][]byte{feed.Snapshot: []byte("s"), feed.Delta: []byte("d")})
		m.Format = feed.ManifestFormat
		change(&m)
		payload, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := feed.Verify(seal(payloadType, payload, signer), feed.Trust{List: m.List, Keys: trust.Keys}, feed.Position{}); !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrMalformed)
		}
		if _, err := feed.Sign(m, signer); err == nil && name != "older format" {
			t.Errorf("%s: was signed", name)
		}
	}
}

func TestEnvelopesOfOtherKeysAreRefused(t *testing.T) {
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	payload := good(t)
	whole := seal(payloadType, payload, signer)
	altered := bytes.Replace(payload, []byte(`"sequence":5`), []byte(`"sequence":6`), 1)
	for name, c := range map[string]struct {
		data []byte
		keys []ed25519.PublicKey
	}{
		"other key":             {seal(payloadType, payload, other), trust.Keys},
		"other key, our id":     {sealAs(payloadType, payload, other, feed.KeyID(trust.Keys[0])), trust.Keys},
		"our key, other id":     {sealAs(payloadType, payload, signer, "0000000000000000"), trust.Keys},
		"no key trusted":        {whole, nil},
		"a key of no length":    {whole, []ed25519.PublicKey{{}}},
		"altered payload":       {bytes.Replace(whole, []byte(base64.StdEncoding.EncodeToString(payload)), []byte(base64.StdEncoding.EncodeToString(altered)), 1), trust.Keys},
		"signature cut":         {bytes.Replace(whole, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1), trust.Keys},
		"no signature":          {[]byte(`{"payloadType":"` + payloadType + `","payload":"` + base64.StdEncoding.EncodeToString(payload) + `"}`), trust.Keys},
		"signed without typing": {rawSigned(payload), trust.Keys},
	} {
		if _, err := feed.Verify(c.data, feed.Trust{List: "sltd", Keys: c.keys}, feed.Position{}); !errors.Is(err, feed.ErrSignature) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrSignature)
		}
	}
	both := []ed25519.PublicKey{other.Public().(ed25519.PublicKey), trust.Keys[0]}
	if _, err := feed.Verify(whole, feed.Trust{List: "sltd", Keys: both}, feed.Position{}); err != nil {
		t.Errorf("one of two trusted keys: %v", err)
	}
}

// rawSigned is signed over the payload alone, as if DSSE had no types.
func rawSigned(payload []byte) []byte {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `{"payloadType":%q,"payload":%q,"signatures":[{"keyid":%q,"sig":%q}]}`,
		payloadType, b64(payload), feed.KeyID(trust.Keys[0]), b64(ed25519.Sign(signer, payload)))
}

func TestReleasesOfOtherListsAreRefused(t *testing.T) {
	_, err := feed.Verify(sign(t, manifest(nil)), feed.Trust{List: "tdawn", Keys: trust.Keys}, feed.Position{})
	if !errors.Is(err, feed.ErrOtherList) {
		t.Errorf("%v, want %v", err, feed.ErrOtherList)
	}
}

func TestReleasesInANewerFormatAskForAnUpdate(t *testing.T) {
	for name, payload := range map[string]string{
		"of today's shape": strings.Replace(string(good(t)), `"format":2`, `"format":3`, 1),
		"of another shape": `{"format":3,"list":{"name":"sltd"},"sequence":"six"}`,
		"of another list":  `{"format":4,"list":"tdawn"}`,
	} {
		_, err := feed.Verify(seal(payloadType, []byte(payload), signer), trust, feed.Position{})
		if !errors.Is(err, feed.ErrFormat) || errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrFormat)
		}
	}
	more := strings.Replace(string(good(t)), `"format":2`, `"format":2,"witnesses":[1,2]`, 1)
	if _, err := feed.Verify(seal(payloadType, []byte(more), signer), trust, feed.Position{}); err != nil {
		t.Errorf("a member that this version does not know: %v", err)
	}
}

func TestReleasesAreTakenInOrder(t *testing.T) {
	root := list.Hash{5}
	envelope := sign(t, manifest(nil)) // release 5
	for name, c := range map[string]struct {
		held feed.Position
		want error
	}{
		"nothing held":        {feed.Position{}, nil},
		"older held":          {feed.Position{Sequence: 4, Root: list.Hash{4}}, nil},
		"the same held":       {feed.Position{Sequence: 5, Root: root}, nil},
		"newer held":          {feed.Position{Sequence: 6, Root: list.Hash{6}}, &feed.RollbackError{Held: 6, Offered: 5}},
		"much newer held":     {feed.Position{Sequence: 1 << 63, Root: root}, &feed.RollbackError{Held: 1 << 63, Offered: 5}},
		"another 5 held":      {feed.Position{Sequence: 5, Root: list.Hash{9}}, feed.ErrForked},
		"the same, but lost":  {feed.Position{Sequence: 4}, nil},
		"one after, but lost": {feed.Position{Sequence: 5}, &feed.RollbackError{Held: 5, Offered: 5}},
	} {
		_, err := feed.Verify(envelope, trust, c.held)
		var rollback, wantRollback *feed.RollbackError
		switch {
		case errors.As(c.want, &wantRollback):
			if !errors.As(err, &rollback) || *rollback != *wantRollback || errors.Is(err, feed.ErrForked) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		case !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestKeysAreReadAsTheyAreWritten(t *testing.T) {
	text := feed.FormatKey(trust.Keys[0])
	for _, file := range []string{text, text + "\n", "# comment\n\n  " + text + "  \r\n"} {
		if got, err := feed.ParseKey(file); !trust.Keys[0].Equal(got) || err != nil {
			t.Errorf("%q: %x, %v", file, got, err)
		}
	}
	for _, file := range []string{"", "# " + text, text + "\n" + text, text[:len(text)-1], text + "A", "ed25519:", strings.TrimPrefix(text, "ed25519:"), "rsa:AAAA"} {
		if got, err := feed.ParseKey(file); !errors.Is(err, feed.ErrKey) {
			t.Errorf("%q is read as %x, %v", file, got, err)
		}
	}
}
