package mrz_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"portcullis/mrz"
)

func bytesOf(lines []string) (all [][]byte) {
	for _, l := range lines {
		all = append(all, []byte(l))
	}
	return all
}

func TestNothingIsLeftOfAWipedZone(t *testing.T) {
	for _, lines := range everyZone() {
		var b mrz.Buffer
		if err := b.Set(bytesOf(lines)...); err != nil {
			t.Fatal(err)
		}
		r, err := b.Parse()
		if err != nil || !r.Valid() {
			t.Fatalf("%v, %v", err, r.Findings())
		}
		d := r.Document
		texts := []mrz.Text{d.Code, d.IssuingState, d.Number, d.Primary, d.Secondary, d.Nationality, d.Sex, d.OptionalData, d.OptionalData2}
		b.Wipe()
		for i, text := range texts {
			if strings.Trim(text.Printed(), "\x00") != "" {
				t.Errorf("text %d of %s is left", i, d.Format)
			}
		}
		if strings.Trim(d.BirthDate.Printed()+d.ExpiryDate.Printed(), "\x00") != "" {
			t.Error("a date is left")
		}
		if _, err := b.Parse(); !errors.Is(err, mrz.ErrShape) {
			t.Errorf("a wiped buffer has a zone: %v", err)
		}
	}
}

func TestABufferTakesOneZoneAfterAnother(t *testing.T) {
	var b mrz.Buffer
	for _, lines := range specimens {
		if err := b.Set(bytesOf(lines)...); err != nil {
			t.Fatal(err)
		}
		want := parse(t, lines)
		if got, err := b.Parse(); err != nil || got.Document.Format != want.Document.Format || !got.Document.Number.Equal(want.Document.Number) {
			t.Errorf("%s: %v", want.Document.Format, err)
		}
	}
	long := []byte(strings.Repeat("<", 1000))
	if err := b.Set(long, long); err != nil {
		t.Errorf("long lines: %v", err)
	}
	if _, err := b.Parse(); !errors.Is(err, mrz.ErrShape) {
		t.Errorf("long lines are a zone: %v", err)
	}
	if err := b.Set(long, long, long, long); !errors.Is(err, mrz.ErrShape) {
		t.Errorf("four lines: %v", err)
	}
	if got := shown(&b); strings.Contains(got, "<<") || !strings.Contains(got, "[zone]") {
		t.Error("a buffer prints its zone")
	}
}

func TestABufferKeepsNothingOfTheLinesThatItGot(t *testing.T) {
	var b mrz.Buffer
	given := bytesOf(specimen)
	if err := b.Set(given...); err != nil {
		t.Fatal(err)
	}
	for _, line := range given {
		clear(line)
	}
	if r, err := b.Parse(); err != nil || !r.Valid() || r.Document.Number.Value() != "L898902C3" {
		t.Error("the buffer lost its zone with the lines that it was given")
	}
}

// What was set before is gone: longer lines leave no cells behind shorter ones.
func TestAZoneSetLeavesNothingOfTheOneBefore(t *testing.T) {
	var b mrz.Buffer
	set := func(lines ...string) mrz.Result {
		t.Helper()
		if err := b.Set(bytesOf(lines)...); err != nil {
			t.Fatal(err)
		}
		r, _ := b.Parse()
		return r
	}
	before := set(specimen...)
	number := before.Document.Number
	after := set(specimens[1]...)
	if after.Document.Format != mrz.TD1 || !after.Valid() || number.Value() == "L898902C3" {
		t.Error("the zone before is still there")
	}
	if r := set(specimens[1][:2]...); r.Document.Format != mrz.None {
		t.Errorf("two lines of three are a %s", r.Document.Format)
	}
	long := bytesOf([]string{strings.Repeat("A", 64), strings.Repeat("A", 65)})
	if err := b.Set(long...); err != nil {
		t.Errorf("a line as long as the buffer: %v", err)
	}
	if err := b.Set(make([][]byte, 4)...); !errors.Is(err, mrz.ErrShape) {
		t.Errorf("four lines: %v", err)
	}
	if _, err := b.Parse(); !errors.Is(err, mrz.ErrShape) {
		t.Error("four lines leave a zone")
	}
}

func TestABufferThatWasNeverSetHasNoZone(t *testing.T) {
	var b mrz.Buffer
	if _, err := b.Parse(); !errors.Is(err, mrz.ErrShape) {
		t.Errorf("got %v", err)
	}
	b.Wipe()
	if _, err := b.Parse(); !errors.Is(err, mrz.ErrShape) {
		t.Errorf("wiped: got %v", err)
	}
	if err := b.Set(); err != nil {
		t.Errorf("no lines: %v", err)
	}
}

func TestParsingABufferDoesNotAllocate(t *testing.T) {
	var b mrz.Buffer
	lines := bytesOf(specimen)
	if n := testing.AllocsPerRun(20, func() {
		if err := b.Set(lines...); err != nil {
			t.Fatal(err)
		}
		if r, err := b.Parse(); err != nil || !r.Valid() {
			t.Fatal("not read")
		}
		b.Wipe()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// lane is a struct such as other packages have, with a buffer of its own.
type lane struct {
	buffer mrz.Buffer
	name   string
}

func TestABufferPrintsNoCellWhateverHoldsIt(t *testing.T) {
	var b mrz.Buffer
	if err := b.Set(bytesOf(specimen)...); err != nil {
		t.Fatal(err)
	}
	l := lane{b, "left"}
	holdsNoSecret(t, shown(b, &b, l, &l, []mrz.Buffer{b}, map[string]mrz.Buffer{"zone": b}, struct{ Buffer mrz.Buffer }{b}))
	for _, v := range []any{b, &b} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			if got := fmt.Sprintf(verb, v); got != "[zone]" {
				t.Errorf("%T as %s: got %s", v, verb, got)
			}
		}
		if got := fmt.Sprint(v.(slog.LogValuer).LogValue()); got != "[zone]" {
			t.Errorf("%T in a log: got %s", v, got)
		}
	}
}
