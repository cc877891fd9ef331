package portcullis

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestAFleetIsBroughtAStolenPassportAndADeviceThatIsLostErasesItself goes the
// way of a theft with the programs as they are shipped: it is published, pushed
// to devices with and without sources of their own, rolled out in waves, through
// deaths of tool, device and central, and brought by stick; then a device is
// lost.
func TestAFleetIsBroughtAStolenPassportAndADeviceThatIsLostErasesItself(t *testing.T) {
	t.Parallel()
	r := startFleet(t)
	served := r.device(t, "gate-1", "http://"+r.lists)
	alone := r.device(t, "gate-2", "")
	beside := r.device(t, "gate-3", filepath.Join(r.dir, "lists"))
	for _, d := range r.devices {
		eventually(t, "an address of "+d.name, func() bool { k := r.known(t, d.name); return k.Status != nil && k.Status.Address != "" })
	}
	eventually(t, "a first list from its own source", func() bool { return served.verdict("WQ00001") == "alert" && beside.verdict("WQ00001") == "alert" })
	if v := alone.verdict("WQ00001"); v != "refer" {
		t.Errorf("a device that never had a list says %s", v)
	}
	r.push(t)
	if v := alone.verdict("WQ00001"); v != "alert" {
		t.Errorf("a device that the first list was brought to says %s", v)
	}

	r.publish(t, "WQSTOLEN1")
	r.pushAndMeasure(t, "WQSTOLEN1")
	r.rollOutThroughDeaths(t, "WQSTOLEN2")
	r.pushWhileADeviceDies(t, alone, "WQSTOLEN3")
	r.centralDies(t)
	r.bringByStick(t, alone, "WQSTOLEN4", "WQSTOLEN5")
	r.reenrol(t, served)
	r.lose(t, beside)
	r.revokeTool(t)
	r.mustBeSilent(t, "WQSTOLEN1", "WQSTOLEN2", "WQSTOLEN3", "WQSTOLEN4", "WQSTOLEN5", "WQ00001")
}

func (r *fleetRig) push(t *testing.T) {
	t.Helper()
	r.tool(t, "", 0, r.toolFlags("fleet", "push", "--repository", "lists", "--list", "sltd", "--json")...)
}

// pushAndMeasure logs how long after the push began each device knows of a
// theft.
func (r *fleetRig) pushAndMeasure(t *testing.T, number string) {
	t.Helper()
	for _, d := range r.devices {
		if v := d.verdict(number); v != "clear" {
			t.Errorf("before the push %s says %s", d.name, v)
		}
	}
	began := time.Now()
	var watched sync.WaitGroup
	took := make([]time.Duration, len(r.devices))
	for i, d := range r.devices {
		watched.Go(func() {
			for d.verdict(number) != "alert" && time.Since(began) < fleetPatience {
				time.Sleep(time.Millisecond) // another process works meanwhile
			}
			took[i] = time.Since(began)
		})
	}
	r.push(t)
	whole := time.Since(began)
	watched.Wait()
	for i, d := range r.devices {
		if v := d.verdict(number); v != "alert" {
			t.Errorf("after the push %s says %s", d.name, v)
		}
		t.Logf("%s: alert %v after the push began", d.name, took[i].Round(time.Millisecond))
	}
	t.Logf("the push took %v", whole.Round(time.Millisecond))
}

// rollOutThroughDeaths kills the tool when its first wave has the release, and
// pauses and resumes what is left.
func (r *fleetRig) rollOutThroughDeaths(t *testing.T, number string) {
	t.Helper()
	r.publish(t, number)
	tool := r.begin(t, "portcullis-central", r.toolFlags("fleet", "rollout", "start", "monday", "--repository", "lists", "--list", "sltd",
		"--waves", "1,100%", "--wait", "12h", "--watch", "0")...)
	eventually(t, "a canary with the release", func() bool { return r.alerting(number) == 1 })
	tool.kill()
	r.tool(t, "", 0, "fleet", "rollout", "pause", "monday")
	if n := r.alerting(number); n != 1 {
		t.Errorf("after the first wave %d devices have the release", n)
	}
	resumed := r.begin(t, "portcullis-central", "fleet", "rollout", "resume", "monday")
	eventually(t, "a campaign that goes on", func() bool {
		told, err := os.ReadFile(filepath.Join(r.dir, "monday", "journal.jsonl"))
		return err == nil && bytes.Count(told, []byte(`"phase":"running"`)) > 1
	})
	r.tool(t, "", 0, "fleet", "rollout", "pause", "monday")
	<-resumed.ended
	if n := r.alerting(number); n != 1 {
		t.Errorf("between waves %d devices have the release\n%s%s", n, resumed.out.bytes(), resumed.err.bytes())
	}
	r.tool(t, "", 0, r.toolFlags("fleet", "rollout", "start", "urgent", "--repository", "lists", "--list", "sltd", "--waves", "1,100%", "--urgent", "--watch", "0")...)
	if n := r.alerting(number); n != len(r.devices) {
		t.Errorf("after an urgent campaign %d devices have the release", n)
	}
}

// alerting is how many devices know of a theft.
func (r *fleetRig) alerting(number string) (n int) {
	for _, d := range r.devices {
		if d.verdict(number) == "alert" {
			n++
		}
	}
	return n
}

