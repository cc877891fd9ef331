package sync_test

import (
	"testing"

	"portcullis/cache/sync"
)

func TestContentRangeIsReadOrRefused(t *testing.T) {
	for header, want := range map[string]struct {
		start, size int64
		ok          bool
	}{
		"bytes 100-999/1000":             {100, 1000, true},
		"bytes 0-0/1":                    {0, 1, true},
		"bytes 100-999/*":                {100, -1, true},
		"":                               {},
		"bytes */1000":                   {},
		"bytes 100/1000":                 {},
		"bytes 100-999":                  {},
		"bytes -1-5/10":                  {},
		"bytes 100-999/100":              {},
		"bytes 100-999/-1":               {},
		"bytes 99999999999999999999-1/2": {},
		"lines 1-2/3":                    {},
	} {
		start, size, ok := sync.ContentRange(header)
		if ok != want.ok || ok && (start != want.start || size != want.size) {
			t.Errorf("%q is read as %d of %d, %v", header, start, size, ok)
		}
	}
}

func FuzzContentRange(f *testing.F) {
	f.Add("bytes 100-999/1000")
	f.Add("bytes 100-999/*")
	f.Fuzz(func(t *testing.T, header string) {
		if start, size, ok := sync.ContentRange(header); ok && (start < 0 || size != -1 && size <= start) {
			t.Errorf("%q is read as %d of %d", header, start, size)
		}
	})
}
