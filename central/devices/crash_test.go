package devices_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"portcullis/central/devices"
	"portcullis/protocol"
)

// TestAKilledProcessLeavesAllThatItAnswered kills a process that changes an
// inventory and says each change once it has returned.
func TestAKilledProcessLeavesAllThatItAnswered(t *testing.T) {
	dir := os.Getenv("CHANGE_INVENTORY")
	if dir != "" {
		change(t, dir)
	}
	dir = t.TempDir()
	for round := range 3 {
		c := exec.Command(os.Args[0], "-test.run=^TestAKilledProcessLeavesAllThatItAnswered$")
		c.Env = append(os.Environ(), "CHANGE_INVENTORY="+dir, fmt.Sprint("ROUND=", round))
		out := must(c.StdoutPipe())(t)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var said []string
		for lines := bufio.NewScanner(out); len(said) < 40 && lines.Scan(); {
			said = append(said, lines.Text())
		}
		c.Process.Kill()
		c.Wait()
		if len(said) < 40 {
			t.Fatalf("it said %q", said)
		}
		mustHave(t, dir, said)
	}
}

func mustHave(t *testing.T, dir string, said []string) {
	t.Helper()
	v := must(devices.Open(must(devices.OpenStore(dir))(t)))(t)
	defer v.Close()
	for _, line := range said {
		name, code, _ := strings.Cut(line, " ")
		d, err := v.Device(name)
		if err != nil || len(d.Orders) != 1 || d.Status.Device != name || d.Last().Serial != "5f" || d.Since["sltd"] != noon {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
		if got, err := v.Redeem(noon, code, "key"); err != nil || got != name {
			t.Errorf("code of %s: %q, %v", name, got, err)
		}
	}
}

func change(t *testing.T, dir string) {
	v := must(devices.Open(must(devices.OpenStore(dir))(t)))(t)
	for i := 0; ; i++ {
		name := fmt.Sprintf("gate-%s-%d", os.Getenv("ROUND"), i)
		code := must(v.NewCode(noon, name, "", devices.CodeLife, false))(t)
		if err := v.Certified(noon, name, devices.Certificate{Serial: "5f"}, true); err != nil {
			t.Fatal(err)
		}
		must(v.Report(noon, name, status(name, held("sltd", 3))))(t)
		must(v.Order(noon, name, protocol.Sync))(t)
		fmt.Println(name, code)
	}
}
