package api

import (
	"path/filepath"
	"strings"
	"testing"
)

// FuzzNames looks for a name that leads out of an inbox, or that two files share
// while they are not whole.
func FuzzNames(f *testing.F) {
	for _, name := range []string{timestampFile, "1.root.json", "sltd/x.bin", "sltd/../x", "/etc/passwd", "sltd/.", ".parts/x.1", "sltd/a.5"} {
		f.Add(name)
	}
	b := &inbox{dir: "/inbox/sltd", list: "sltd"}
	f.Fuzz(func(t *testing.T, name string) {
		if limitOf("sltd", name, DefaultLimits) == 0 {
			return
		}
		path, part := b.path(name), b.partPath(name, 1)
		if !filepath.IsLocal(name) || path != b.dir+"/"+name || strings.Contains(name, partsFolder) || len(filepath.Base(part)) > 255 {
			t.Errorf("%q lies at %s, and at %s until it is whole", name, path, part)
		}
		if back := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(part), ".1"), "+", "/"); back != name {
			t.Errorf("%q is %q until it is whole", name, back)
		}
	})
}

// FuzzSpan looks for a range that is none.
func FuzzSpan(f *testing.F) {
	f.Add("bytes 0-4/5", int64(5))
	f.Add("bytes 0-4/*", int64(-1))
	f.Add("", int64(7))
	f.Fuzz(func(t *testing.T, header string, length int64) {
		p, err := parseSpan(header, length)
		if err == nil && (p.from < 0 || p.from >= p.to || p.to > p.size || length >= 0 && p.to-p.from != length) {
			t.Errorf("%q of %d bytes is %+v", header, length, p)
		}
	})
}
