package trust_test

import (
	"maps"
	"slices"
	"testing"

	"portcullis/cache/trust"
)

// BenchmarkLoad has a device with five roots behind it.
func BenchmarkLoad(b *testing.B) {
	p := published(b)
	for range 4 {
		p.Rotate("root")
	}
	d := newDevice(b, p)
	d.refreshes(p)
	files := p.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b.Logf("%6d bytes  %s", len(files[name]), name)
	}
	for b.Loop() {
		if _, err := trust.Load(d.Options); err != nil {
			b.Fatal(err)
		}
	}
}
