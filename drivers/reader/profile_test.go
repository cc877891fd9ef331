package reader_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

func TestEveryBuiltInProfileAccountsForEverySetting(t *testing.T) {
	names := reader.Profiles()
	kinds := map[string]bool{}
	for _, name := range names {
		p := load(t, name)
		if p.Name != name || p.Title == "" {
			t.Errorf("profile %q calls itself %q, %q", name, p.Name, p.Title)
		}
		kinds[p.Frame.Kind] = true
		origins := slices.Clone(p.Defaults)
		for _, s := range p.Sources {
			if s.Text == "" {
				t.Errorf("profile %q has a source without a text", name)
			}
			origins = append(origins, s.Keys...)
		}
		for _, key := range p.Set() {
			if !slices.Contains(origins, key) {
				t.Errorf("profile %q does not say where %s is from", name, key)
			}
		}
		for _, key := range origins {
			if !slices.Contains(p.Set(), key) {
				t.Errorf("profile %q says where %s is from, and does not set it", name, key)
			}
		}
	}
	for _, kind := range wire.Families() {
		if !kinds[kind] && kind != "json" { // whose helper is each maker's own
			t.Errorf("no profile is of family %q", kind)
		}
	}
}

func TestWhatAProfileSetsIsToldWithItsSource(t *testing.T) {
	got := map[string]reader.Setting{}
	for _, s := range load(t, "elyctis-idbox").Settings() {
		got[s.Key] = s
	}
	for key, want := range map[string]string{
		"match": "usb 2b78:0005", "line.baud": "9600", "line.try": "115200 8N1",
		"probe.send": `'V\x00\x00'`, "arm.expect": `'C\x01'`, "zone.align": "top",
	} {
		if got[key].Value != want {
			t.Errorf("%s is shown as %q, want %q", key, got[key].Value, want)
		}
	}
	if s := got["probe.send"].Source; !strings.Contains(s, "no document of its maker") {
		t.Errorf("the probe is from %q", s)
	}
	if s := got["arm.when"].Source; s != "" {
		t.Errorf("a default is from %q", s)
	}
	for _, s := range load(t, "honeywell-ocr").Settings() {
		if s.Key == "setup" && !strings.HasPrefix(s.Value, `send '\x16M\rallena0!' expect 'allena0\x06', send `) {
			t.Errorf("the setup is shown as %s", s.Value)
		}
	}
}

func TestAProfileThatIsNotThereIsSaidWithThoseThatAre(t *testing.T) {
	for _, name := range []string{"nosuch", "", "../profile", "sita-ocr.toml"} {
		_, err := reader.Load(name)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "sita-ocr") {
			t.Errorf("Load(%q) = %v, want ErrNotExist and the names", name, err)
		}
	}
}

