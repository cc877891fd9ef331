package guest

import (
	"context"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// initPackage is the first program of a machine.
const initPackage = "portcullis/scripts/guest/inside/init"

// build builds what a machine runs, and returns which file of the host is to stand
// where in it.
func build(ctx context.Context, dir string, o Options) (map[string]string, error) {
	files := make(map[string]string)
	add := func(name, pkg string, command ...string) error {
		to := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		files[name] = to
		return compile(ctx, append(command, "-ldflags=-s -w", "-o", to, pkg))
	}
	if err := add("/init", initPackage, "build"); err != nil {
		return nil, err
	}
	for _, pkg := range o.Programs {
		if err := add("/bin/"+path.Base(pkg), pkg, "build", "-trimpath"); err != nil { // as make build does
			return nil, err
		}
	}
	for _, pkg := range o.Tests {
		if err := add(TestProgram(pkg), pkg, "test", "-c"); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// TestProgram returns where the tests of a package stand in a machine.
func TestProgram(pkg string) string { return "/tests/" + pkg + "/" + path.Base(pkg) + ".test" }

// compile runs the go command for the machine's processor.
func compile(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	_, err := outputOf(cmd)
	return err
}
