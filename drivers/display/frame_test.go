package display_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"portcullis/drivers"
	"portcullis/drivers/display"
)

var update = flag.Bool("update", false, "draw the pictures of testdata anew")

// sheet is all messages in a language, one below the other with a gap.
func sheet(language string) *image.Gray {
	n := int(drivers.MessageOfficer) + 1
	img := image.NewGray(image.Rect(0, 0, display.Width, n*(display.Height+8)-8))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{Y: 96}), image.Point{}, draw.Src)
	for m := range n {
		frame := display.Render(drivers.Message(m), language).Image()
		at := image.Pt(0, m*(display.Height+8))
		draw.Draw(img, frame.Bounds().Add(at), frame, image.Point{}, draw.Src)
	}
	return img
}

func TestFrames(t *testing.T) {
	for _, language := range display.Languages() {
		img, file := sheet(language), filepath.Join("testdata", language+".png")
		if *update {
			var b bytes.Buffer
			if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if g, ok := want.(*image.Gray); !ok || !bytes.Equal(g.Pix, img.Pix) {
			t.Errorf("%s is not what is shown: -update draws it anew", file)
		}
	}
}

// Words that run over the edge, or that the font has no letters for, would be cut.
func TestWordsFit(t *testing.T) {
	for _, language := range display.Languages() {
		for m := drivers.MessageClosed; m <= drivers.MessageOfficer; m++ {
			for _, line := range display.Words(language, m) {
				if n := len([]rune(line)); n == 0 || n > 10 {
					t.Errorf("%s, %v: %q has %d letters, want 1 to 10", language, m, line, n)
				}
				for _, r := range line {
					if !display.HasGlyph(r) {
						t.Errorf("%s, %v: the font has no %q", language, m, r)
					}
				}
			}
		}
	}
}

func TestEveryMessageHasAPictureOfItsOwn(t *testing.T) {
	seen := map[display.Frame]drivers.Message{}
	for m := drivers.MessageClosed; m <= drivers.MessageOfficer; m++ {
		f := display.Render(m, "") // pictures alone
		if other, ok := seen[*f]; ok || *f == (display.Frame{}) {
			t.Errorf("%v looks like %v, or like nothing", m, other)
		}
		seen[*f] = m
		for x := 48; x < display.Width; x++ {
			for y := range display.Height {
				if f.Lit(x, y) {
					t.Fatalf("%v: the picture is wider than its place", m)
				}
			}
		}
	}
}

// The messages are those that the data sheet has for a display with a charge pump
// (section "Software Configuration" of its application note), and all dots.
func TestSettingUpIsWhatTheControllerTakes(t *testing.T) {
	text, err := os.ReadFile("testdata/setup.txt")
	if err != nil {
		t.Fatal(err)
	}
	bus := &i2ctest.Playback{DontPanic: true}
	for _, row := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var command byte
		if _, err := fmt.Sscanf(row, "%x", &command); err != nil {
			t.Fatalf("%q: %v", row, err)
		}
		bus.Ops = append(bus.Ops, i2ctest.IO{Addr: 0x3c, W: []byte{0x00, command}})
	}
	frame := display.Render(drivers.MessageClosed, "en")
	bus.Ops = append(bus.Ops, i2ctest.IO{Addr: 0x3c, W: append([]byte{0x40}, frame[:]...)})
	if err := display.DrawOnce(bus, frame); err != nil {
		t.Error(err)
	}
	if err := bus.Close(); err != nil {
		t.Errorf("not all messages were sent: %v", err)
	}
}
