package sim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers/sim"
)

func TestScript(t *testing.T) {
	got, err := sim.ParseScript(strings.NewReader(`
# a morning at the desk
present P<UTO|L898902C3\x07
half A|B
glued A|B C|D
noread
noise 40
  endless 102400
chunks 1 64
jitter 50ms
wait 2s
unplug 1s
badsum A|B
dropped A|B
lose 0.1
flip 1
layout de
deaf 5s
forget

repeat
`))
	if err != nil {
		t.Fatal(err)
	}
	want := sim.Script{
		{Line: 3, Verb: "present", Zones: [][]string{{"P<UTO", "L898902C3\a"}}},
		{Line: 4, Verb: "half", Zones: [][]string{{"A", "B"}}},
		{Line: 5, Verb: "glued", Zones: [][]string{{"A", "B"}, {"C", "D"}}},
		{Line: 6, Verb: "noread"},
		{Line: 7, Verb: "noise", Min: 40},
		{Line: 8, Verb: "endless", Min: 102400},
		{Line: 9, Verb: "chunks", Min: 1, Max: 64},
		{Line: 10, Verb: "jitter", For: 50 * time.Millisecond},
		{Line: 11, Verb: "wait", For: 2 * time.Second},
		{Line: 12, Verb: "unplug", For: time.Second},
		{Line: 13, Verb: "badsum", Zones: [][]string{{"A", "B"}}},
		{Line: 14, Verb: "dropped", Zones: [][]string{{"A", "B"}}},
		{Line: 15, Verb: "lose", Share: 0.1},
		{Line: 16, Verb: "flip", Share: 1},
		{Line: 17, Verb: "layout", Word: "de"},
		{Line: 18, Verb: "deaf", For: 5 * time.Second},
		{Line: 19, Verb: "forget"},
		{Line: 21, Verb: "repeat"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("script differs (-want +got):\n%s", diff)
	}
}

func TestABadScriptNamesTheLineAndQuotesNothing(t *testing.T) {
	for text, want := range map[string]string{
		"L898902C36UTO":               "unknown instruction; there are await, badsum, chunks, deaf,",
		"PRESENT A":                   "unknown instruction",
		"present":                     "present: takes 1 documents, not 0",
		"present L898902C3 L898902C3": "present: takes 1 documents, not 2",
		"present L898902C3|":          "present: a line of the document is empty",
		`present L898902C3\xG1`:       "present: \\x needs two hexadecimal digits",
		`present L898902C3\x1`:        "present: \\x needs two hexadecimal digits",
		"half":                        "half: takes 1 documents",
		"glued L898902C3":             "glued: takes 2 documents, not 1",
		"noread L898902C3":            "noread: takes 0 documents",
		"noise L898902C3":             "noise: takes a number",
		"noise 0":                     "noise: takes a number",
		"noise":                       "noise: takes 1 numbers, not 0",
		"endless 99999999999":         "endless: takes a number",
		"chunks 1":                    "chunks: takes 2 numbers, not 1",
		"chunks 9 3":                  "chunks: the second number is the smaller",
		"jitter L898902C3":            "jitter: takes a duration",
		"lose L898902C3":              "lose: takes a share",
		"flip 1.5":                    "flip: takes a share",
		"flip NaN":                    "flip: takes a share",
		"lose":                        "lose: takes one share from 0 to 1, not 0",
		"layout":                      "layout: takes one word, not 0",
		"deaf":                        "deaf: takes one duration",
		"forget L898902C3":            "forget: takes 0 numbers",
		"badsum":                      "badsum: takes 1 documents",
		"dropped":                     "dropped: takes 1 documents",
		"wait -2s":                    "wait: takes a duration",
		"wait":                        "wait: takes one duration",
		"repeat":                      "repeat: needs a number, or a wait",
		"wait 0s\nrepeat":             "repeat: needs a number, or a wait",
		"wait 1s\nrepeat\nnoread":     "nothing can follow repeat",
		"repeat L898902C3":            "repeat: takes a number",
	} {
		_, err := sim.ParseScript(strings.NewReader("noise 4\n" + text))
		line := fmt.Sprintf("line %d: ", 2+strings.Count(text, "\n"))
		if err == nil || !strings.Contains(err.Error(), line+want) || strings.Contains(err.Error(), "L898902C3") {
			t.Errorf("ParseScript(%q) = %v, want %q and %q", text, err, line, want)
		}
	}
	if _, err := sim.ParseScript(strings.NewReader("# later\n\n")); err == nil {
		t.Error("a script without an instruction is taken")
	}
	if _, err := sim.ParseScript(strings.NewReader("present " + strings.Repeat("<", 1<<20))); err == nil {
		t.Error("a line without an end is taken")
	}
}

func FuzzScript(f *testing.F) {
	f.Add("present A|B\nchunks 1 64\nwait 1s\nrepeat")
	f.Add(`half \x00\xff|\x`)
	f.Fuzz(func(t *testing.T, text string) {
		script, err := sim.ParseScript(strings.NewReader(text))
		if err != nil && script != nil {
			t.Error("an error and a script")
		}
		for _, in := range script {
			if in.Line < 1 || in.Min < 0 || in.For < 0 || in.Max != 0 && in.Max < in.Min {
				t.Errorf("%v: %+v", in, in.For)
			}
		}
	})
}

func parse(t *testing.T, text string) sim.Script {
	t.Helper()
	s, err := sim.ParseScript(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAScriptIsRun(t *testing.T) {
	r, path := plugged(t)
	p, a, b := host(t, path), frame(t, td3), frame(t, td1)
	zone3, zone1 := strings.Join(td3, "|"), strings.Join(td1, "|")
	script := parse(t, "chunks 1 64\njitter 1ms\npresent "+zone3+"\nwait 1ms\nhalf "+zone3+"\nglued "+zone3+" "+zone1+"\nnoread\nendless 50\nnoise 9\nrepeat 2")
	if err := script.Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	once := len(a) + len(a)/2 + len(a) + len(b) + 4 + 50 + 9
	got := receive(t, p, 2*once)
	if len(got) != 2*once || !bytes.HasPrefix(got, a) || !bytes.HasPrefix(got[once:], a) {
		t.Errorf("%d bytes, want twice %d that begin with the document", len(got), once)
	}
}

func TestAScriptUnplugs(t *testing.T) {
	r, path := plugged(t)
	node := r.Node()
	if err := parse(t, "unplug 1ms").Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if r.Node() == node {
		t.Errorf("still at %s", node)
	}
	p := host(t, path)
	if err := parse(t, "noread").Run(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, p, 4); string(got) != "\x1c\x02\x03\x1d" {
		t.Errorf("% x after plugging in again", got)
	}
}

func TestAScriptEndsWithItsContext(t *testing.T) {
	for _, text := range []string{"wait 1h\nrepeat", "unplug 1h", "endless 4000000", "jitter 1h\nnoise 4\nnoise 4"} {
		r, _ := plugged(t)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := parse(t, text).Run(ctx, r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q: Run = %v, want DeadlineExceeded", text, err)
		}
		cancel()
	}
}

func TestAScriptErrorNamesTheLine(t *testing.T) {
	r, _ := plugged(t)
	if err := r.Unplug(); err != nil {
		t.Fatal(err)
	}
	err := parse(t, "wait 0s\npresent L898902C3").Run(t.Context(), r)
	if !errors.Is(err, sim.ErrUnplugged) || !strings.Contains(err.Error(), "line 2: present") || strings.Contains(err.Error(), "L898") {
		t.Errorf("Run = %v, want ErrUnplugged at line 2", err)
	}
}

func TestLinesThatAreTypedArePresented(t *testing.T) {
	r, path := plugged(t)
	p := host(t, path)
	typed := "\n" + strings.Join(td3, "\n") + "\n\n\n" + strings.Join(td1, "\r\n")
	if err := r.PresentFrom(t.Context(), strings.NewReader(typed)); err != nil {
		t.Fatal(err)
	}
	want := append(frame(t, td3), frame(t, td1)...)
	if got := receive(t, p, len(want)); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

func TestWaitingForLinesEndsWithItsContext(t *testing.T) {
	r, _ := plugged(t)
	src, typist := io.Pipe()
	defer typist.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := r.PresentFrom(ctx, src); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("PresentFrom = %v, want DeadlineExceeded", err)
	}
	if err := r.PresentFrom(t.Context(), iotestError{}); err == nil {
		t.Error("PresentFrom hides that it could not read")
	}
}

// iotestError is a source that fails.
type iotestError struct{}

func (iotestError) Read([]byte) (int, error) { return 0, errors.New("cannot read") }
