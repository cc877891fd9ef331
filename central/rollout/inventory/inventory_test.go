package inventory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/central/rollout/inventory"
)

func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func names(all []inventory.Device) string {
	var n []string
	for _, d := range all {
		n = append(n, d.Name)
	}
	return strings.Join(n, " ")
}

func TestBothKindsOfFileTellTheSame(t *testing.T) {
	toml := write(t, "devices.toml", "[[device]]\nname = \"gate-2\"\naddress = \"10.0.0.2:1\"\nsite = \"zrh\"\ntags = [\"canary\"]\n[[device]]\nname = \"gate-1\"\naddress = \"[::1]:1\"\n")
	lines := write(t, "devices.jsonl", `{"name":"gate-2","address":"10.0.0.2:1","site":"zrh","tags":["canary"]}`+"\n\n"+`{"name":"gate-1","address":"[::1]:1"}`)
	a, err1 := inventory.Read(toml)
	b, err2 := inventory.Read(lines)
	if err1 != nil || err2 != nil || fmt.Sprint(a) != fmt.Sprint(b) || names(a) != "gate-1 gate-2" {
		t.Errorf("%v, %v; %v, %v", a, err1, b, err2)
	}
}

func TestAFileThatCannotBeSentToIsRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "no device",
		`{"name":"A b","address":":1"}`: "no name",
		`{"name":"a"}`:                  "address of a",
		`{"name":"a","address":":1"}` + "\n" + `{"name":"a","address":":2"}`: "twice",
		`{"name":"a","adress":":1"}`:                                         "line 1",
	} {
		if _, err := inventory.Read(write(t, "d.jsonl", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := inventory.Read(write(t, "d.toml", "[[device]]\nname=\"a\"\naddress=\":1\"\ntag=\"x\"\n")); err == nil {
		t.Error("an unknown setting is read")
	}
}

func TestSelectorsPickWhatFitsEveryTerm(t *testing.T) {
	all := []inventory.Device{{Name: "gate-1", Site: "zrh", Tags: []string{"canary"}}, {Name: "gate-2", Site: "zrh"}, {Name: "desk-1", Site: "gva", Lane: "7"}}
	for text, want := range map[string]string{
		"": "gate-1 gate-2 desk-1", "site=zrh": "gate-1 gate-2", "name=gate-*": "gate-1 gate-2", "site=zrh,tag=canary": "gate-1",
		"lane=7": "desk-1", "tag=none": "", "percent=100": "gate-1 gate-2 desk-1",
	} {
		s, err := inventory.ParseSelector(text)
		if err != nil || names(s.Pick(all)) != want {
			t.Errorf("%q picks %q (%v), want %q", text, names(s.Pick(all)), err, want)
		}
	}
	for _, bad := range []string{"site", "site=", "colour=red", "percent=0", "percent=x", "percent=101", "name=[", "site=a,,"} {
		if _, err := inventory.ParseSelector(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestAPercentageIsAboutThatPartAndAlwaysTheSame(t *testing.T) {
	var all []inventory.Device
	for i := range 10_000 {
		all = append(all, inventory.Device{Name: fmt.Sprintf("gate-%d", i)})
	}
	s, _ := inventory.ParseSelector("percent=10")
	picked := s.Pick(all)
	if len(picked) < 900 || len(picked) > 1100 {
		t.Errorf("%d of 10000 are picked", len(picked))
	}
	if few := s.Pick(all[:100]); !strings.HasPrefix(names(picked), names(few)) {
		t.Error("which devices are picked depends on what others there are")
	}
}

func TestCentralIsAskedPageByPageAndThoseItDistrustsAreLeftOut(t *testing.T) {
	heard := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	devices := []map[string]any{
		{"name": "gate-1", "heard": heard, "status": map[string]any{"address": "10.0.0.1:8443", "lane": "1", "site": "zrh"}},
		{"name": "gate-2", "revoked": heard}, {"name": "gate-3", "lost": true}, {"name": "gate-4", "site": "gva"},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := map[string]any{"devices": devices[:2], "next": "gate-2"}
		if r.URL.Query().Get("after") == "gate-2" {
			page = map[string]any{"devices": devices[2:]}
		}
		if r.URL.Path != "/v1/devices" {
			w.WriteHeader(http.StatusNotFound)
		}
		json.NewEncoder(w).Encode(page)
	}))
	defer s.Close()
	all, err := inventory.Ask(context.Background(), s.Client(), s.URL+"/")
	if err != nil || names(all) != "gate-1 gate-4" {
		t.Fatalf("%v, %v", all, err)
	}
	if d := all[0]; d.Address != "10.0.0.1:8443" || d.Lane != "1" || d.Site != "zrh" || !d.Heard.Equal(heard) || d.Never {
		t.Errorf("gate-1 is %+v", d)
	}
	if d := all[1]; !d.Never || d.Site != "gva" {
		t.Errorf("gate-4 is %+v", d)
	}
	if _, err := inventory.Ask(context.Background(), s.Client(), s.URL+"/x"); err == nil {
		t.Error("a refusal is taken for an inventory")
	}
}