func TestAShortProfileGetsTheCommonSettings(t *testing.T) {
	p, err := reader.ParseProfile([]byte("name = \"x\"\n[frame]\nkind = \"sita\""))
	if err != nil {
		t.Fatal(err)
	}
	want := reader.Profile{
		Name: "x", Link: "serial",
		Line:  reader.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1},
		Frame: wire.Framing{Kind: "sita", Max: 1024, IdleMS: 200, Separator: "cr"},
		Zone:  reader.Zone{Align: "top"},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestABadProfileNamesTheSetting(t *testing.T) {
	const frame = "name = \"x\"\n[frame]\nkind = \"sita\"\n"
	for text, key := range map[string]string{
		frame + "maks = 3":                              "frame.maks",
		frame + "[line]\nspeed = 3":                     "line.speed",
		"colour = \"red\"\n" + frame:                    "colour",
		"[frame]\nkind = \"sita\"":                      "name",
		"name = \"x\"":                                  "frame.kind",
		"name = \"x\"\n[frame]\nkind = \"morse\"":       "frame.kind",
		frame + "max = -1":                              "frame.max",
		frame + "max = 1025":                            "frame.max",
		frame + "idle_ms = -1":                          "frame.idle_ms",
		frame + "separator = \"lf\"":                    "frame.separator",
		frame + "[probe]\nsend = \"x\"\nexpect = \"y\"": "probe.expect",
		frame + "[presence]\nkind = \"message\"":        "presence.kind",
		frame + "[zone]\nalign = \"left\"":              "zone.align",
		frame + "pad = \"__\"":                          "frame.pad",
		frame + "[line]\nbaud = -1":                     "line.baud",
		frame + "[line]\ndata_bits = 9":                 "line.data_bits",
		frame + "[line]\nparity = \"mark\"":             "line.parity",
		frame + "[line]\nstop_bits = 3":                 "line.stop_bits",
		"link = \"evdev\"\n" + frame:                    "link",
		"link = \"hidraw\"\n" + frame:                   "link",
		"name = \"x\"\n[frame]\nkind = \"keys\"":        "link",
		"name = \"x\"\n[frame]\nkind = \"hid\"":         "link",
		frame + "[arm]\nsend = \"x\"":                   "arm.when",
		frame + "[[match]]\npath = \"[\"":               "match.path",
		"name = \"x\"\nlink = \"evdev\"\n[frame]\nkind = \"keys\"\n[feedback]\nbad = \"x\"": "feedback",
		"defaults = [\"frame.colour\"]\n" + frame:                                           "frame.colour",
		"defaults = [\"line.baud\"]\n" + frame + "[[sources]]\nkeys = [\"line.baud\"]":      "line.baud",
	} {
		_, err := reader.ParseProfile([]byte(text))
		var bad *wire.SettingError
		if !errors.As(err, &bad) || bad.Key != key || !bad.Permanent() || !strings.Contains(err.Error(), key) {
			t.Errorf("ParseProfile(%q) = %v, want a SettingError for %s", text, err, key)
		}
	}
	if _, err := reader.ParseProfile([]byte("name = ")); err == nil {
		t.Error("half a line is taken for a profile")
	}
}

func TestAssemble(t *testing.T) {
	top, bottom := load(t, "sita-ocr"), load(t, "sita-ocr")
	bottom.Zone.Align = "bottom"
	cell := strings.Repeat("<", 45)
	for _, c := range []struct {
		name  string
		p     reader.Profile
		lines []string
		want  []string // nil: malformed
	}{
		{"a zone", top, td3, td3},
		{"an empty third slot", top, append(slices.Clone(td3), ""), td3},
		{"an empty first slot", bottom, append([]string{""}, td3...), td3},
		{"an empty first slot where none can be", top, append([]string{""}, td3...), nil},
		{"an empty slot between", top, []string{td3[0], "", td3[1]}, nil},
		{"no line", top, nil, nil},
		{"only empty slots", top, []string{"", ""}, nil},
		{"four lines", top, append(slices.Clone(td1), td1[0]), nil},
		{"7 cells", top, []string{cell[:7]}, []string{cell[:7]}},
		{"6 cells", top, []string{cell[:6]}, nil},
		{"45 cells", top, []string{td3[0], cell}, nil},
	} {
		r := reader.Assemble(c.p.Zone, wire.Frame{Kind: wire.KindOCR, Lines: c.lines, Bytes: 94})
		if !slices.Equal(r.Lines, c.want) || (r.Fault == drivers.FaultMalformed) != (c.want == nil) || r.Bytes != 94 {
			t.Errorf("%s: %d lines, fault %v, %d bytes", c.name, len(r.Lines), r.Fault, r.Bytes)
		}
	}
}

var (
	td3 = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	td1 = []string{"I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"}
)

func load(t testing.TB, name string) reader.Profile {
	t.Helper()
	p, err := reader.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func encode(t testing.TB, p reader.Profile, lines ...string) string {
	t.Helper()
	b, err := wire.Encode(p.Frame, lines)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTheDocumentationIsOfTheProfiles: docs/readers.md names each profile and each
// family, and the profiles in it are such.
func TestTheDocumentationIsOfTheProfiles(t *testing.T) {
	data, err := os.ReadFile("../../docs/readers.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, name := range slices.Concat(reader.Profiles(), wire.Families()) {
		if !strings.Contains(text, "\n| `"+name+"` |") {
			t.Errorf("%s is in no table", name)
		}
	}
	blocks := strings.Split(text, "```toml\n")[1:]
	if len(blocks) != 2 {
		t.Errorf("%d profiles are shown", len(blocks))
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		if _, err := reader.ParseProfile([]byte(block)); err != nil {
			t.Error(err)
		}
	}
}
