package viz

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a component of a name, letter by letter.
type word []letter

// letter is what a letter may become, the preferred form first. It has no form
// where the table says that it is not encoded.
type letter struct {
	from    rune
	forms   []string
	doubled bool
}

// Transliterate returns what a word or a name becomes in the zone, by the
// preferred rows of Doc 9303-3 §6: letters A to Z, and a filler between words.
// It refuses digits and letters that the tables do not have.
func Transliterate(text string, l Language) (string, error) {
	words, err := spell(text, l, false)
	if err != nil {
		return "", fmt.Errorf("viz: transliterate: %w", err)
	}
	return strings.Join(preferred(words), "<"), nil
}

// Matches reports whether some cells are a transliteration of a text: the
// preferred one or any other that the tables list, in the language or, where
// that is AnyLanguage, in one of them letter by letter.
func Matches(text, cells string, l Language) bool {
	words, err := spell(text, l, false)
	parts := strings.Split(strings.TrimRight(cells, "<"), "<")
	return err == nil && len(words) > 0 && matchAll(words, parts, whole, exact)
}

// fault is why a text cannot be transliterated, without the text.
type fault string

func (f fault) Error() string { return string(f) }

// spell takes a text apart into words. Spaces, hyphens and commas part them;
// apostrophes and other punctuation are dropped (Doc 9303-3 §4.6). Digits
// stand for themselves where they may be misread letters.
func spell(text string, l Language, digits bool) ([]word, error) {
	if !utf8.ValidString(text) {
		return nil, fault("holds bytes that are no text")
	}
	s := speller{language: l, digits: digits}
	for _, r := range capitals(text) {
		if err := s.take(r); err != nil {
			return nil, err
		}
	}
	s.end()
	return s.words, nil
}

// speller is a text half taken apart.
type speller struct {
	language Language
	digits   bool
	words    []word
	word     word
}

func (s *speller) take(r rune) error {
	e, listed := table[r]
	switch {
	case r == shadda:
		s.double()
	case listed && (unicode.IsMark(r) || r == tatweel): // not encoded, and no letter
	case listed:
		s.word = append(s.word, letter{from: r, forms: e.in(s.language, len(s.word) == 0)})
	case s.digits && '0' <= r && r <= '9':
		s.word = append(s.word, letter{from: r, forms: []string{string(r)}})
	case separates(r):
		s.end()
	case !dropped(r):
		return refuse(r)
	}
	return nil
}

// double repeats the letter that a shadda is over, once.
func (s *speller) double() {
	if len(s.word) == 0 {
		return
	}
	last := &s.word[len(s.word)-1]
	if last.doubled {
		return
	}
	last.doubled = true
	last.forms = slices.Clone(last.forms)
	for i, form := range last.forms {
		last.forms[i] = form + form
	}
}

// end ends a word. One of which nothing is encoded is none.
func (s *speller) end() {
	w := s.word
	s.word = nil
	if !slices.ContainsFunc(w, func(l letter) bool { return len(l.forms) > 0 }) {
		return
	}
	if last := &w[len(w)-1]; last.from == tehMarbuta {
		last.forms = slices.Clone(last.forms)
		slices.Reverse(last.forms)
	}
	s.words = append(s.words, w)
}

// commas are those of the scripts of the tables.
const commas = ",\u060c\uff0c"

// separates reports whether a character parts words.
func separates(r rune) bool {
	const minus = 0x2212
	return unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == minus || strings.ContainsRune(commas, r)
}

// dropped reports whether a character leaves no trace: punctuation, what
// serves as an apostrophe though it is none, and invisible characters.
func dropped(r rune) bool {
	// No clause lists them: they are a default.
	const apostrophes = "`´ʹʺʻʼʽʾʿˈꞋꞌ"
	return unicode.IsPunct(r) || strings.ContainsRune(apostrophes, r) || unicode.Is(unicode.Cf, r)
}

// refuse says of what kind a character is that the zone has no form for.
func refuse(r rune) error {
	switch {
	case unicode.IsNumber(r):
		return fault("holds a digit")
	case unicode.IsLetter(r):
		return fault("holds a letter that is in no table of Doc 9303-3 §6")
	case unicode.IsMark(r):
		return fault("holds a combining mark that makes no letter of Doc 9303-3 §6")
	case unicode.IsSymbol(r):
		return fault("holds a symbol")
	}
	return fault("holds a character that is no text")
}

// preferred returns the words in their preferred form.
func preferred(words []word) []string {
	all := make([]string, len(words))
	for i, w := range words {
		var cells strings.Builder
		for _, l := range w {
			if len(l.forms) > 0 {
				cells.WriteString(l.forms[0])
			}
		}
		all[i] = cells.String()
	}
	return all
}
