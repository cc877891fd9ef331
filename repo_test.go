// Package portcullis holds no code: its tests are the rules of the house.
package portcullis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "portcullis/"

// imports says which packages of ours a package may import. A name that ends
// with "/..." stands for all packages below it. This is policy: a build that
// it fails is mended in the code, or the policy is changed in ARCHITECTURE.md
// first.
var imports = []struct {
	packages string
	may      []string
}{
	{"mrz", nil},
	{"mrz/viz", []string{"mrz", "mrz/ocr"}},
	{"mrz/ocr", []string{"mrz"}},
	{"mrz/chip", []string{"mrz", "mrz/ocr"}},
	{"mrz/report", []string{"mrz", "mrz/ocr", "mrz/chip"}},
	{"cache/list", nil},
	{"protocol", nil},
	{"durable", nil},
	{"listen", nil},
	{"cache/trust", nil},
	{"cache/trust/trusttest", []string{"cache/trust"}},
	{"cache/feed", []string{"cache/list", "cache/trust"}},
	{"cache/feed/feedtest", []string{"cache/feed", "cache/list", "cache/trust", "cache/trust/trusttest"}},
	{"cache/engine", nil},
	{"cache/sync", []string{"cache/feed", "cache/list", "cache/trust"}},
	{"cache/keys", []string{"cache/list"}},
	{"cache", []string{"cache/engine", "cache/feed", "cache/list"}},
	{"drivers", nil},
	{"drivers/drivertest", []string{"drivers/..."}},
	{"drivers/gpio", []string{"drivers", "drivers/gpio/uapi"}},
	{"drivers/sim", []string{"drivers/..."}},                              // what hangs on the wires; the drivers on them are the real ones
	{"drivers/reader", []string{"drivers", "drivers/reader/wire", "mrz"}}, // check digits say which lines are a zone
	{"drivers/reader/wire", []string{"drivers", "mrz"}},                   // and which keyboard was meant
	{"drivers/links", []string{"drivers/..."}},
	{"drivers/evdev", []string{"drivers", "drivers/chardev"}},
	{"drivers/hidraw", []string{"drivers", "drivers/chardev"}},
	{"drivers/tty", []string{"drivers", "drivers/chardev"}},
	{"drivers/...", []string{"drivers"}},
	{"board", []string{"drivers/..."}},
	{"firmware/inspect", []string{"mrz", "cache", "cache/list"}},
	{"firmware/station", []string{"firmware/inspect"}},
	{"firmware/audit", nil},
	{"firmware/subject", nil},
	{"firmware/console", nil},
	{"firmware/health", nil},
	{"firmware/control", nil},
	{"firmware/api", []string{"listen", "protocol"}},
	{"firmware/identity", []string{"protocol"}},
	{"firmware/identity/identitytest", []string{"firmware/identity", "cache/keys", "protocol"}},
	{"firmware/uplink", []string{"protocol"}},
	{"firmware/usb", nil},
	{"firmware", []string{"mrz", "mrz/report", "cache/...", "drivers", "firmware/..."}},
	{"firmware/console/browser/fixture", []string{"firmware/console"}},
	// The one place that sees behaviour and board, and, for the demo, both
	// ends of the feed.
	{"firmware/cmd/portcullis", []string{"mrz/...", "cache/...", "drivers/...", "board", "firmware/...", "central/...", "protocol"}},
	{"central/rollout/rollouttest", []string{"cache/feed", "cache/feed/feedtest", "cache/list", "central/rollout/...", "protocol"}}, // a test's
	{"central/registry/embedded", []string{"cache/engine", "central/registry"}},
	{"central/...", []string{"cache/feed", "cache/list", "cache/trust", "central/...", "listen", "protocol"}},
	{"scripts/bench/job", nil},                              // the peers' module builds on it
	{"scripts/guest/...", []string{"scripts/guest/inside"}}, // the tests that run in the machine are of other packages
	{"scripts/...", []string{"scripts/bench/job", "mrz/...", "cache/...", "drivers/...", "board", "firmware/...", "central/...", "protocol"}},
}

func TestImportsPointOneWay(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		dir := path.Dir(f.path)
		may, ok := allowed(dir)
		if !ok {
			t.Errorf("%s: no rule says what this package may import", dir)
			continue
		}
		for _, spec := range f.ast.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if ours, ok := strings.CutPrefix(name, module); ok && !writes(dir, ours) && !slices.ContainsFunc(may, func(m string) bool { return covers(m, ours) }) {
				t.Errorf("%s imports %s", f.path, ours)
			}
		}
	}
}

// writes reports whether a package imports the one that makes small files
// durable, which all may but those that are pure.
func writes(dir, imported string) bool {
	pure := slices.ContainsFunc([]string{"mrz", "mrz/...", "cache/list", "cache/feed", "firmware/inspect", "firmware/station", "protocol"}, func(p string) bool { return covers(p, dir) })
	return imported == "durable" && !pure
}

// allowed returns what the first rule for a package lets it import.
func allowed(dir string) ([]string, bool) {
	for _, rule := range imports {
		if covers(rule.packages, dir) {
			return rule.may, true
		}
	}
	return nil, false
}

func covers(pattern, dir string) bool {
	below, all := strings.CutSuffix(pattern, "/...")
	return dir == below || all && strings.HasPrefix(dir, below+"/")
}

func TestExportedNamesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		dir := path.Dir(f.path)
		documented[dir] = documented[dir] || f.ast.Doc != nil
		if strings.HasSuffix(f.path, "_test.go") || f.ast.Name.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no doc comment", f.path, name)
			}
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", dir)
		}
	}
}

// undocumented returns the exported names of a declaration that no comment
// explains. A comment on a group of constants or variables explains them all.
func undocumented(decl ast.Decl) (names []string) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || exportedType(d.Recv.List[0].Type)) {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Doc == nil && d.Doc == nil && s.Name.IsExported() {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Doc == nil && d.Doc == nil && s.Comment == nil && s.Names[0].IsExported() {
					names = append(names, s.Names[0].Name)
				}
			}
		}
	}
	return names
}

func exportedType(e ast.Expr) bool {
	switch t := e.(type) {
	case *ast.StarExpr:
		return exportedType(t.X)
	case *ast.IndexExpr:
		return exportedType(t.X)
	case *ast.Ident:
		return t.IsExported()
	}
	return false
}

const (
	maxFile     = 400 // lines
	maxFunction = 60
)

func TestFilesAndFunctionsStaySmall(t *testing.T) {
	for _, f := range sources(t) {
		if n := f.lines(f.ast.FileStart, f.ast.FileEnd); n > maxFile {
			t.Errorf("%s has %d lines, more than %d", f.path, n, maxFile)
		}
		if strings.HasSuffix(f.path, "_test.go") {
			continue
		}
		for _, decl := range f.ast.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && f.lines(d.Pos(), d.End()) > maxFunction {
				t.Errorf("%s: %s has %d lines, more than %d", f.path, d.Name.Name, f.lines(d.Pos(), d.End()), maxFunction)
			}
		}
	}
}

// A source is one Go file of the project.
type source struct {
	path string
	ast  *ast.File
	set  *token.FileSet
}

func (s source) lines(from, to token.Pos) int {
	return s.set.Position(to).Line - s.set.Position(from).Line + 1
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "peers" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if filepath.Dir(name) != "." { // these tests
			all = append(all, source{path: filepath.ToSlash(name), ast: file, set: set})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
