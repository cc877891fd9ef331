package viz

import (
	"fmt"
	"strings"

	"portcullis/mrz"
)

// EncodeName returns the cells of the name field of a layout: words parted by
// single fillers, identifiers by two, and fillers to the end (Doc 9303-3
// §4.6). Where there is one identifier only, it is the primary. A name that
// does not fit is cut as the options say.
func EncodeName(f mrz.Format, primary, secondary string, o Options) (string, error) {
	width := roomOf(f).name
	if width == 0 {
		return "", fmt.Errorf("viz: encode name: there is no layout of that number")
	}
	cells, err := encodeName(width, primary, secondary, o)
	if err != nil {
		return "", fmt.Errorf("viz: encode name: %w", err)
	}
	return cells + strings.Repeat("<", width-len(cells)), nil
}

func encodeName(width int, primary, secondary string, o Options) (string, error) {
	first, err := spell(primary, o.Language, false)
	if err != nil {
		return "", &Error{mrz.Primary, err.Error()}
	}
	second, err := spell(secondary, o.Language, false)
	if err != nil {
		return "", &Error{mrz.Secondary, err.Error()}
	}
	if len(first) == 0 {
		first, second = second, nil
	}
	if len(first) == 0 {
		return "", &Error{mrz.Name, "is empty"}
	}
	p, s := preferred(first), preferred(second)
	ps, ss, ok := o.Truncation.fit(shapeOf(p), shapeOf(s), width)
	if !ok {
		return "", &Error{mrz.Name, "does not fit, and no way of cutting it ends in a letter"}
	}
	cells := join(p, ps)
	if len(ss) > 0 {
		cells += "<<" + join(s, ss)
	}
	return cells, nil
}

// join joins words with single fillers, each cut to what its shape keeps.
func join(words []string, s shape) string {
	kept := make([]string, len(s))
	for i, n := range s {
		kept[i] = words[i][:n]
	}
	return strings.Join(kept, "<")
}

// splitName parts a whole name at its first comma.
func splitName(text string) (primary, secondary string) {
	at := strings.IndexAny(text, commas)
	if at < 0 {
		return text, ""
	}
	return text[:at], text[at:] // the comma parts words, and leaves no trace
}
