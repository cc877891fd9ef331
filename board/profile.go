package board

import (
	"embed"
	"errors"
	"fmt"
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
	Board  string      `toml:"board"` // what it is, for people
	Gate   GateLines   `toml:"gate"`
	Lights LightsLines `toml:"lights"`
	Buzzer *Output     `toml:"buzzer"`
}

// GateLines are the lines of a gate.
type GateLines struct {
	Pulse         Duration `toml:"pulse"`
	PassageWindow Duration `toml:"passage_window"`
	HoldOpen      Duration `toml:"hold_open"`
	Relay         *Output  `toml:"relay"`
	DoorClosed    *Input   `toml:"door_closed"`
	Passed        *Input   `toml:"passed"`
	Emergency     *Input   `toml:"emergency"`
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
	Line   string `toml:"line"`
	Active string `toml:"active"` // "high" or "low"
}

// An Input is one input line.
type Input struct {
	Line     string   `toml:"line"`
	Active   string   `toml:"active"` // "high" or "low"
	Pull     string   `toml:"pull"`   // "up", "down" or "none"
	Debounce Duration `toml:"debounce"`
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

// Parse reads a profile and checks it. Its error names every line that is wrong.
func Parse(text []byte) (Profile, error) {
	var p Profile
	meta, err := toml.Decode(string(text), &p)
	if err != nil {
		return Profile{}, err
	}
	var problems []error
	for _, key := range meta.Undecoded() {
		problems = append(problems, fmt.Errorf("unknown key %q", key.String()))
	}
	problems = append(problems, p.check()...)
	if err := errors.Join(problems...); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// gateConfig returns the times of the gate.
func (p Profile) gateConfig() gate.Config {
	return gate.Config{
		Pulse:    time.Duration(p.Gate.Pulse),
		Window:   time.Duration(p.Gate.PassageWindow),
		HoldOpen: time.Duration(p.Gate.HoldOpen),
	}
}

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
		"gate.door_closed": p.Gate.DoorClosed, "gate.passed": p.Gate.Passed, "gate.emergency": p.Gate.Emergency,
	}
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
