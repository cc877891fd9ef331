package gpio_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
)

// A report is one call of the function that Watch reports to.
type report struct {
	after  time.Duration
	active bool
	err    error
}

// A bench is a contact on GPIO5, closed to ground when active, and what its
// Input reports.
type bench struct {
	*drivertest.Chip
	input  *gpio.Input
	cancel context.CancelFunc
	ended  chan struct{}
	start  time.Time
	count  atomic.Int64 // of samples
	slow   atomic.Int64 // how long, in ns, whoever is reported to takes for it

	mu   sync.Mutex // guards told
	told []report
}

func (b *bench) reads() int { return int(b.count.Load()) }

// watched is a line whose inputs are wrapped.
type watched struct {
	gpio.Line
	wrap func(gpio.Sensed) gpio.Sensed
}

func (w watched) Sense(c gpio.InputConfig) (gpio.Sensed, error) {
	s, err := w.Line.Sense(c)
	if err != nil {
		return nil, err
	}
	return w.wrap(s), nil
}

// counting counts the samples that are taken.
type counting struct {
	gpio.Sensed
	count *atomic.Int64
}

func (c counting) Active() (bool, error) {
	c.count.Add(1)
	return c.Sensed.Active()
}

// onBench runs a test for each backend, in a bubble of its own time. The contact
// is open and watched.
func onBench(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	onEach(t, func(t *testing.T, line backend) {
		synctest.Test(t, func(t *testing.T) { bubble(t, line, test) })
	})
}

func bubble(t *testing.T, line backend, test func(t *testing.T, b *bench)) {
	b := &bench{Chip: drivertest.NewChip("GPIO5"), ended: make(chan struct{}), start: time.Now()}
	b.Wire("GPIO5", periph.PullUp)
	in, err := gpio.OpenInput(
		watched{line(b.Process(), "GPIO5"), func(s gpio.Sensed) gpio.Sensed { return counting{s, &b.count} }},
		gpio.InputConfig{ActiveLow: true, Pull: periph.PullUp})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.input, b.cancel = in, cancel
	go func() {
		defer close(b.ended)
		in.Watch(ctx, func(active bool, err error) {
			b.mu.Lock()
			b.told = append(b.told, report{time.Since(b.start), active, err})
			b.mu.Unlock()
			time.Sleep(time.Duration(b.slow.Load()))
		})
	}()
	test(t, b)
	b.cancel()
	<-b.ended
}

// contact closes or opens the contact and lets time pass.
func (b *bench) contact(closed bool, then time.Duration) {
	b.Drive("GPIO5", periph.Level(!closed))
	b.pass(then)
}

func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// reports returns what the input has reported so far.
func (b *bench) reports() []report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.told)
}

func (b *bench) want(t *testing.T, active ...bool) {
	t.Helper()
	reports := b.reports()
	if len(reports) != len(active) {
		t.Fatalf("got reports %v, want levels %v", reports, active)
	}
	for i, a := range active {
		if reports[i].err != nil || reports[i].active != a {
			t.Errorf("report %d is %v, want %v", i, reports[i], a)
		}
	}
}

func TestAnInputReportsItsLevelAndEachChange(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		b.want(t, false)
		b.contact(true, time.Second)
		b.contact(false, time.Second)
		b.want(t, false, true, false)
		if at := b.reports()[1].after; at < time.Second+gpio.DefaultDebounce || at > time.Second+2*gpio.DefaultDebounce {
			t.Errorf("the change was reported %v after the start, want 30 to 60 ms after the first second", at)
		}
	})
}

func TestABouncingContactIsOneChange(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		for i := range 11 {
			b.contact(i%2 == 0, 3*time.Millisecond)
		}
		b.pass(time.Second)
		b.want(t, false, true)
	})
}

func TestAPulseShorterThanTheDebounceIsNone(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		b.contact(true, 15*time.Millisecond)
		b.contact(false, time.Second)
		b.want(t, false)
	})
}

func TestAPulseBetweenTwoReadingsIsSeenByItsEdge(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(1010 * time.Millisecond)
		b.contact(true, 100*time.Millisecond)
		b.contact(false, time.Second)
		b.want(t, false, true, false)
	})
}

// deaf never sees an edge, as when the kernel has dropped it.
type deaf struct{ gpio.Sensed }

func (d deaf) Wait(timeout time.Duration) error {
	time.Sleep(timeout)
	return nil
}

func TestALostEdgeIsMadeGoodByReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := drivertest.NewChip("GPIO5")
		line := watched{backends["kernel"](chip.Process(), "GPIO5"), func(s gpio.Sensed) gpio.Sensed { return deaf{s} }}
		in, err := gpio.OpenInput(line, gpio.InputConfig{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		time.AfterFunc(time.Second, func() { chip.Drive("GPIO5", periph.High) })
		start, seen := time.Now(), time.Duration(0)
		in.Watch(ctx, func(active bool, err error) {
			if active {
				seen = time.Since(start)
			}
		})
		if seen < time.Second || seen > 1300*time.Millisecond {
			t.Errorf("the level was seen after %v, want within 300 ms of 1 s", seen)
		}
	})
}

// eager never waits, as if there were edges without end.
type eager struct{ counting }

func (eager) Wait(time.Duration) error { return nil }

