package console_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestThePagesInABrowser runs the tests under browser/ against the fixture,
// and those of them that fit any program against PORTCULLIS too, if that names
// one.
func TestThePagesInABrowser(t *testing.T) {
	if os.Getenv("PORTCULLIS_REQUIRE") != "1" {
		t.Skip("needs a browser and minutes: make check runs it")
	}
	if lack := lacking(); lack != "" {
		t.Fatal(lack)
	}
	fixture := filepath.Join(t.TempDir(), "fixture")
	run(t, exec.Command("go", "build", "-o", fixture, "./browser/fixture"))
	tests := []string{"officer.test.mjs", "scenes.test.mjs"}
	nodeTest(t, tests, "FIXTURE="+fixture, "PORTCULLIS=")
	if program := os.Getenv("PORTCULLIS"); program != "" {
		nodeTest(t, tests[:1], "PORTCULLIS="+program)
	}
}

func nodeTest(t *testing.T, files []string, env ...string) {
	t.Helper()
	c := exec.Command("node", append([]string{"--test", "--test-reporter=spec"}, files...)...)
	c.Dir, c.Env = "browser", append(os.Environ(), env...)
	run(t, c)
}

func run(t *testing.T, c *exec.Cmd) {
	t.Helper()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
	t.Logf("%s\n%s", strings.Join(c.Args, " "), out)
}

// lacking tells what a browser test needs and this machine does not have.
func lacking() string {
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	if _, err := os.Stat(chromium); err != nil {
		return fmt.Sprintf("no browser at %s: install chromium, or set CHROMIUM", chromium)
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "no node: install nodejs 20 or later"
	}
	if _, err := os.Stat("browser/node_modules/playwright-core"); err != nil {
		return "no playwright-core: run npm ci in firmware/console/browser"
	}
	return ""
}
