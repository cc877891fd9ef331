package wire_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// vector returns the bytes of a frame in testdata/vectors.txt, where each is
// a heading and a hex dump.
func vector(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "## "+name+"\n")
	if !found {
		t.Fatalf("no vector %q", name)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var digits strings.Builder
	for line := range strings.Lines(section) {
		if len(line) > 60 && strings.HasPrefix(line[8:], "  ") {
			digits.WriteString(strings.ReplaceAll(line[10:58], " ", ""))
		}
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("vector %q: %v", name, err)
	}
	return string(b)
}