func TestALineThatDoesNotWaitDoesNotTakeTheProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count atomic.Int64
		line := watched{
			backends["kernel"](drivertest.NewChip("GPIO5").Process(), "GPIO5"),
			func(s gpio.Sensed) gpio.Sensed { return eager{counting{s, &count}} },
		}
		in, err := gpio.OpenInput(line, gpio.InputConfig{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		in.Watch(ctx, func(bool, error) {})
		if n := count.Load(); n > 1000/6+2 {
			t.Errorf("%d reads in 1 s, want one in 6 ms at most", n)
		}
	})
}

func TestALostInputIsReportedOnceAndComesBack(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.contact(true, time.Second)
		thief := b.Process()
		b.Lose("GPIO5")
		if err := thief.ByName("GPIO5").In(periph.PullUp, periph.NoEdge); err != nil {
			t.Fatal(err)
		}
		b.pass(10 * time.Second)
		thief.Kill()
		b.pass(2 * time.Second)
		got := b.reports()
		if len(got) != 3 || !errors.Is(got[1].err, gpio.ErrLost) {
			t.Fatalf("got reports %v, want active, %v, active", got, gpio.ErrLost)
		}
		if got[2].err != nil || !got[2].active {
			t.Errorf("the line that came back reported %v, want active", got[2])
		}
	})
}

// A failed read looks like a low level, which on this bench is active.
func TestALostLineIsNeverTakenForALevel(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.contact(false, time.Second)
		b.Lose("GPIO5")
		b.Process().ByName("GPIO5").In(periph.PullUp, periph.NoEdge)
		b.pass(10 * time.Second)
		for _, r := range b.reports() {
			if r.active {
				t.Errorf("the lost line was reported active: %v", r)
			}
		}
	})
}

func TestALostLineDoesNotTakeTheProcessor(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		before := b.reads()
		b.Lose("GPIO5")
		b.Process().ByName("GPIO5").In(periph.PullUp, periph.NoEdge)
		b.pass(10 * time.Second)
		if n := b.reads() - before; n > 50 {
			t.Errorf("%d reads in 10 s of a lost line, want 50 at most", n)
		}
	})
}

func TestAnIdleInputIsReadFourTimesASecond(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		before := b.reads()
		b.pass(10 * time.Second)
		if n := b.reads() - before; n < 20 || n > 50 {
			t.Errorf("%d reads in 10 s, want 20 to 50", n)
		}
	})
}

func TestAnInputEndsWithItsContext(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		b.cancel()
		start := time.Now()
		<-b.ended
		if d := time.Since(start); d > 250*time.Millisecond {
			t.Errorf("Watch ended %v after its context, want 250 ms at most", d)
		}
	})
}

func TestADebounceOutOfBoundsIsRefused(t *testing.T) {
	for _, d := range []time.Duration{-1, time.Millisecond, 51 * time.Millisecond} {
		pin := drivertest.NewChip("GPIO5").Process().ByName("GPIO5")
		if _, err := gpio.NewInput(pin, gpio.InputConfig{Debounce: d}); err == nil {
			t.Errorf("a debounce of %v was accepted", d)
		}
	}
}

func TestAGlitchIsLeftOutByTheKernel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := drivertest.NewChip("GPIO5")
		var count atomic.Int64
		line := watched{
			backends["kernel"](chip.Process(), "GPIO5"),
			func(s gpio.Sensed) gpio.Sensed { return counting{s, &count} },
		}
		in, err := gpio.OpenInput(line, gpio.InputConfig{Glitch: 2 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		for i := range 200 { // of 1 ms, each 5 ms
			time.AfterFunc(time.Duration(500+5*i)*time.Millisecond, func() { chip.Drive("GPIO5", periph.High) })
			time.AfterFunc(time.Duration(501+5*i)*time.Millisecond, func() { chip.Drive("GPIO5", periph.Low) })
		}
		in.Watch(ctx, func(active bool, err error) {
			if active || err != nil {
				t.Errorf("reported %v, %v", active, err)
			}
		})
		if n := count.Load(); n > 20 {
			t.Errorf("%d reads in 2 s of glitches, want as many as of a line at rest", n)
		}
	})
}

func TestAGlitchTimeOutOfBoundsIsRefused(t *testing.T) {
	for _, d := range []time.Duration{-1, gpio.MaxGlitch + 1} {
		line := backends["kernel"](drivertest.NewChip("GPIO5").Process(), "GPIO5")
		if _, err := gpio.OpenInput(line, gpio.InputConfig{Glitch: d}); err == nil {
			t.Errorf("a glitch time of %v was accepted", d)
		}
	}
}

func TestAnInputThatIsTakenIsAnError(t *testing.T) {
	chip := drivertest.NewChip("GPIO5")
	for i, want := range []error{nil, gpio.ErrLost} {
		_, err := gpio.NewInput(chip.Process().ByName("GPIO5"), gpio.InputConfig{})
		if !errors.Is(err, want) {
			t.Errorf("program %d: got %v, want %v", i, err, want)
		}
	}
}

func TestAnInputThatIsClosedIsGivenBack(t *testing.T) {
	onEach(t, func(t *testing.T, line backend) {
		chip := drivertest.NewChip("GPIO5")
		in, err := gpio.OpenInput(line(chip.Process(), "GPIO5"), gpio.InputConfig{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := in.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := chip.Process().ByName("GPIO5").In(periph.PullUp, periph.NoEdge); err != nil {
			t.Errorf("another program cannot have the line: %v", err)
		}
	})
}
