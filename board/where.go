package board

import (
	"fmt"
	"regexp"
	"strings"
)

// places are where the keys of a file stand, by their full names.
type places map[string]int

var (
	tableHead = regexp.MustCompile(`^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]`)
	keyHead   = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*=`)
)

// keyLines notes the line of each table and key of a file. It need not
// understand all of TOML: it is for error messages alone, and a key that it
// misses is looked for by its table.
func keyLines(text string) places {
	p, table := make(places), ""
	for i, line := range strings.Split(text, "\n") {
		if m := tableHead.FindStringSubmatch(line); m != nil {
			table = m[1] + "."
			p[m[1]] = i + 1
		} else if m := keyHead.FindStringSubmatch(line); m != nil {
			p[table+m[1]] = i + 1
		}
	}
	return p
}

// locate says in which line of the file a key is wrong, or the table that it
// should be in.
func (p places) locate(key string, err error) error {
	for {
		if n, ok := p[key]; ok {
			return fmt.Errorf("file line %d: %w", n, err)
		}
		at := strings.LastIndexByte(key, '.')
		if at < 0 {
			return err
		}
		key = key[:at]
	}
}
