package viz

import (
	"maps"
	"strings"
)

// entry is a letter of the tables: its forms, the preferred first, and what it
// becomes in some languages.
type entry struct {
	forms  []string
	except exception
}

// table is all three tables, the letters A to Z, and those beyond.
var table = tables()

func tables() map[rune]entry {
	all := map[rune]entry{}
	for r := 'A'; r <= 'Z'; r++ {
		all[r] = entry{forms: []string{string(r)}}
	}
	for _, row := range latin {
		for _, r := range row.letters {
			all[r] = entry{forms: strings.Fields(row.forms)}
		}
	}
	for _, row := range cyrillic {
		all[row.letter] = entry{[]string{row.form}, row.except}
	}
	for _, row := range arabic {
		all[row.letter] = entry{forms: strings.Fields(row.forms)}
	}
	maps.Copy(all, beyond)
	return all
}

// in returns the forms of a letter in a language. In a language with an
// exception for it that is the only form; in any, it is one more.
func (e entry) in(l Language, first bool) []string {
	x := e.except
	switch {
	case x.form == "" || x.first && !first:
		return e.forms
	case l == AnyLanguage:
		return []string{e.forms[0], x.form}
	case x.languages.has(l):
		return []string{x.form}
	}
	return e.forms
}
