package uplink_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/firmware/identity"
	"portcullis/firmware/identity/identitytest"
	"portcullis/firmware/uplink"
	"portcullis/protocol"
)

var today = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func now() time.Time { return today }

// A device is one that central knows, and what it did.
type device struct {
	*identity.Identity
	central *identitytest.Central
	file    string
	did     []string
	fail    error // why erasing goes wrong
	settled int
	revoked []string
}

func enrolled(t *testing.T) *device {
	t.Helper()
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), now)
	i, _ := identitytest.NewDevice(t.TempDir(), now, now)
	identitytest.Enrol(t, i, c, "gate-7")
	return &device{Identity: i, central: c, file: filepath.Join(t.TempDir(), "orders.json")}
}

// start starts the device's uplink anew.
func (d *device) start() *uplink.Uplink {
	return uplink.New(uplink.Options{
		Ask: func(ctx context.Context, path string, in, out any) error {
			return d.Ask(ctx, d.central.URL, path, in, out)
		},
		File: d.file,
		Status: func() protocol.Status {
			return protocol.Status{Device: d.Name(), Erased: slices.Contains(d.did, "erase")}
		},
		Sync: func() { d.did = append(d.did, "sync") },
		Erase: func() error {
			d.did = append(d.did, "erase")
			return d.fail
		},
		Revoked: func(serials []string) error {
			d.revoked = append(d.revoked, serials...)
			return d.Revoke(serials)
		},
		Settled: func() { d.settled++ },
		Log:     slog.New(slog.DiscardHandler),
	})
}

func (d *device) mustHave(t *testing.T, did string, done ...protocol.OrderDone) {
	t.Helper()
	if got := strings.Join(d.did, " "); got != did {
		t.Errorf("it did %q, want %q", got, did)
	}
	if !slices.Equal(d.central.Finished, done) {
		t.Errorf("central was told %v, want %v", d.central.Finished, done)
	}
}

func TestAnOrderIsObeyedOnceAndReported(t *testing.T) {
	d := enrolled(t)
	d.central.Orders = []protocol.Order{{ID: "1", Kind: protocol.Sync}, {ID: "2", Kind: protocol.Erase}, {ID: "3", Kind: "dance"}}
	u := d.start()
	for range 3 { // central goes on saying it, as if it had not heard
		uplink.Beat(u, t.Context())
	}
	uplink.Beat(d.start(), t.Context())
	d.mustHave(t, "sync erase", protocol.OrderDone{ID: "1"}, protocol.OrderDone{ID: "2"},
		protocol.OrderDone{ID: "3", Problem: "this version does not know the order"})
	if last := d.central.Heard[len(d.central.Heard)-1]; !last.Erased || last.Device != "gate-7" {
		t.Errorf("central heard last %+v", last)
	}
	if d.settled == 0 {
		t.Error("nothing is settled")
	}
}

func TestANameIsThatOfOneOrder(t *testing.T) {
	d := enrolled(t)
	u := d.start()
	if err := u.Obey(protocol.Order{ID: "1", Kind: protocol.Sync}); err != nil {
		t.Fatal(err)
	}
	if err := u.Obey(protocol.Order{ID: "1", Kind: protocol.Erase}); err == nil {
		t.Error("an order that was not obeyed is no error")
	}
	uplink.Beat(u, t.Context())
	d.mustHave(t, "sync", protocol.OrderDone{ID: "1"})
}

func TestAnOrderThatWasDoneIsReportedAfterARestart(t *testing.T) {
	d := enrolled(t)
	u := d.start()
	d.central.Down = true
	if err := u.Obey(protocol.Order{ID: "1", Kind: protocol.Erase}); err != nil {
		t.Fatal(err)
	}
	uplink.Beat(u, t.Context())
	d.mustHave(t, "erase")
	if d.settled != 0 {
		t.Error("it is settled before central knows")
	}
	d.central.Down = false
	u = d.start()
	uplink.Resume(u)
	uplink.Beat(u, t.Context())
	d.mustHave(t, "erase", protocol.OrderDone{ID: "1"})
}

