package board

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"portcullis/drivers/gate"
)

//go:embed profiles/*.toml
var profiles embed.FS

// Names returns the boards that are compiled in, "sim" among them.
func Names() []string {
	names := []string{"sim"}
	files, err := profiles.ReadDir("profiles")
	if err != nil {
		return names // they are compiled in: there is no such error
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".toml"))
	}
	return names
}

// A Profile says which line is what on one board, and how it is wired.
type Profile struct {
	Board   string      `toml:"board"` // what it is, for people
	Match   []string    `toml:"match"` // how the machine names such a board, or begins to; any machine if none
	Chip    string      `toml:"chip"`  // label of the GPIO chip that has the lines; any chip if empty
	Gate    GateLines   `toml:"gate"`
	Lights  LightsLines `toml:"lights"`
	Buzzer  *Output     `toml:"buzzer"`
	Display *Screen     `toml:"display"`
	Devices Devices     `toml:"devices"`
}

// Devices are what a board has beside its lines. What is empty is not there.
type Devices struct {
	I2C      string   `toml:"i2c"`      // "/dev/i2c-1"
	SPI      string   `toml:"spi"`      // "/dev/spidev0.0"
	RTC      string   `toml:"rtc"`      // battery-backed clock: "rtc0"
	Thermal  string   `toml:"thermal"`  // sensor of its temperature: "cpu-thermal"
	Watchdog string   `toml:"watchdog"` // "/dev/watchdog0"
	Readers  []string `toml:"readers"`  // patterns of the ports where readers usually are
}

// A Screen is a display for travellers.
type Screen struct {
	Controller string   `toml:"controller"` // "ssd1306"
	Bus        string   `toml:"bus"`        // that of the devices if empty
	Address    uint16   `toml:"address"`    // display.Address if zero
	UpsideDown bool     `toml:"upside_down"`
	Languages  []string `toml:"languages"` // in the order of their turns
}

// GateLines are the lines of a gate, and its times.
type GateLines struct {
	Mode          string   `toml:"mode"` // "pulse", or "level"; pulse when not given
	Pulse         Duration `toml:"pulse"`
	PassageWindow Duration `toml:"passage_window"`
	HoldOpen      Duration `toml:"hold_open"`
	Travel        Duration `toml:"travel"`
	Relay         *Output  `toml:"relay"`
	DoorClosed    *Input   `toml:"door_closed"`
	DoorOpen      *Input   `toml:"door_open"`
	Passed        *Input   `toml:"passed"`
	Busy          *Input   `toml:"busy"`
	Alarm         *Input   `toml:"alarm"`
	OutOfService  *Input   `toml:"out_of_service"`
	Emergency     *Input   `toml:"emergency"`
	Tamper        *Input   `toml:"tamper"`
}

// LightsLines are the lines of the lamps.
type LightsLines struct {
	Ready   *Output `toml:"ready"`
	Busy    *Output `toml:"busy"`
	Proceed *Output `toml:"proceed"`
	Stop    *Output `toml:"stop"`
}

// An Output is one output line.
type Output struct {
	Line   string `toml:"line"`   // name, or chip:number
	Active string `toml:"active"` // "high" or "low"
}

// An Input is one input line.
type Input struct {
	Line     string   `toml:"line"`
	Active   string   `toml:"active"` // "high" or "low"
	Pull     string   `toml:"pull"`   // "up", "down" or "none"
	Debounce Duration `toml:"debounce"`
	Glitch   Duration `toml:"glitch"` // what is shorter the kernel leaves out
	// Supervised, of a contact of the gate: that it is cut or stuck must show.
	Supervised bool `toml:"supervised"`
}

// A Duration is a time that a file gives as "200ms" or "6s".
type Duration time.Duration

// UnmarshalText reads a time with its unit.
func (d *Duration) UnmarshalText(text []byte) error {
	t, err := time.ParseDuration(string(text))
	if err == nil && t <= 0 {
		err = fmt.Errorf("time %q is not above zero", text)
	}
	*d = Duration(t)
	return err
}

