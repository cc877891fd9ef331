package board_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"portcullis/board"
)

// rpi4 returns the profile that is compiled in, with some text of it replaced.
func rpi4(t *testing.T, edits ...string) []byte {
	t.Helper()
	text, err := os.ReadFile("profiles/rpi4.toml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(string(text), edits[i]) {
			t.Fatalf("the profile has no %q", edits[i])
		}
		text = []byte(strings.Replace(string(text), edits[i], edits[i+1], 1))
	}
	return text
}

func TestTheCompiledInProfilesAreSound(t *testing.T) {
	for _, name := range board.Names() {
		if name == "sim" {
			continue
		}
		text, err := os.ReadFile("profiles/" + name + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := board.Parse(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABadProfileIsRefusedWithTheLineAtFault(t *testing.T) {
	const relay = "line = \"GPIO17\"\nactive = \"high\""
	for _, c := range []struct {
		name  string
		edits []string
		want  []string // in the error
	}{
		{"same line twice", []string{"GPIO22", "GPIO23"}, []string{"line GPIO23 is used twice", "lights.ready", "lights.proceed"}},
		{"input on an output", []string{"GPIO5", "GPIO17"}, []string{"line GPIO17 is used twice", "gate.relay", "gate.door_closed"}},
		{"unknown key", []string{"pulse =", "pulze ="}, []string{`unknown key "gate.pulze"`}},
		{"unknown table", []string{"[buzzer]", "[buzer]"}, []string{`unknown key "buzer`, "buzzer: missing"}},
		{"pull on an output", []string{relay, relay + "\npull = \"up\""}, []string{`unknown key "gate.relay.pull"`}},
		{"active-low relay", []string{relay, strings.Replace(relay, "high", "low", 1)}, []string{"gate.relay", "GPIO17", "active-low relay is refused", "whenever its line falls", "file line 25: gate.relay.active"}},
		{"pulse too long", []string{`pulse = "200ms"`, `pulse = "1.6s"`}, []string{"gate: pulse 1.6s", "1.5s"}},
		{"pulse too short", []string{`pulse = "200ms"`, `pulse = "50ms"`}, []string{"gate: pulse 50ms"}},
		{"pulse zero", []string{`pulse = "200ms"`, `pulse = "0s"`}, []string{"not above zero"}},
		{"pulse without unit", []string{`pulse = "200ms"`, `pulse = "200"`}, []string{"missing unit"}},
		{"no relay", []string{"[gate.relay]", "[gate.relay2]"}, []string{"gate.relay: missing", "gate.relay2"}},
		{"no line", []string{`line = "GPIO24"`, `line = ""`}, []string{"lights.stop: line: missing"}},
		{"no polarity", []string{relay, `line = "GPIO17"`}, []string{"gate.relay", "GPIO17", `active is ""`}},
		{"bad polarity", []string{relay, strings.Replace(relay, "high", "High", 1)}, []string{"gate.relay", "GPIO17", `active is "High"`}},
		{"bad pull", []string{`pull = "up"`, `pull = "upwards"`}, []string{"gate.door_closed", "GPIO5", `pull is "upwards"`}},
		{"debounce too long", []string{`debounce = "30ms"`, `debounce = "51ms"`}, []string{"gate.door_closed", "GPIO5", "debounce 51ms"}},
		{"cut wire as a shut door", []string{"line = \"GPIO5\"\nactive = \"low\"", "line = \"GPIO5\"\nactive = \"high\""}, []string{"gate.door_closed", "GPIO5", "cut wire"}},
		{"cut wire as no emergency", []string{"line = \"GPIO26\"\nactive = \"high\"", "line = \"GPIO26\"\nactive = \"low\""}, []string{"gate.emergency", "GPIO26", "cut wire"}},
		{"glitch too long", []string{`debounce = "30ms"`, "debounce = \"30ms\"\nglitch = \"6ms\""}, []string{"file line 32: gate.door_closed.glitch", "GPIO5", "glitch 6ms"}},
		{"machine that is any", []string{`["Raspberry Pi 4"]`, `[""]`}, []string{"file line 15: match: "}},
		{"bus that is none", []string{`"/dev/i2c-1"`, `"i2c-1"`}, []string{"devices.i2c", `"i2c-1"`}},
		{"readers that are none", []string{`"/dev/serial0"`, `"serial0"`}, []string{"devices.readers", `"serial0"`}},
		{"clock that is none", []string{"[devices]", "[devices]\nrtc = \"/dev/rtc0\""}, []string{"devices.rtc", `"/dev/rtc0"`}},
		{"display that is unknown", []string{"# [display]\n# controller = \"ssd1306\"", "[display]\ncontroller = \"sh1106\"\naddress = 0x78"}, []string{`display.controller: "sh1106"`, "display.address: 0x78"}},
		{"display without a bus", []string{"# [display]\n# controller", "[display]\ncontroller", "i2c =", "# i2c ="}, []string{"display.bus: missing"}},
		{"display in a language without words", []string{"# [display]\n# controller = \"ssd1306\"\n# languages = [\"en\"", "[display]\ncontroller = \"ssd1306\"\nlanguages = [\"ar\""}, []string{`display.languages: no words in "ar"`, "de, en"}},
		{"number for a line", []string{`line = "GPIO17"`, "line = 17"}, []string{"gate.relay.line"}},
		{"no name", []string{"board = ", "# board = "}, []string{"board: missing"}},
		{"no TOML", []string{"[gate]", "[gate"}, []string{"line "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := board.Parse(rpi4(t, c.edits...))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the error does not say %q:\n%v", w, err)
				}
			}
		})
	}
}

func TestTheLineOfTheFileIsSaid(t *testing.T) {
	text := string(rpi4(t, "GPIO22", "GPIO23", "passage_window", "window"))
	_, err := board.Parse([]byte(text))
	if err == nil {
		t.Fatal("accepted")
	}
	rows := strings.Split(text, "\n")
	said := regexp.MustCompile(`(?m)^file line (\d+): (.*)$`).FindAllStringSubmatch(err.Error(), -1)
	if len(said) != 2 {
		t.Fatalf("got %v, want two problems with their lines", err)
	}
	for i, want := range []string{"window = ", `line = "GPIO23"`} {
		n, _ := strconv.Atoi(said[i][1])
		if !strings.HasPrefix(rows[n-1], want) {
			t.Errorf("%q is said of %q, want a line that begins with %q", said[i][2], rows[n-1], want)
		}
	}
}

func TestEveryProblemOfAProfileIsNamedAtOnce(t *testing.T) {
	_, err := board.Parse(rpi4(t, "GPIO22", "GPIO23", `pulse = "200ms"`, `pulse = "9s"`, "hold_open", "holdopen"))
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v, want three problems", err)
	}
}

func TestAnActiveLowLampIsAccepted(t *testing.T) {
	if _, err := board.Parse(rpi4(t, "line = \"GPIO22\"\nactive = \"high\"", "line = \"GPIO22\"\nactive = \"low\"")); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("profiles/rpi4.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := board.Parse(text)
		if err == nil && (p.Gate.Relay == nil || p.Gate.Relay.Active != "high" || p.Gate.Relay.Line == "") {
			t.Errorf("accepted a profile with the relay %+v", p.Gate.Relay)
		}
	})
}
