package mrz_test

import (
	"errors"
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
	for _, lines := range specimens {
		var b mrz.Buffer
		if err := b.Set(bytesOf(lines)...); err != nil {
			t.Fatal(err)
		}
		r, err := b.Parse()
		if err != nil || !r.Valid() {
			t.Fatalf("%v, %v", err, r.Findings())
		}
		d := r.Document
		texts := []mrz.Text{d.Code, d.IssuingState, d.Number, d.Primary, d.Secondary, d.Nationality, d.Sex, d.OptionalData}
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
