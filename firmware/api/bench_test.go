package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"portcullis/firmware/api"
)

// BenchmarkPut brings files by parts of 1 MB, each of which is on the disk when
// it is answered.
func BenchmarkPut(b *testing.B) {
	d := start(b, func(o *api.Options) { o.Limits = api.DefaultLimits })
	part := make([]byte, 1<<20)
	b.SetBytes(int64(len(part)))
	for i := 0; b.Loop(); i++ {
		at, of := i%1000*len(part), fmt.Sprint(files, "sltd/", i/1000)
		a := d.ask(b, http.MethodPut, of, fmt.Sprintf("bytes %d-%d/%d", at, at+len(part)-1, 1000*len(part)), bytes.NewReader(part))
		if a.status != 200 {
			b.Fatalf("part %d: %s", i, a.body)
		}
	}
}
