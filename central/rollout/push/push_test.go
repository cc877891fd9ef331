package push_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/central/rollout/push"
	"portcullis/central/rollout/rollouttest"
	"portcullis/protocol"
)

const megabyte = 1 << 20

type bench struct {
	t         *testing.T
	authority *rollouttest.Authority
	device    *rollouttest.Device
	pusher    *push.Pusher
	dir       string
	work      push.Work
	asked     int
}

func newBench(t *testing.T, size int) *bench {
	b := &bench{t: t, authority: rollouttest.NewAuthority(t), dir: t.TempDir()}
	b.device = rollouttest.NewDevice(t, b.authority, "gate-7")
	b.pusher = &push.Pusher{Identity: b.authority.Tool(), Part: 256 << 10, Patience: 5 * time.Second}
	b.publish(1, size)
	return b
}

func (b *bench) publish(sequence uint64, size int) {
	b.t.Helper()
	rollouttest.Publish(b.t, b.dir, "sltd", sequence, size)
	b.open(nil)
	b.work.ID = push.WorkID("c1", sequence, "gate-7", 0)
}

func (b *bench) open(timestamp []byte) {
	b.t.Helper()
	folder, err := push.OpenFolder(b.dir, timestamp)
	if err != nil {
		b.t.Fatal(err)
	}
	b.pusher.Repository = folder
	r, err := folder.Newest(b.t.Context(), "sltd")
	if err != nil {
		b.t.Fatal(err)
	}
	b.work.List, b.work.Release = "sltd", r
}

func (b *bench) bring() (push.Outcome, error) {
	return b.pusher.Bring(b.t.Context(), b.device.Entry(), b.work, func(n push.News) {
		if n.Asked {
			b.asked++
		}
	})
}

func (b *bench) mustBring() push.Outcome {
	b.t.Helper()
	out, err := b.bring()
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bench) refused(reason string) *push.Error {
	b.t.Helper()
	_, err := b.bring()
	if err == nil {
		b.t.Fatalf("it succeeds, and %s was expected", reason)
	}
	e := push.Explain(err)
	if e.Reason != reason {
		b.t.Errorf("it is refused as %q (%v), want %q", e.Reason, err, reason)
	}
	return e
}

func TestADeviceGetsEachReleaseOnce(t *testing.T) {
	b := newBench(t, 3*megabyte)
	out := b.mustBring()
	if got := b.device.Count(); got.Release != 1 || got.Done != 1 || out.Sent != got.Received || out.Sent < 3*megabyte || b.asked != 1 {
		t.Errorf("%+v, %+v", got, out)
	}
	if out = b.mustBring(); out.Needless != push.ReasonSame || out.Sent != 0 || b.device.Count().Begun != 1 {
		t.Errorf("again: %+v, %+v", out, b.device.Count())
	}
	b.publish(2, megabyte)
	b.mustBring()
	if got := b.device.Count(); got.Release != 2 || got.Done != 2 {
		t.Errorf("%+v", got)
	}
	b.device.Status(func(s *protocol.Status) { s.Lists[0].Release = 3 })
	if out = b.mustBring(); out.Needless != push.ReasonNewer {
		t.Errorf("a newer one is held: %+v", out)
	}
}

func TestAReleaseThatHasAgedIsSentAgainForItsProof(t *testing.T) {
	b := newBench(t, 1000)
	b.mustBring()
	b.device.Status(func(s *protocol.Status) { s.Lists[0].State = "stale" })
	b.work.ID = push.WorkID("c2", 1, "gate-7", 0)
	if out := b.mustBring(); out.Needless != "" || b.device.Count().Done != 2 {
		t.Errorf("%+v, %+v", out, b.device.Count())
	}
}

func TestAPushThatIsCutGoesOnWhereItWas(t *testing.T) {
	b := newBench(t, 4*megabyte)
	b.device.Set(func(f *rollouttest.Faults) { f.CutAfter = 2*megabyte + 12345 })
	out := b.mustBring()
	if got := b.device.Count(); got.Release != 1 || got.Received > 4*megabyte+20_000 {
		t.Errorf("after a cut %+v, of %+v", got, out)
	}

	// And after the tool was away: another one goes on.
	b.publish(2, 4*megabyte)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		b.device.Wait(t.Context(), func(c rollouttest.Count) bool { return c.Received > 6*megabyte })
		cancel()
	}()
	if _, err := b.pusher.Bring(ctx, b.device.Entry(), b.work, func(push.News) {}); err == nil {
		t.Fatal("it was not ended")
	}
	b.mustBring()
	if got := b.device.Count(); got.Release != 2 || got.Received > 8*megabyte+2*256<<10+20_000 {
		t.Errorf("after another tool %+v", got)
	}
}

