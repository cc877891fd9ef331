package reader_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/drivers/reader"
)

func TestEveryBuiltInProfileAccountsForEverySetting(t *testing.T) {
	names := reader.Profiles()
	if want := []string{"lines", "sita-ocr"}; !slices.Equal(names, want) {
		t.Errorf("profiles are %q, want %q", names, want)
	}
	for _, name := range names {
		p := load(t, name)
		if p.Name != name || p.Title == "" {
			t.Errorf("profile %q calls itself %q, %q", name, p.Name, p.Title)
		}
		origins := slices.Clone(p.Defaults)
		for _, s := range p.Sources {
			if s.Text == "" {
				t.Errorf("profile %q has a source without a text", name)
			}
			origins = append(origins, s.Keys...)
		}
		for _, key := range reader.Settings() {
			if !slices.Contains(origins, key) {
				t.Errorf("profile %q does not say where %s is from", name, key)
			}
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
	if want := (reader.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1}); p.Line != want {
		t.Errorf("line is %+v, want %+v", p.Line, want)
	}
	want := reader.Framing{Kind: "sita", Max: 1024, IdleMS: 200, Separator: "cr", Align: "top"}
	if p.Frame != want {
		t.Errorf("frame is %+v, want %+v", p.Frame, want)
	}
}

func TestABadProfileNamesTheSetting(t *testing.T) {
	const frame = "name = \"x\"\n[frame]\nkind = \"sita\"\n"
	for text, key := range map[string]string{
		frame + "maks = 3":                        "frame.maks",
		frame + "[line]\nspeed = 3":               "line.speed",
		"colour = \"red\"\n" + frame:              "colour",
		"[frame]\nkind = \"sita\"":                "name",
		"name = \"x\"":                            "frame.kind",
		"name = \"x\"\n[frame]\nkind = \"morse\"": "frame.kind",
		frame + "max = 0":                         "frame.max",
		frame + "max = 1025":                      "frame.max",
		frame + "idle_ms = 0":                     "frame.idle_ms",
		frame + "separator = \"lf\"":              "frame.separator",
		frame + "align = \"left\"":                "frame.align",
		frame + "pad = \"__\"":                    "frame.pad",
		frame + "[line]\nbaud = -1":               "line.baud",
		frame + "[line]\ndata_bits = 9":           "line.data_bits",
		frame + "[line]\nparity = \"mark\"":       "line.parity",
		frame + "[line]\nstop_bits = 3":           "line.stop_bits",
		"defaults = [\"frame.colour\"]\n" + frame: "frame.colour",
		"defaults = [\"line.baud\"]\n" + frame + "[[sources]]\nkeys = [\"line.baud\"]": "line.baud",
	} {
		_, err := reader.ParseProfile([]byte(text))
		var bad *reader.SettingError
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
	bottom.Frame.Align = "bottom"
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
		r := reader.Assemble(c.p, reader.Frame{Kind: reader.KindOCR, Lines: c.lines, Bytes: 94})
		if !slices.Equal(r.Lines, c.want) || (r.Fault == drivers.FaultMalformed) != (c.want == nil) || r.Bytes != 94 {
			t.Errorf("%s: %d lines, fault %v, %d bytes", c.name, len(r.Lines), r.Fault, r.Bytes)
		}
	}
}

func TestThePadOfAReaderIsTheFiller(t *testing.T) {
	for _, name := range reader.Profiles() {
		p := load(t, name)
		p.Frame.Pad = "_"
		sent := strings.ReplaceAll(encode(t, p, td3...), "<", "_")
		got := stream(t, p, []byte(sent), func() int { return 8 })
		if len(got) != 1 || !slices.Equal(got[0].Lines, td3) {
			t.Errorf("%s: %v, want the lines with fillers", name, got)
		}
	}
}
