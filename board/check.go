package board

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"portcullis/drivers/gate"
	"portcullis/drivers/gpio"
)

// check returns everything that is wrong with a profile.
func (p Profile) check() (problems []error) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if p.Board == "" {
		add("board: missing; say in a few words what this board is")
	}
	if slices.Contains(p.Match, "") {
		add("match: an empty text matches every machine; leave match out for that")
	}
	for _, need := range []string{"gate.relay", "lights.proceed", "lights.stop", "buzzer"} {
		if p.outputs()[need] == nil {
			add("%s: missing", need)
		}
	}
	problems = append(problems, p.checkGate()...)
	for _, key := range keys(p.outputs()) {
		if o := p.outputs()[key]; o != nil {
			problems = append(problems, o.check(key)...)
		}
	}
	for _, key := range keys(p.inputs()) {
		if in := p.inputs()[key]; in != nil {
			problems = append(problems, in.check(key)...)
		}
	}
	problems = append(problems, p.Devices.check()...)
	problems = append(problems, p.Display.check(p.Devices.I2C)...)
	return append(problems, p.checkShared()...)
}

// check returns what is wrong with one output.
func (o Output) check(key string) (problems []error) {
	problems = checkLine(key, o.Line, o.Active)
	if key == "gate.relay" && o.Active == "low" {
		problems = append(problems, fmt.Errorf("%s.active: line %s: an active-low relay is refused: it opens the gate whenever "+
			"its line falls, as while the board starts or has no power, and when this program dies; wire it active high", key, o.Line))
	}
	return problems
}

// check returns what is wrong with one input.
func (in Input) check(key string) (problems []error) {
	problems = checkLine(key, in.Line, in.Active)
	if _, ok := pulls[in.Pull]; !ok {
		problems = append(problems, fmt.Errorf("%s.pull: line %s: pull is %q, want \"up\", \"down\" or \"none\"", key, in.Line, in.Pull))
	}
	d := time.Duration(in.Debounce)
	if d != 0 && (d < gpio.MinDebounce || d > gpio.MaxDebounce) {
		problems = append(problems, fmt.Errorf("%s.debounce: line %s: debounce %v is not within %v and %v",
			key, in.Line, d, gpio.MinDebounce, gpio.MaxDebounce))
	}
	if d := time.Duration(in.Glitch); d > gpio.MaxGlitch {
		problems = append(problems, fmt.Errorf("%s.glitch: line %s: glitch %v is more than %v", key, in.Line, d, gpio.MaxGlitch))
	}
	return append(problems, in.checkCut(key)...)
}

// checkGate returns what is wrong with a gate as a whole.
func (p Profile) checkGate() (problems []error) {
	if _, ok := gateModes[p.Gate.Mode]; !ok {
		problems = append(problems, fmt.Errorf("gate.mode: is %q, want \"pulse\" or \"level\"", p.Gate.Mode))
	}
	if err := p.gateConfig().Check(); err != nil {
		problems = append(problems, fmt.Errorf("gate: %w", err))
	}
	if gateModes[p.Gate.Mode] == gate.LevelMode && p.Gate.Passed == nil {
		problems = append(problems, errors.New("gate.passed: missing; with mode = \"level\" it is what ends a passage"))
	}
	return problems
}

// checkCut refuses a contact that a cut wire would make look as if all were well:
// always where that would be a danger, else where it was said to be supervised.
func (in Input) checkCut(key string) []error {
	cut := map[string]string{"up": "high", "down": "low"}[in.Pull] // what a cut wire reads as
	rests := key == "gate.alarm" || key == "gate.out_of_service"   // and may do so for years
	switch {
	case in.Supervised && cut == "":
		return []error{fmt.Errorf("%s.pull: line %s: without one nobody knows what a cut wire reads as; a supervised contact needs it",
			key, in.Line)}
	case (key == "gate.emergency" || key == "gate.tamper" || in.Supervised && rests) && cut != "" && in.Active != cut:
		return []error{fmt.Errorf("%s.active: line %s: with the pull %s, a cut wire reads as %s; want active = %q",
			key, in.Line, in.Pull, atRest[key], cut)}
	case key == "gate.door_closed" && cut != "" && in.Active == cut:
		return []error{fmt.Errorf("%s.active: line %s: with the pull %s, a cut wire reads as a shut door; want active = %q",
			key, in.Line, in.Pull, map[string]string{"high": "low", "low": "high"}[cut])}
	}
	return nil
}

// atRest is what a contact says for as long as all is well.
var atRest = map[string]string{
	"gate.emergency": "not pulled", "gate.tamper": "a shut cabinet", "gate.alarm": "no alarm", "gate.out_of_service": "in service",
}

func checkLine(key, line, active string) (problems []error) {
	if line == "" {
		problems = append(problems, fmt.Errorf("%s: line: missing", key))
	}
	if active != "high" && active != "low" {
		problems = append(problems, fmt.Errorf("%s.active: line %s: active is %q, want \"high\" or \"low\"", key, line, active))
	}
	return problems
}

// checkShared refuses two uses of one line.
func (p Profile) checkShared() (problems []error) {
	used := make(map[string]string)
	use := func(key, line string) {
		if other, ok := used[line]; ok && line != "" {
			problems = append(problems, fmt.Errorf("%s.line: line %s is used twice: by %s and by %s", key, line, other, key))
		}
		used[line] = key
	}
	for _, key := range keys(p.outputs()) {
		if o := p.outputs()[key]; o != nil {
			use(key, o.Line)
		}
	}
	for _, key := range keys(p.inputs()) {
		if in := p.inputs()[key]; in != nil {
			use(key, in.Line)
		}
	}
	return problems
}