// pushWhileADeviceDies kills a device when something has come into its inbox.
func (r *fleetRig) pushWhileADeviceDies(t *testing.T, d *fleetDevice, number string) {
	t.Helper()
	r.publish(t, number)
	tool := r.begin(t, "portcullis-central", r.toolFlags("fleet", "push", "--repository", "lists", "--list", "sltd", "--back-off", "1s")...)
	eventually(t, "an inbox with files", func() bool {
		_, err := os.Stat(filepath.Join(d.dir, "device", "inbox", "sltd"))
		return err == nil || tool.over()
	})
	d.kill()
	r.power(t, d)
	<-tool.ended
	if n := r.alerting(number); n != len(r.devices) || tool.ProcessState.ExitCode() != 0 {
		t.Errorf("%d devices have the release, and the tool exits with %d\n%s%s", n, tool.ProcessState.ExitCode(), tool.out.bytes(), tool.err.bytes())
	}
}

// centralDies kills central. Devices come back to it, and lose nothing.
func (r *fleetRig) centralDies(t *testing.T) {
	t.Helper()
	r.central.kill()
	died := time.Now()
	for _, d := range r.devices {
		if v := d.verdict("WQ00001"); v != "alert" {
			t.Errorf("without central %s says %s", d.name, v)
		}
	}
	r.serve(t)
	for _, d := range r.devices {
		eventually(t, d.name+" again", func() bool { return r.known(t, d.name).Heard.After(died) })
	}
}

// bringByStick brings a release in a stick's folder, and by command.
func (r *fleetRig) bringByStick(t *testing.T, d *fleetDevice, number, another string) {
	t.Helper()
	r.publish(t, number)
	stick := filepath.Join(d.dir, "media", "stick", "portcullis")
	if err := os.CopyFS(stick, os.DirFS(filepath.Join(r.dir, "lists"))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a theft from a stick", func() bool { return d.verdict(number) == "alert" })
	r.publish(t, another)
	r.run(t, "portcullis", "", 0, "list", "apply", "lists", "--config", d.config())
	if v := d.verdict(another); v != "alert" {
		t.Errorf("after list apply it says %s", v)
	}
	// What is older than what is held is taken from no stick.
	r.run(t, "portcullis", "", 0, "list", "apply", stick, "--config", d.config())
	if v := d.verdict(another); v != "alert" {
		t.Errorf("after an old stick it says %s", v)
	}
}

// reenrol enrols a running device anew. It must not take the end of its old
// certificate for an order to erase itself.
func (r *fleetRig) reenrol(t *testing.T, d *fleetDevice) {
	t.Helper()
	before := r.known(t, d.name).Certificate
	r.enrol(t, d)
	enrolled := time.Now()
	eventually(t, "a report after a new enrolment", func() bool { return r.known(t, d.name).Heard.After(enrolled) || d.verdict("WQ00001") != "alert" })
	if k := r.known(t, d.name); d.verdict("WQ00001") != "alert" || k.Certificate == before || k.Standing == "erased" {
		t.Errorf("enrolled anew, %s says %s, and central knows %+v", d.name, d.verdict("WQ00001"), k)
	}
}

// lose revokes a device, which then erases itself, refers everyone, and is sent
// nothing.
func (r *fleetRig) lose(t *testing.T, d *fleetDevice) {
	t.Helper()
	r.tool(t, "", 0, "devices", "revoke", d.name, "--erase", "--why", "stolen from the van")
	eventually(t, "a device that says that it is erased", func() bool { return r.known(t, d.name).Standing == "erased" })
	for _, number := range []string{"WQ00001", "WQSTOLEN1", "WQCLEAR01"} {
		if v := d.verdict(number); v != "refer" {
			t.Errorf("erased, it says %s", v)
		}
	}
	r.run(t, "portcullis", "", 10, "check", "--number", "WQ00001", "--type", "P", "--issuer", "UTO", "--specimens", "--config", d.config())
	if _, err := os.Stat(filepath.Join(d.dir, "device", "lists")); err == nil {
		left, _ := filepath.Glob(filepath.Join(d.dir, "device", "lists", "*"))
		t.Errorf("erased, it holds %v", left)
	}
	out := r.tool(t, "", 0, r.toolFlags("fleet", "push", "--repository", "lists", "--list", "sltd", "--json")...)
	if bytes.Contains(out, []byte(d.name)) {
		t.Errorf("a revoked device is pushed to: %s", out)
	}
	for _, other := range r.devices {
		if v := other.verdict("WQ00001"); other != d && v != "alert" {
			t.Errorf("%s, which is not lost, says %s", other.name, v)
		}
	}
}

// revokeTool revokes the fleet tool, which then gets nothing from central, and
// soon nothing from a device whose address it knows.
func (r *fleetRig) revokeTool(t *testing.T) {
	t.Helper()
	d := r.devices[0]
	address := r.known(t, d.name).Status.Address
	line := fmt.Sprintf("{\"name\":%q,\"address\":%q}\n", d.name, address)
	if err := os.WriteFile(filepath.Join(r.dir, "devices.jsonl"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	known := []string{"fleet", "push", "--repository", "lists", "--list", "sltd", "--inventory", "devices.jsonl",
		"--certificate", "tool/tool.crt", "--key", "tool/tool.key", "--authorities", "tool/root.crt"}
	r.tool(t, "", 0, known...)
	r.tool(t, "", 0, "authority", "revoke", "--fleet", "fleet", "--role", "fleet", "--name", "tool", "--why", "left in a train")
	r.tool(t, "", 1, r.toolFlags("fleet", "push", "--repository", "lists", "--list", "sltd")...)
	revoked := time.Now()
	eventually(t, "a report after the tool was revoked", func() bool { return r.known(t, d.name).Heard.After(revoked) })
	eventually(t, "what it was told", func() bool {
		_, err := os.Stat(filepath.Join(d.dir, "device", "keys", "identity.revoked"))
		return err == nil
	})
	r.tool(t, "", 3, known...)
}

func (p *fleetProcess) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}