// TestNothingIsSettledWhileAnOrderIsNotReported gives one while another is being
// reported.
func TestADeviceThatHasSomethingToSayReportsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heartbeats := 0
		u := uplink.New(uplink.Options{
			Ask: func(_ context.Context, _ string, _, reply any) error {
				heartbeats++
				reply.(*protocol.HeartbeatReply).Next = 3600
				return nil
			},
			File: filepath.Join(t.TempDir(), "orders.json"), Status: func() protocol.Status { return protocol.Status{} },
			Settled: func() {}, Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- u.Run(ctx) }()
		synctest.Wait()
		if heartbeats != 1 {
			t.Errorf("at first there are %d heartbeats", heartbeats)
		}
		u.Report()
		synctest.Wait()
		if heartbeats != 2 {
			t.Errorf("asked to report, it has sent %d heartbeats", heartbeats)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestWhatCentralHasRevokedIsHandedOn(t *testing.T) {
	d := enrolled(t)
	d.central.Revoked = []string{"4f"}
	uplink.Beat(d.start(), t.Context())
	if !slices.Equal(d.revoked, d.central.Revoked) {
		t.Errorf("it is told of %v", d.revoked)
	}
}

func TestNothingIsSettledWhileAnOrderIsNotReported(t *testing.T) {
	settled := 0
	var u *uplink.Uplink
	u = uplink.New(uplink.Options{
		Ask: func(_ context.Context, path string, in, _ any) error {
			switch in {
			case protocol.OrderDone{ID: "1"}:
				return u.Obey(protocol.Order{ID: "2", Kind: protocol.Sync})
			case protocol.OrderDone{ID: "2"}:
				return errors.New("no route")
			}
			return nil
		},
		File: filepath.Join(t.TempDir(), "orders.json"), Status: func() protocol.Status { return protocol.Status{} },
		Sync: func() {}, Settled: func() { settled++ }, Log: slog.New(slog.DiscardHandler),
	})
	if err := u.Obey(protocol.Order{ID: "1", Kind: protocol.Sync}); err != nil {
		t.Fatal(err)
	}
	uplink.Beat(u, t.Context())
	if settled > 0 {
		t.Error("it is settled")
	}
}

func TestAnOrderThatFailsSaysWhy(t *testing.T) {
	d := enrolled(t)
	d.fail = errors.New("erase keys: the TPM is busy")
	u := d.start()
	for range 2 {
		if err := u.Obey(protocol.Order{ID: "1", Kind: protocol.Erase}); err == nil || !strings.Contains(err.Error(), "busy") {
			t.Errorf("it says %v", err)
		}
	}
	uplink.Beat(u, t.Context())
	d.mustHave(t, "erase", protocol.OrderDone{ID: "1", Problem: "erase keys: the TPM is busy"})
}

func TestADiskThatCannotBeWrittenStopsNoErasing(t *testing.T) {
	d := enrolled(t)
	d.file = filepath.Join(t.TempDir(), "none", "orders.json")
	d.central.Orders = []protocol.Order{{ID: "1", Kind: protocol.Erase}}
	u := d.start()
	uplink.Beat(u, t.Context())
	uplink.Beat(u, t.Context())
	d.mustHave(t, "erase", protocol.OrderDone{ID: "1"})
}

func TestADamagedFileOfOrdersStopsNothing(t *testing.T) {
	d := enrolled(t)
	if err := os.WriteFile(d.file, []byte(`{"orders":[{"id"`), 0o600); err != nil {
		t.Fatal(err)
	}
	d.central.Orders = []protocol.Order{{ID: "1", Kind: protocol.Sync}}
	uplink.Beat(d.start(), t.Context())
	uplink.Beat(d.start(), t.Context())
	d.mustHave(t, "sync", protocol.OrderDone{ID: "1"})
}

func TestOrdersWithoutProperNamesAreNotObeyed(t *testing.T) {
	d := enrolled(t)
	u := d.start()
	for _, id := range []string{"", strings.Repeat("x", 129)} {
		if u.Obey(protocol.Order{ID: id, Kind: protocol.Erase}) == nil {
			t.Errorf("%q is obeyed", id)
		}
	}
	d.mustHave(t, "")
}

// TestMemoryOfOrdersIsBounded gives more orders than are remembered.
func TestMemoryOfOrdersIsBounded(t *testing.T) {
	d := enrolled(t)
	u := d.start()
	for i := range 20 {
		d.central.Orders = nil
		for j := range 16 {
			d.central.Orders = append(d.central.Orders, protocol.Order{ID: string(rune('a'+i)) + string(rune('a'+j)), Kind: protocol.Sync})
		}
		uplink.Beat(u, t.Context())
	}
	if len(d.did) != 320 || len(d.central.Finished) != 320 {
		t.Errorf("%d orders were obeyed and %d reported", len(d.did), len(d.central.Finished))
	}
	file, err := os.ReadFile(d.file)
	if n := strings.Count(string(file), `"id":`); err != nil || n != 256 {
		t.Errorf("%d are remembered: %v", n, err)
	}
}

func TestCentralSaysHowOftenWithinBounds(t *testing.T) {
	for _, x := range []struct {
		says        int
		least, most time.Duration
	}{
		{-5, 5 * time.Second, 5 * time.Second}, {0, 5 * time.Second, 5 * time.Second}, {300, 270 * time.Second, 330 * time.Second},
		{1 << 30, 54 * time.Minute, time.Hour},
	} {
		for range 100 {
			if got := uplink.PauseAfter(x.says); got < x.least || got > x.most {
				t.Errorf("%d gives %s", x.says, got)
			}
		}
	}
	for failures := 1; failures < 100; failures++ {
		if got := uplink.RetryAfter(failures); got < 5*time.Second || got > 10*time.Minute {
			t.Errorf("%d failures give %s", failures, got)
		}
	}
}

// TestAnAbsentCentralIsTriedLessAndLessOften lets a day pass.
func TestAnAbsentCentralIsTriedLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		u := uplink.New(uplink.Options{
			Ask: func(context.Context, string, any, any) error {
				tries++
				return errors.New("no route")
			},
			File: filepath.Join(t.TempDir(), "orders.json"), Status: func() protocol.Status { return protocol.Status{} },
			Settled: func() {}, Log: slog.New(slog.DiscardHandler),
		})
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		if err := u.Run(ctx); err != nil {
			t.Errorf("it ends with %v", err)
		}
		if tries < 24*6 || tries > 24*12+20 {
			t.Errorf("central was tried %d times in a day", tries)
		}
	})
}

// killed asks the test binary to be a device that dies while it erases.
const killed = "PORTCULLIS_TEST_UPLINK"

func TestMain(m *testing.M) {
	file := os.Getenv(killed)
	if file == "" {
		os.Exit(m.Run())
	}
	u := uplink.New(uplink.Options{File: file, Log: slog.New(slog.DiscardHandler), Erase: func() error {
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}})
	u.Obey(protocol.Order{ID: "1", Kind: protocol.Erase})
}

func TestAnOrderThatWasCutShortIsFinishedAfterARestart(t *testing.T) {
	d := enrolled(t)
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), killed+"="+d.file)
	if err := c.Run(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("it ended with %v", err)
	}
	u := d.start()
	uplink.Resume(u)
	d.mustHave(t, "erase") // without central
	uplink.Beat(u, t.Context())
	d.mustHave(t, "erase", protocol.OrderDone{ID: "1"})
}
