package gate_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gate"
)

// contact returns what one contact of a gate says.
func contact(t *testing.T, r drivertest.GateRig, name string) gate.ContactStatus {
	t.Helper()
	for _, c := range r.Gate.(*gate.Gate).Contacts() {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("the gate does not know %s", name)
	return gate.ContactStatus{}
}

func TestEachContactIsToldOfByItself(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, chip *drivertest.Chip) {
		chip.Drive("TAMPER", periph.High)
		chip.Lose("EMERGENCY")
		time.Sleep(time.Second)
		if all := r.Gate.(*gate.Gate).Contacts(); len(all) != 4 {
			t.Errorf("contacts are %+v, want the 4 that are wired", all)
		}
		for name, active := range map[string]bool{"door_closed": true, "passed": false, "tamper": true} {
			if got := contact(t, r, name); got.Active != active || got.Fault != "" {
				t.Errorf("%+v, want active to be %v, without a fault", got, active)
			}
		}
		if got := contact(t, r, "emergency"); !strings.Contains(got.Fault, "EMERGENCY") {
			t.Errorf("%+v, want a fault that names the line", got)
		}
		chip.Drive("PASSED", periph.Low)
		time.Sleep(20 * time.Second)
		if got := contact(t, r, "passed"); got.Fault != "stays active" {
			t.Errorf("%+v, want the fault that it stays active", got)
		}
	})
}

func TestTheContactsOfAGateThatDoesNotRunAreNotKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := rig(t, gate.Config{})
		check := func() {
			t.Helper()
			if got := contact(t, r, "door_closed"); got.Active || got.Fault == "" {
				t.Errorf("%+v, want a fault", got)
			}
		}
		check()
		runFor(t, r, time.Second)
		check()
	})
}

// runFor has a gate run for a time.
func runFor(t *testing.T, r drivertest.GateRig, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
}