// Load reads the profile of a board: "sim", one of Names, or a file whose name
// ends in .toml. That of "sim" has no lines.
func Load(name string) (Profile, error) {
	if name == "sim" {
		return Profile{Board: "simulated lane"}, nil
	}
	p, err := load(name)
	if err != nil {
		return Profile{}, fmt.Errorf("board %s: %w", name, err)
	}
	return p, nil
}

func load(name string) (Profile, error) {
	if filepath.Ext(name) == ".toml" {
		text, err := os.ReadFile(name)
		if err != nil {
			return Profile{}, err
		}
		return Parse(text)
	}
	text, err := profiles.ReadFile("profiles/" + name + ".toml")
	if err != nil {
		return Profile{}, fmt.Errorf("no such board; there are %s, and files that end in .toml",
			strings.Join(Names(), ", "))
	}
	return Parse(text)
}

// Parse reads a profile and checks it. Its error names everything that is wrong,
// each with its line of the file and its key.
func Parse(text []byte) (Profile, error) {
	var p Profile
	meta, err := toml.Decode(string(text), &p)
	if err != nil {
		return Profile{}, err
	}
	var problems []error
	where := keyLines(string(text))
	for _, key := range meta.Undecoded() {
		problems = append(problems, where.locate(key.String(), fmt.Errorf("unknown key %q", key.String())))
	}
	for _, err := range p.check() {
		key, _, _ := strings.Cut(err.Error(), ":")
		problems = append(problems, where.locate(key, err))
	}
	if err := errors.Join(problems...); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// gateConfig returns the times of the gate.
func (p Profile) gateConfig() gate.Config {
	return gate.Config{
		Mode:     gateModes[p.Gate.Mode],
		Pulse:    time.Duration(p.Gate.Pulse),
		Window:   time.Duration(p.Gate.PassageWindow),
		HoldOpen: time.Duration(p.Gate.HoldOpen),
		Travel:   time.Duration(p.Gate.Travel),
	}
}

var gateModes = map[string]gate.Mode{"": gate.PulseMode, "pulse": gate.PulseMode, "level": gate.LevelMode}

// outputs returns the outputs of a board by the key that each has in the file.
func (p Profile) outputs() map[string]*Output {
	return map[string]*Output{
		"gate.relay": p.Gate.Relay, "buzzer": p.Buzzer,
		"lights.ready": p.Lights.Ready, "lights.busy": p.Lights.Busy,
		"lights.proceed": p.Lights.Proceed, "lights.stop": p.Lights.Stop,
	}
}

// inputs returns the inputs of a board by the key that each has in the file.
func (p Profile) inputs() map[string]*Input {
	return map[string]*Input{
		"gate.door_closed": p.Gate.DoorClosed, "gate.door_open": p.Gate.DoorOpen,
		"gate.passed": p.Gate.Passed, "gate.busy": p.Gate.Busy,
		"gate.alarm": p.Gate.Alarm, "gate.out_of_service": p.Gate.OutOfService,
		"gate.emergency": p.Gate.Emergency, "gate.tamper": p.Gate.Tamper,
	}
}

// A Line is a line of a board.
type Line struct {
	Key    string // what it is for, as the file has it: "gate.relay"
	Name   string // as the file names it
	Output bool
}

// Lines returns the lines that a board has, the outputs first.
func (p Profile) Lines() (all []Line) {
	for _, key := range keys(p.outputs()) {
		if o := p.outputs()[key]; o != nil {
			all = append(all, Line{Key: key, Name: o.Line, Output: true})
		}
	}
	for _, key := range keys(p.inputs()) {
		if in := p.inputs()[key]; in != nil {
			all = append(all, Line{Key: key, Name: in.Line})
		}
	}
	return all
}

// keys returns the keys of a map in order.
func keys[V any](m map[string]V) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
