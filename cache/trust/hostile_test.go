package trust_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// edited publishes a timestamp that was edited before it was signed.
func edited(p *trusttest.Publisher, edit func(*metadata.TimestampType), t *testing.T) {
	t.Helper()
	p.Timestamp.Signed.Version++
	edit(&p.Timestamp.Signed)
	p.Set("timestamp.json", trusttest.Sign(t, p.Timestamp, p.Signers("timestamp")...))
}

// TestWhatIsNoMetadataIsRefused offers what a captive portal, a bad card or a
// thief may put in the place of each file.
func TestWhatIsNoMetadataIsRefused(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	for _, name := range metadataFiles(p) {
		for _, content := range []string{"", " ", "null", "{}", "[]", "<html>Log in</html>", `{"signed":null}`, `{"signed":{"_type":"root"}}`,
			`{"signed":{"_type":"timestamp"},"signatures":null}`, `{"signed":{"_type":"targets","targets":{"a":null}}}`, strings.Repeat("[", 100_000), "\x00\xff"} {
			src := instead(p, name, func(int64) ([]byte, error) { return []byte(content), nil })
			err := newDevice(t, p).refuses(src)
			if !errors.Is(err, trust.ErrMalformed) && !errors.Is(err, trust.ErrMixed) && !errors.Is(err, trust.ErrSignature) {
				t.Errorf("%s as %.20q: %v", name, content, err)
			}
		}
	}
	d := newDevice(t, p)
	for _, content := range []string{"", "null", "{}", "<html>"} {
		d.Root = []byte(content)
		if err := d.refuses(p); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("provisioned %q: %v", content, err)
		}
		if _, err := trust.Load(d.Options); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("provisioned %q: %v", content, err)
		}
	}
}

