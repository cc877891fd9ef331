package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// suite is the part of Debian's archive that the kernel comes from: the oldest
// whose kernels for arm64 have gpio-sim.
const suite = "trixie-backports"

// keyring is whose signature on the archive's index counts. The index has the
// checksum of the list of packages, and that has those of the packages.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// fetchKernel fetches Debian's kernel for arm64 into a folder, which is whole or
// not there. apt does it, with an apt root of its own, so that the packages of this
// machine stay as they are; where from and through which proxy, this machine's
// settings say.
func fetchKernel(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("fetch kernel: %w", err)
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "fetch-")
	if err != nil {
		return fmt.Errorf("fetch kernel: %w", err)
	}
	defer os.RemoveAll(work)
	a, err := newApt(ctx, work)
	if err == nil {
		err = a.fetch(ctx)
	}
	if err == nil {
		err = os.Rename(a.unpacked(), dir)
	}
	if err != nil {
		return fmt.Errorf("fetch kernel: %w", err)
	}
	return nil
}

// apt is an apt root of its own.
type apt struct{ root string }

func newApt(ctx context.Context, root string) (*apt, error) {
	a := &apt{root}
	for _, dir := range []string{"lists/partial", "archives/partial", "unpacked"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return nil, err
		}
	}
	mirror, err := mirror(ctx)
	if err != nil {
		return nil, err
	}
	acquire, err := output(ctx, "apt-config", "dump", "Acquire")
	if err != nil {
		return nil, err
	}
	for name, text := range map[string]string{
		"status":       "",
		"sources.list": fmt.Sprintf("deb [signed-by=%s] %s %s main\n", keyring, mirror, suite),
		"apt.conf":     string(acquire) + a.settings(),
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// settings keep this machine's own out, but for those of how to acquire files, and
// let nothing in that is not signed.
func (a *apt) settings() string {
	return strings.ReplaceAll(`
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::sourcelist "ROOT/sources.list";
Dir::State "ROOT";
Dir::State::status "ROOT/status";
Dir::State::lists "ROOT/lists";
Dir::Cache "ROOT";
Dir::Cache::archives "ROOT/archives";
`, "ROOT", a.root)
}

func (a *apt) unpacked() string { return filepath.Join(a.root, "unpacked") }

// fetch fetches the packages of the kernel, and unpacks them.
func (a *apt) fetch(ctx context.Context) error {
	if _, err := a.run(ctx, "apt-get", "update", "-qq"); err != nil {
		return err
	}
	tree, err := a.run(ctx, "apt-cache", "depends", "--recurse", "--important", "linux-image-arm64")
	if err != nil {
		return err
	}
	packages := kernelPackages(string(tree))
	if len(packages) == 0 {
		return fmt.Errorf("%s has no kernel for arm64", suite)
	}
	if _, err := a.run(ctx, "apt-get", append([]string{"download", "-qq"}, packages...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(a.root, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if _, err := a.run(ctx, "dpkg-deb", "--extract", file, a.unpacked()); err != nil {
			return err
		}
	}
	_, err = openKernel(a.unpacked())
	return err
}

// versioned are the packages that are of one kernel, whose names have its release.
var versioned = regexp.MustCompile(`(?m)^(linux-(?:image|binary|modules|base)-[0-9]\S*-arm64)$`)

// kernelPackages returns the packages that a kernel is in, of what apt-cache says
// depends on what: one before Linux 7, an image, a list of modules and the modules
// since.
func kernelPackages(tree string) []string {
	packages := versioned.FindAllString(tree, -1)
	slices.Sort(packages)
	return slices.Compact(packages)
}

func (a *apt) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = a.root
	cmd.Env = append(os.Environ(), "APT_CONFIG="+filepath.Join(a.root, "apt.conf"), "LC_ALL=C")
	return outputOf(cmd)
}

// mirror returns where this machine has Debian's archive from.
func mirror(ctx context.Context) (string, error) {
	list, err := output(ctx, "apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(REPO_URI)", "Created-By: Packages")
	if err != nil {
		return "", err
	}
	return mirrorOf(string(list))
}

func mirrorOf(targets string) (string, error) {
	for line := range strings.Lines(targets) {
		if uri, ok := strings.CutPrefix(strings.TrimSpace(line), "Debian Debian "); ok {
			return uri, nil
		}
	}
	return "", errors.New("the sources of apt on this machine name no archive of Debian, or apt-get update was never run")
}

func output(ctx context.Context, name string, args ...string) ([]byte, error) {
	return outputOf(exec.CommandContext(ctx, name, args...))
}

// outputOf runs a command. Its error has what the command complained of.
func outputOf(cmd *exec.Cmd) ([]byte, error) {
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", filepath.Base(cmd.Path), cmd.Args[1], err, bytes.TrimSpace(complaints.Bytes()))
	}
	return out, nil
}
