package devices_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"portcullis/central/devices"
	"portcullis/protocol"
)

func TestADiskThatIsNearlyFullRefusesAndLosesNothing(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a small disk")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=320m"); err != nil {
		t.Skip("needs a small disk: ", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	v := open(t, filepath.Join(dir, "inventory"))
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 3))))(t)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 100<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Report(noon, "gate-7", status("gate-7", held("sltd", 4))); !errors.Is(err, devices.ErrNoRoom) {
		t.Errorf("a report: %v", err)
	}
	if _, err := v.Order(noon, "gate-7", protocol.Sync); !errors.Is(err, devices.ErrNoRoom) {
		t.Errorf("an order: %v", err)
	}
	if d := must(v.Device("gate-7"))(t); d.Status.Lists[0].Release != 3 || len(d.Orders) > 0 {
		t.Errorf("what was refused is known: %+v", d)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	must(v.Report(noon, "gate-7", status("gate-7", held("sltd", 4))))(t)
}
