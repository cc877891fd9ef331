package api_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"portcullis/firmware/api"
	"portcullis/protocol"
)

// described is what the tests need of the description.
type described struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Parameters  []struct{ Name, In string }
		Responses   map[string]any
	}
	Components struct {
		Schemas map[string]struct{ Properties map[string]any }
	}
}

func TestTheDescriptionIsOfWhatIsServed(t *testing.T) {
	d := start(t, nil)
	var doc described
	d.ask(t, "GET", protocol.OpenAPIPath, "", nil).into(t, &doc)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("it is of version %q", doc.OpenAPI)
	}
	var said []string
	for path, operations := range doc.Paths {
		for method, o := range operations {
			said = append(said, strings.ToUpper(method)+" "+path)
			for _, p := range o.Parameters {
				if p.In == "path" && !strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s %s has no %s", method, path, p.Name)
				}
			}
			if len(o.Responses) < 2 || o.OperationID == "" {
				t.Errorf("%s %s is described badly", method, path)
			}
		}
	}
	slices.Sort(said)
	served := api.Routes()
	slices.Sort(served)
	if !slices.Equal(said, served) {
		t.Errorf("it says %v\nand serves %v", said, served)
	}
}

func TestTheDescriptionHasEveryFieldOfEveryMessage(t *testing.T) {
	var doc described
	if err := json.Unmarshal(api.Description(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{
		protocol.Problem{}, protocol.Status{}, protocol.Held{}, protocol.Part{}, protocol.InstallRequest{}, protocol.Install{}, protocol.Order{},
	} {
		typ := reflect.TypeOf(v)
		var fields []string
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, name)
		}
		said := slices.Sorted(maps.Keys(doc.Components.Schemas[typ.Name()].Properties))
		slices.Sort(fields)
		if !slices.Equal(said, fields) {
			t.Errorf("%s is described with %v, and has %v", typ.Name(), said, fields)
		}
	}
	for _, name := range strings.Split(string(api.Description()), `"#/components/schemas/`)[1:] {
		name, _, _ = strings.Cut(name, `"`)
		if _, ok := doc.Components.Schemas[name]; !ok {
			t.Errorf("%s is named and not described", name)
		}
	}
}
