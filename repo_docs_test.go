package portcullis

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// firstCells returns the first column of the table under a heading.
func firstCells(t *testing.T, file, heading string) (cells []string) {
	t.Helper()
	_, section, found := strings.Cut(read(t, file), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %s", file, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if cell, ok := strings.CutPrefix(line, "| "); ok {
			cell, _, _ = strings.Cut(cell, " |")
			cells = append(cells, cell)
		}
	}
	return cells[1:] // without the head
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var quoted = regexp.MustCompile("`([^`]+)`")

// TestArchitectureNamesEveryPackage: a name beside another in a cell may leave
// out the folder of the first.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	named := map[string]bool{}
	for _, cell := range firstCells(t, "ARCHITECTURE.md", "The tree") {
		names := quoted.FindAllStringSubmatch(cell, -1)
		for _, name := range names {
			dir := path.Clean(name[1])
			if !isFolder(dir) {
				dir = path.Join(path.Dir(names[0][1]), dir)
			}
			if named[dir] || !isFolder(dir) {
				t.Errorf("%s is named twice, or is no folder", dir)
			}
			named[dir] = true
		}
	}
	for _, f := range sources(t) {
		if dir := path.Dir(f.path); !named[dir] {
			t.Errorf("%s is not named", dir)
			named[dir] = true // once is enough
		}
	}
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

var (
	required = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // without those that are indirect
	tool     = regexp.MustCompile(`(?m)^tool (\S+)/cmd/\S+$`)
	forge    = regexp.MustCompile(`^(github\.com|golang\.org)/`)
)

func TestArchitectureNamesEveryDependency(t *testing.T) {
	var want []string
	for _, m := range append(required.FindAllStringSubmatch(read(t, "go.mod"), -1), tool.FindAllStringSubmatch(read(t, "go.mod"), -1)...) {
		want = append(want, forge.ReplaceAllString(m[1], ""))
	}
	var got []string
	for _, cell := range firstCells(t, "ARCHITECTURE.md", "Dependencies") {
		got = append(got, strings.Split(cell, ", ")...)
	}
	slices.Sort(want)
	slices.Sort(got)
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("%s is not named", name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("%s is named, and is not required", name)
		}
	}
}
