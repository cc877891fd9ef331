package sim

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Script is what a simulated reader does, one instruction after another:
//
//	# a comment
//	present LINE1|LINE2      a document; \xHH in a line is that byte
//	half LINE1|LINE2         the first half of its frame, and no more
//	glued A1|A2 B1|B2        two documents without a gap; twice the same: it looked twice
//	badsum LINE1|LINE2       a document whose check bytes do not fit
//	dropped LINE1|LINE2      a keyboard's, some keys of which the kernel lost
//	noread                   what the reader sends when it could not read
//	noise 40                 40 random bytes
//	endless 102400           that many bytes of a frame without an end
//	chunks 1 64              from here on, send 1 to 64 bytes at a time
//	jitter 50ms              and pause up to 50 ms after each
//	lose 0.1                 from here on, lose a byte of every tenth frame or answer
//	flip 0.1                 and turn a bit over in every tenth; 0 ends it
//	layout de                from here on, type on another layout
//	deaf 5s                  from here on, hear nothing for so long; 0s ends it
//	forget                   forget what the host said, as power loss does
//	wait 2s                  do nothing
//	await                    do nothing until a program listens at the port
//	unplug 1s                pull the plug, wait, plug in under another name
//	repeat 3                 the above 3 times in all; without a number, for ever
type Script []Instruction

// An Instruction is one line of a script. Its zones may be personal data.
type Instruction struct {
	Line  int // its number in the script
	Verb  string
	Zones [][]string    // the documents of present, half, glued, badsum, dropped
	Min   int           // the number of noise, endless, repeat; the lower of chunks
	Max   int           // the upper of chunks
	For   time.Duration // of wait, unplug, jitter, deaf
	Share float64       // of lose, flip
	Word  string        // the layout
}

// String names the instruction and none of its content.
func (i Instruction) String() string { return fmt.Sprintf("line %d: %s", i.Line, i.Verb) }

// Format prints String whatever the verb.
func (i Instruction) Format(f fmt.State, _ rune) { fmt.Fprint(f, i.String()) }

// MarshalText returns String, for logs that hold an Instruction inside of
// something.
func (i Instruction) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// parsers reads the arguments of each verb.
var parsers = map[string]func(*Instruction, []string) error{
	"present": func(i *Instruction, args []string) error { return i.zones(args, 1) },
	"half":    func(i *Instruction, args []string) error { return i.zones(args, 1) },
	"glued":   func(i *Instruction, args []string) error { return i.zones(args, 2) },
	"badsum":  func(i *Instruction, args []string) error { return i.zones(args, 1) },
	"dropped": func(i *Instruction, args []string) error { return i.zones(args, 1) },
	"noread":  func(i *Instruction, args []string) error { return i.zones(args, 0) },
	"noise":   func(i *Instruction, args []string) error { return numbers(args, &i.Min) },
	"endless": func(i *Instruction, args []string) error { return numbers(args, &i.Min) },
	"chunks":  (*Instruction).chunks,
	"jitter":  (*Instruction).duration,
	"lose":    (*Instruction).share,
	"flip":    (*Instruction).share,
	"layout":  (*Instruction).word,
	"deaf":    (*Instruction).duration,
	"forget":  func(i *Instruction, args []string) error { return numbers(args) },
	"wait":    (*Instruction).duration,
	"await":   func(i *Instruction, args []string) error { return numbers(args) },
	"unplug":  (*Instruction).duration,
	"repeat":  (*Instruction).repeat,
}

// ParseScript reads a script. An error names the line, and nothing from it: a
// line could be a document.
func ParseScript(src io.Reader) (Script, error) {
	var script Script
	lines := bufio.NewScanner(src)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		in, err := parseInstruction(number, strings.Fields(text))
		if err == nil {
			err = script.admits(in)
		}
		if err != nil {
			return nil, fmt.Errorf("parse script: line %d: %w", number, err)
		}
		script = append(script, in)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("parse script: %w", err)
	}
	if len(script) == 0 {
		return nil, errors.New("parse script: there is no instruction in it")
	}
	return script, nil
}