// A file of many signatures costs whoever checks them much, before it is known to
// come from nobody.
func TestAFileOfManySignaturesIsMalformed(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	for _, name := range []string{"timestamp.json", "2.root.json"} {
		var file struct {
			Signed     json.RawMessage  `json:"signed"`
			Signatures []map[string]any `json:"signatures"`
		}
		if err := json.Unmarshal(p.File(name), &file); err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			file.Signatures = append(file.Signatures, map[string]any{"keyid": fmt.Sprint(i), "sig": ""})
		}
		data, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		src := instead(p, name, func(int64) ([]byte, error) { return data, nil })
		if err := newDevice(t, p).refuses(src); !errors.Is(err, trust.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// So does one of many values, or of deep ones. That it is a waste is seen before
// anything is made of it.
func TestAFileThatTakesLongToVerifyIsMalformed(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	for name, body := range map[string]string{
		"deep":  strings.Repeat("["+strings.Repeat("[", 8000)+strings.Repeat("]", 8000)+"],", 60) + "1",
		"wide":  strings.Repeat("[],", 300_000) + "1",
		"quote": strings.Repeat(`"\\\"",`, 100_000) + `"["`,
	} {
		for _, file := range []string{"timestamp.json", "2.root.json"} {
			data := []byte(fmt.Sprintf(`{"signed":{"_type":%q,"version":2,"x":[%s]},"signatures":[]}`, strings.TrimPrefix(strings.TrimSuffix(file, ".json"), "2."), body))
			if !json.Valid(data) {
				t.Fatalf("%s is no JSON", name)
			}
			err := newDevice(t, p).refuses(instead(p, file, func(int64) ([]byte, error) { return data, nil }))
			if !errors.Is(err, trust.ErrMalformed) || !strings.Contains(err.Error(), "deep") {
				t.Errorf("%s as %s: %.200v", file, name, err)
			}
		}
	}
}

// TestSignedNonsenseIsAnError is what thieves of keys may sign to bring a device
// down.
func TestSignedNonsenseIsAnError(t *testing.T) {
	timestamp := func(edit func(*metadata.TimestampType)) func(*trusttest.Publisher) {
		return func(p *trusttest.Publisher) { edited(p, edit, t) }
	}
	snapshot := func(edit func(map[string]*metadata.MetaFiles)) func(*trusttest.Publisher) {
		return func(p *trusttest.Publisher) {
			p.SignSnapshot(p.Signers("snapshot")...)
			edit(p.Snapshot.Signed.Meta)
			p.Set("3.snapshot.json", trusttest.Sign(t, p.Snapshot, p.Signers("snapshot")...))
			p.SignTimestamp(p.Signers("timestamp")...)
		}
	}
	targets := func(edit func(*metadata.Delegations)) func(*trusttest.Publisher) {
		return func(p *trusttest.Publisher) {
			edit(p.Targets["targets"].Signed.Delegations)
			p.SignTargets("targets", p.Signers("targets")...)
			sign(p)
		}
	}
	for name, do := range map[string]func(*trusttest.Publisher){
		"timestamp: no snapshot":       timestamp(func(s *metadata.TimestampType) { delete(s.Meta, "snapshot.json") }),
		"timestamp: null snapshot":     timestamp(func(s *metadata.TimestampType) { s.Meta["snapshot.json"] = nil }),
		"timestamp: negative snapshot": timestamp(func(s *metadata.TimestampType) { s.Meta["snapshot.json"].Version = -1 }),
		"timestamp: version 0":         timestamp(func(s *metadata.TimestampType) { s.Version = 0 }),
		"timestamp: no file":           timestamp(func(s *metadata.TimestampType) { s.Meta = nil }),
		"snapshot: null targets":       snapshot(func(m map[string]*metadata.MetaFiles) { m["targets.json"] = nil }),
		"snapshot: no targets":         snapshot(func(m map[string]*metadata.MetaFiles) { delete(m, "targets.json") }),
		"snapshot: negative targets":   snapshot(func(m map[string]*metadata.MetaFiles) { m["targets.json"].Version = -1 }),
		"targets: a role twice":        targets(func(d *metadata.Delegations) { d.Roles = append(d.Roles, d.Roles[0]) }),
		"targets: a role called root":  targets(func(d *metadata.Delegations) { d.Roles[0].Name = "root" }),
		"targets: a role with a slash": targets(func(d *metadata.Delegations) { d.Roles[0].Name = "../list" }),
		"targets: a null key":          targets(func(d *metadata.Delegations) { d.Keys[d.Roles[0].KeyIDs[0]] = nil }),
		"targets: a key of two bytes":  targets(func(d *metadata.Delegations) { d.Keys[d.Roles[0].KeyIDs[0]].Value.PublicKey = "abcd" }),
		"targets: a threshold of 0":    targets(func(d *metadata.Delegations) { d.Roles[0].Threshold = 0 }),
		"targets: a role without keys": targets(func(d *metadata.Delegations) { d.Roles[0].KeyIDs = nil }),
		"targets: thousand roles": targets(func(d *metadata.Delegations) {
			for i := range 1000 {
				d.Roles = append(d.Roles, metadata.DelegatedRole{Name: strings.Repeat("a", 1+i%60) + strings.Repeat("b", 1+i/60)})
			}
		}),
	} {
		for _, held := range []bool{false, true} {
			p := published(t)
			d := newDevice(t, p)
			if held {
				d.refreshes(p)
			}
			do(p)
			err := d.refuses(p)
			var older *trust.OlderError // when it is held, and named no more
			if !errors.Is(err, trust.ErrMalformed) && !errors.As(err, &older) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Names that a thief of the snapshot key made up bind nobody later.
func TestANameThatIsNoRoleIsForgotten(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	for _, name := range []string{"", "a", "../x.json", "LIST.json"} {
		p.Snapshot.Signed.Meta[name] = &metadata.MetaFiles{Version: 7}
	}
	sign(p)
	d.refreshes(p)
	for _, name := range []string{"", "../x.json", "LIST.json"} {
		delete(p.Snapshot.Signed.Meta, name)
	}
	sign(p)
	d.refreshes(p)
}

func TestATargetWithoutTheHashThatItsFileIsNamedByIsMalformed(t *testing.T) {
	p := published(t)
	info, err := metadata.TargetFile().FromBytes(manifest, []byte("one"), "sha512")
	if err != nil {
		t.Fatal(err)
	}
	p.Targets["list"].Signed.Targets[manifest] = info
	p.Touch("list")
	p.Publish()
	if _, err := newDevice(t, p).refreshes(p).Fetch(context.Background(), p, "list", manifest); !errors.Is(err, trust.ErrMalformed) {
		t.Errorf("%v", err)
	}
}
