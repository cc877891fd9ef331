package console_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"portcullis/firmware/console"
)

var update = flag.Bool("update", false, "write the golden files")

func TestAViewAsThePagesGetIt(t *testing.T) {
	s, url := serve(t, console.Options{})
	for name, v := range map[string]console.View{"full": sample(), "empty": {Now: noon}, "bare": {Now: noon, Last: &console.Passage{ID: "01K6"}}} {
		s.Publish(v)
		var got bytes.Buffer
		if err := json.Indent(&got, []byte(open(t, http.DefaultClient, url+"/events").view().Data), "", "  "); err != nil {
			t.Fatal(err)
		}
		got.WriteByte('\n')
		golden := "testdata/view-" + name + ".json"
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got\n%s\nwant\n%s", golden, &got, want)
		}
	}
}

// The View is the one door through which data reach a screen. It has fields
// for what an officer must see, and none that asks for what stands in a
// document.
func TestAViewHasNoFieldForPersonalData(t *testing.T) {
	personal := []string{"number", "surname", "primary", "secondary", "given", "birth", "nationality", "sex", "expiry", "optional", "mrz", "lines", "holder", "photo"}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type, string)
	walk = func(r reflect.Type, path string) {
		switch r.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(r.Elem(), path)
		case reflect.Map, reflect.Interface:
			t.Errorf("%s may hold anything", path)
		case reflect.Struct:
			if seen[r] || r == reflect.TypeFor[time.Time]() {
				return
			}
			seen[r] = true
			for f := range r.Fields() {
				for _, p := range personal {
					if strings.Contains(strings.ToLower(f.Name), p) {
						t.Errorf("%s.%s", path, f.Name)
					}
				}
				walk(f.Type, path+"."+f.Name)
			}
		}
	}
	walk(reflect.TypeFor[console.View](), "View")
	if len(seen) != 8 {
		t.Errorf("looked at %d types, want 8", len(seen))
	}
}
