package display

import (
	"time"

	"portcullis/drivers"
)

// Words returns the words of a message.
func Words(language string, m drivers.Message) [2]string { return words[language][m] }

// HasGlyph says whether the font has a letter.
func HasGlyph(r rune) bool {
	_, ok := glyph(r)
	return ok
}

// DrawOnce sets up a display and draws one frame.
func DrawOnce(bus Bus, f *Frame) error {
	d, err := New(Config{Open: func() (Bus, error) { return bus, nil }})
	if err != nil {
		return err
	}
	return d.draw(time.Now(), f)
}