func parseInstruction(number int, words []string) (Instruction, error) {
	parse, ok := parsers[words[0]]
	if !ok {
		known := strings.Join(slices.Sorted(maps.Keys(parsers)), ", ")
		return Instruction{}, fmt.Errorf("unknown instruction; there are %s", known)
	}
	in := Instruction{Line: number, Verb: words[0]}
	if err := parse(&in, words[1:]); err != nil {
		return Instruction{}, fmt.Errorf("%s: %w", in.Verb, err)
	}
	return in, nil
}

// admits reports why an instruction cannot follow those before it.
func (s Script) admits(next Instruction) error {
	if len(s) > 0 && s[len(s)-1].Verb == "repeat" {
		return errors.New("nothing can follow repeat")
	}
	if next.Verb != "repeat" || next.Min > 0 {
		return nil
	}
	for _, in := range s {
		if (in.Verb == "wait" || in.Verb == "unplug") && in.For > 0 {
			return nil
		}
	}
	return errors.New("repeat: needs a number, or a wait or an unplug before it")
}

// zones reads documents: lines with | between them.
func (i *Instruction) zones(args []string, want int) error {
	if len(args) != want {
		return fmt.Errorf("takes %d documents, not %d", want, len(args))
	}
	for _, arg := range args {
		zone := strings.Split(arg, "|")
		for n := range zone {
			line, err := unescape(zone[n])
			if err != nil {
				return err
			}
			if line == "" {
				return errors.New("a line of the document is empty")
			}
			zone[n] = line
		}
		i.Zones = append(i.Zones, zone)
	}
	return nil
}

// unescape replaces \xHH by the byte.
func unescape(s string) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\x`)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if len(after) < 2 {
			return "", errors.New(`\x needs two hexadecimal digits`)
		}
		c, err := strconv.ParseUint(after[:2], 16, 8)
		if err != nil {
			return "", errors.New(`\x needs two hexadecimal digits`)
		}
		b.WriteByte(byte(c))
		s = after[2:]
	}
}

func (i *Instruction) chunks(args []string) error {
	if err := numbers(args, &i.Min, &i.Max); err != nil {
		return err
	}
	if i.Max < i.Min {
		return errors.New("the second number is the smaller")
	}
	return nil
}

func (i *Instruction) repeat(args []string) error {
	if len(args) == 0 {
		return nil
	}
	return numbers(args, &i.Min)
}

func (i *Instruction) duration(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("takes one duration such as 500ms or 2s, not %d", len(args))
	}
	d, err := time.ParseDuration(args[0])
	if err != nil || d < 0 {
		return errors.New("takes a duration such as 500ms or 2s")
	}
	i.For = d
	return nil
}

func (i *Instruction) share(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("takes one share from 0 to 1, not %d", len(args))
	}
	s, err := strconv.ParseFloat(args[0], 64)
	if err != nil || !(s >= 0 && s <= 1) {
		return errors.New("takes a share from 0 to 1")
	}
	i.Share = s
	return nil
}

func (i *Instruction) word(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("takes one word, not %d", len(args))
	}
	i.Word = args[0]
	return nil
}

// maxNumber bounds what a script can ask to be sent at once.
const maxNumber = 1 << 24

// numbers reads as many positive numbers as there are places for them.
func numbers(args []string, places ...*int) error {
	if len(args) != len(places) {
		return fmt.Errorf("takes %d numbers, not %d", len(places), len(args))
	}
	for k, place := range places {
		n, err := strconv.Atoi(args[k])
		if err != nil || n < 1 || n > maxNumber {
			return fmt.Errorf("takes a number from 1 to %d", maxNumber)
		}
		*place = n
	}
	return nil
}