func TestALineThatCutsAgainAndAgainComesToItsEnd(t *testing.T) {
	b := newBench(t, 2*megabyte)
	b.device.Set(func(f *rollouttest.Faults) { f.CutAfter, f.CutEvery = megabyte/2, true })
	b.mustBring()
	if got := b.device.Count(); got.Release != 1 {
		t.Errorf("%+v", got)
	}
}

func TestSomethingElseUnderAFilesNameIsTakenAway(t *testing.T) {
	b := newBench(t, megabyte)
	files, err := b.pusher.Repository.Needed(t.Context(), "sltd", protocol.Held{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b.device.Plant("sltd", f.Name, f.Size+1, 7)
	}
	b.mustBring()
}

func TestProblemsOfADeviceAreReasons(t *testing.T) {
	b := newBench(t, 1000)
	for kind, final := range map[string]bool{
		protocol.ProblemSpace: false, protocol.ProblemBusy: false, protocol.ProblemInternal: false,
		protocol.ProblemDenied: true, protocol.ProblemErased: true, protocol.ProblemTooLarge: true, protocol.ProblemRequest: false,
	} {
		b.device.Set(func(f *rollouttest.Faults) { f.Answer = kind })
		if e := b.refused(kind[len("urn:portcullis:problem:"):]); e.Final() != final {
			t.Errorf("%s: trying again helps: %v, want %v", kind, !e.Final(), !final)
		}
	}
}

func TestAnInstallThatFailsIsNamedByItsCode(t *testing.T) {
	b := newBench(t, 1000)
	b.device.Set(func(f *rollouttest.Faults) { f.Code = "wrong-key" })
	if e := b.refused("wrong-key"); !e.Final() || !e.Refused {
		t.Errorf("%+v", e)
	}
	b.device.Set(func(f *rollouttest.Faults) { f.Code = "apply-failed" })
	b.work.ID = push.WorkID("c1", 1, "gate-7", 1)
	if e := b.refused("apply-failed"); e.Final() || !e.Refused {
		t.Errorf("%+v", e)
	}
	b.device.Set(func(f *rollouttest.Faults) { f.Code = "" })
	b.work.ID = push.WorkID("c1", 1, "gate-7", 2)
	b.mustBring()
}

func TestADeviceThatRestartsIsAskedAgainForTheSameWork(t *testing.T) {
	b := newBench(t, 1000)
	b.device.Set(func(f *rollouttest.Faults) { f.Restarts = true })
	b.mustBring()
	if got := b.device.Count(); got.Begun != 2 || got.Done != 1 {
		t.Errorf("%+v", got)
	}
}

func TestADeviceThatIsOffForAMomentWhileInstallingIsWaitedFor(t *testing.T) {
	b := newBench(t, 1000)
	b.device.Set(func(f *rollouttest.Faults) { f.Hangs = true })
	go func() {
		b.device.Wait(t.Context(), func(c rollouttest.Count) bool { return c.Begun == 1 })
		b.device.Off()
		b.device.Set(func(f *rollouttest.Faults) { f.Hangs = false })
		b.device.On()
	}()
	b.mustBring()
	if got := b.device.Count(); got.Done != 1 {
		t.Errorf("%+v", got)
	}
}

func TestADeviceThatDiesIsAwayAfterItWasAsked(t *testing.T) {
	b := newBench(t, 1000)
	b.pusher.Patience = 200 * time.Millisecond
	b.device.Set(func(f *rollouttest.Faults) { f.Dies = true })
	if b.refused(push.ReasonAway); b.asked != 1 {
		t.Errorf("it tells %d times of asking", b.asked)
	}
}

func TestWhatADeviceClaimsIsLookedAt(t *testing.T) {
	b := newBench(t, 1000)
	b.device.Set(func(f *rollouttest.Faults) { f.Lies = true })
	b.refused(push.ReasonNotTaken)
	b.device.Set(func(f *rollouttest.Faults) { f.Lies, f.Unready = false, true })
	b.work.ID += "1"
	b.refused(push.ReasonNotReady)
	b.device.Status(func(s *protocol.Status) { s.Lists[0].Root = "other" })
	b.refused(push.ReasonForked)
	b.device.Status(func(s *protocol.Status) { s.Erased = true })
	b.refused(push.ReasonErased)
}

func TestADeviceThatIsSilentOrOffIsAway(t *testing.T) {
	b := newBench(t, 1000)
	b.pusher.Patience = 50 * time.Millisecond
	b.device.Set(func(f *rollouttest.Faults) { f.Silent = true })
	b.refused(push.ReasonAway)
	b.device.Off()
	b.refused(push.ReasonAway)
	entry := b.device.Entry()
	entry.Address = ""
	if _, err := b.pusher.Ask(t.Context(), entry); push.Explain(err).Reason != push.ReasonNoAddress {
		t.Error(err)
	}
}

func TestOnlyTheNamedDeviceOfTheAuthorityIsBelieved(t *testing.T) {
	b := newBench(t, 1000)
	now := time.Now()
	shows := func(a *rollouttest.Authority, role protocol.Role, name string, from, to time.Time) {
		b.device = rollouttest.NewDeviceAs(t, b.authority, "gate-7", a.Issue(role, name, from, to))
	}
	hour, day := time.Hour, 24*time.Hour
	shows(b.authority, protocol.Device, "gate-8", now.Add(-hour), now.Add(hour))
	b.refused(push.ReasonOther)
	shows(b.authority, protocol.Query, "gate-7", now.Add(-hour), now.Add(hour))
	b.refused(push.ReasonOther)
	shows(rollouttest.NewAuthority(t), protocol.Device, "gate-7", now.Add(-hour), now.Add(hour))
	b.refused(push.ReasonForeign)
	shows(b.authority, protocol.Device, "gate-7", now.Add(-900*day), now.Add(-400*day))
	b.refused(push.ReasonEnded)
	shows(b.authority, protocol.Device, "gate-7", now.Add(2*hour), now.Add(day))
	b.refused(push.ReasonEnded)
	if got := b.device.Count(); got.Received > 0 {
		t.Errorf("%d bytes are sent to it", got.Received)
	}
	shows(b.authority, protocol.Device, "gate-7", now.Add(-100*day), now.Add(-10*day)) // late to renew
	b.mustBring()
}

func TestADeviceThatDoesNotBelieveTheToolSaysSo(t *testing.T) {
	b := newBench(t, 1000)
	stranger := rollouttest.NewAuthority(t).Tool()
	stranger.Authorities = b.authority.Pool()
	b.pusher.Identity = stranger
	if e := b.refused(push.ReasonDenied); !e.Final() {
		t.Error("trying again is said to help")
	}
}

func TestADevicesWrongClockHindersNothing(t *testing.T) {
	b := newBench(t, 1000)
	for _, skew := range []time.Duration{-56 * 365 * 24 * time.Hour, 73 * 365 * 24 * time.Hour} {
		b.device.Set(func(f *rollouttest.Faults) { f.Skew = skew })
		s, err := b.pusher.Ask(t.Context(), b.device.Entry())
		if err != nil || time.Until(s.Clock)-skew > time.Minute {
			t.Errorf("%v, %v", s.Clock, err)
		}
	}
	b.mustBring()
}

func TestAFolderIsReadAsOfTheTimestampThatWasKept(t *testing.T) {
	b := newBench(t, 1000)
	kept, err := os.ReadFile(filepath.Join(b.dir, push.TimestampFile))
	if err != nil {
		t.Fatal(err)
	}
	b.publish(2, 1000)
	b.open(kept)
	if b.work.Release.Sequence != 1 {
		t.Fatalf("it is release %d", b.work.Release.Sequence)
	}
	b.mustBring()
	if got := b.device.Count(); got.Release != 1 {
		t.Errorf("%+v", got)
	}
}

func TestAFolderThatIsNoRepositoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := push.OpenFolder(dir, nil); err == nil {
		t.Error("an empty folder opens")
	}
	rollouttest.Publish(t, dir, "sltd", 1, 100)
	f, err := push.OpenFolder(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Newest(t.Context(), "tdawn"); err == nil {
		t.Error("it has a release of a list that it does not have")
	}
}

func TestTheThrottleLetsThroughNoMoreThanItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle, began := push.NewThrottle(1000), time.Now()
		done := make(chan error)
		for range 4 { // who share it
			go func() {
				for range 25 {
					if err := throttle.Wait(t.Context(), 100); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took < 9800*time.Millisecond || took > 10*time.Second {
			t.Errorf("10000 bytes at 1000 a second took %v", took)
		}
	})
}
