package main

import (
	"strings"
	"testing"

	"portcullis/cache/keys"
)

// TestKeysWarnOfWhatSomebodyShouldMend looks at each state that a technician
// need know of.
func TestKeysWarnOfWhatSomebodyShouldMend(t *testing.T) {
	for name, c := range map[string]struct {
		status keys.Status
		want   string
	}{
		"bound to nothing": {keys.Status{State: keys.StateReady}, "bound to nothing"},
		"a plain key":      {keys.Status{Lists: []keys.ListStatus{{Name: "sltd"}}}, "keys seal"},
		"a file of all":    {keys.Status{Exposed: []string{"device.key"}}, "device.key may be read"},
		"all in order":     {keys.Status{State: keys.StateReady, BoundTo: []string{"tpm"}, Lists: []keys.ListStatus{{Name: "sltd", Sealed: true}}}, ""},
	} {
		got := keyWarnings(c.status)
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s: it warns %q", name, got)
		}
	}
}
