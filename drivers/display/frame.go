package display

import (
	"embed"
	"image"
	"image/color"
	"slices"
	"strings"

	"golang.org/x/image/font/inconsolata"

	"portcullis/drivers"
)

// The dots of the display, and of its parts.
const (
	Width   = 128
	Height  = 64
	picture = 48 // square, on the left
	letter  = 8  // wide
	line    = 32 // high; the font has half of that, and each of its rows is shown twice
)

// A Frame is what the display shows, as its controller has it: Width bytes for
// each 8 rows, the lowest bit on top.
type Frame [Width * Height / 8]byte

// Lit says whether a dot is lit.
func (f *Frame) Lit(x, y int) bool { return f[x+y/8*Width]>>(y%8)&1 == 1 }

func (f *Frame) light(x, y int) { f[x+y/8*Width] |= 1 << (y % 8) }

// Image returns the frame as a picture.
func (f *Frame) Image() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, Width, Height))
	for y := range Height {
		for x := range Width {
			if f.Lit(x, y) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

// Render returns what the display shows for a message in a language. A language
// that it has no words in is shown in pictures alone.
func Render(m drivers.Message, language string) *Frame {
	f := new(Frame)
	for y, row := range pictograms[m] {
		for x, dot := range row {
			if dot == '#' {
				f.light(x, y+(Height-picture)/2)
			}
		}
	}
	for i, text := range words[language][m] {
		f.write(picture+letter/2, i*line, text)
	}
	return f
}

// write writes a line of text, twice as high as the font has it.
func (f *Frame) write(x, y int, text string) {
	face := inconsolata.Bold8x16
	for _, r := range text {
		i, ok := glyph(r)
		if !ok {
			continue // a test keeps such letters out of the words
		}
		for dy := range line {
			for dx := range face.Width {
				if _, _, _, a := face.Mask.At(dx, i*(face.Ascent+face.Descent)+dy/2).RGBA(); a > 0x8000 && x+dx < Width {
					f.light(x+dx, y+dy)
				}
			}
		}
		x += letter
	}
}

// glyph returns the place of a letter in the font.
func glyph(r rune) (i int, ok bool) {
	for _, span := range inconsolata.Bold8x16.Ranges {
		if span.Low <= r && r < span.High {
			return int(r-span.Low) + span.Offset, true
		}
	}
	return 0, false
}

//go:embed pictograms/*.txt
var files embed.FS

// pictograms are drawn in the files named after their messages, a line for a row.
var pictograms = loadPictograms()

func loadPictograms() map[drivers.Message][]string {
	all := make(map[drivers.Message][]string)
	for m := drivers.MessageClosed; m <= drivers.MessageOfficer; m++ {
		text, err := files.ReadFile("pictograms/" + m.String() + ".txt")
		if err != nil {
			continue // they are compiled in: a test looks that none is missing
		}
		all[m] = slices.Collect(strings.FieldsSeq(string(text)))
	}
	return all
}
