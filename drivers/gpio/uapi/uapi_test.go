package uapi_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio/uapi"
)

// A tap is a kernel that keeps what it was asked.
type tap struct {
	uapi.Kernel
	asked *[]record
}

type record struct {
	request uint32
	bytes   []byte
}

func (k tap) Open(path string) (uapi.File, error) {
	f, err := k.Kernel.Open(path)
	return tapFile{f, k.asked}, err
}

type tapFile struct {
	uapi.File
	asked *[]record
}

func (f tapFile) Ioctl(request uint32, p []byte) error {
	*f.asked = append(*f.asked, record{request, slices.Clone(p)})
	return f.File.Ioctl(request, p)
}

func open(t *testing.T, k uapi.Kernel) *uapi.Chip {
	t.Helper()
	c, err := uapi.Open(k, "/dev/gpiochip0")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The record is written out by the header's offsets.
func TestARequestIsTheKernelsRecord(t *testing.T) {
	var asked []record
	chip := open(t, tap{drivertest.NewChip("A", "B", "C").Process().Kernel(), &asked})
	for _, c := range []struct {
		conf  uapi.Config
		attrs map[int]uint64 // 64-bit words of the attributes, by offset
	}{
		{uapi.Config{Consumer: "portcullis", Flags: uapi.Output | uapi.ActiveLow, Active: true},
			map[int]uint64{328: 1, 336: 1}},
		{uapi.Config{Consumer: strings.Repeat("x", 40), Flags: uapi.Output}, map[int]uint64{328: 0, 336: 1}},
		{uapi.Config{Consumer: "portcullis", Flags: uapi.Input | uapi.PullUp | uapi.RisingEdge, Debounce: 2 * time.Millisecond, Edges: 64},
			map[int]uint64{336: 1}},
	} {
		line, err := chip.Request(2, c.conf)
		if err != nil {
			t.Fatal(err)
		}
		last := asked[len(asked)-1]
		want := make([]byte, 592)
		u32, u64 := binary.NativeEndian.PutUint32, binary.NativeEndian.PutUint64
		u32(want[0:], 2)
		copy(want[256:287], c.conf.Consumer)
		u64(want[288:], uint64(c.conf.Flags))
		u32(want[296:], 1)
		u32(want[320:], 2)
		if c.conf.Debounce > 0 {
			u32(want[320:], 3)
			u32(want[328:], 2000)
		}
		for at, word := range c.attrs {
			u64(want[at:], word)
		}
		u32(want[560:], 1)
		u32(want[564:], c.conf.Edges)
		if last.request != 0xC250B407 || !slices.Equal(last.bytes, want) {
			t.Errorf("%+v: asked %x\n%x, want\n%x", c.conf, last.request, last.bytes, want)
		}
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatTheKernelRefusesIsAnError(t *testing.T) {
	chip := open(t, drivertest.NewChip("A").Process().Kernel())
	for _, conf := range []uapi.Config{
		{}, {Flags: uapi.Input | uapi.Output}, {Flags: uapi.Output | uapi.RisingEdge},
	} {
		if _, err := chip.Request(0, conf); !errors.Is(err, syscall.EINVAL) {
			t.Errorf("%+v: got %v, want %v", conf, err, syscall.EINVAL)
		}
	}
	if _, err := chip.Request(1, uapi.Config{Flags: uapi.Input}); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a line that is not there: got %v, want %v", err, syscall.EINVAL)
	}
}

func TestALineThatIsTakenNamesItsHolder(t *testing.T) {
	sim := drivertest.NewChip("GPIO17")
	if _, err := open(t, sim.Process().Kernel()).Request(0, uapi.Config{Consumer: "fan", Flags: uapi.Output}); err != nil {
		t.Fatal(err)
	}
	chip := open(t, sim.Process().Kernel())
	_, err := chip.Request(0, uapi.Config{Flags: uapi.Input})
	if !errors.Is(err, syscall.EBUSY) || !strings.Contains(err.Error(), `"fan" holds it`) {
		t.Errorf("got %v, want that fan holds it", err)
	}
	if info, err := chip.Info(0); err != nil || info.Consumer != "fan" || info.Name != "GPIO17" || info.Flags&uapi.Used == 0 {
		t.Errorf("got %+v, %v", info, err)
	}
}

func TestEdgesComeInTheirOrderWithTheirTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := drivertest.NewChip("DOOR")
		line, err := open(t, sim.Process().Kernel()).Request(0, uapi.Config{
			Flags: uapi.Input | uapi.ActiveLow | uapi.RisingEdge | uapi.FallingEdge,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, high := range []periph.Level{periph.High, periph.Low} {
			time.Sleep(time.Second)
			sim.Drive("DOOR", high)
		}
		events, err := line.Edges(time.Minute)
		if err != nil || len(events) != 2 {
			t.Fatalf("got %v, %v; want two edges", events, err)
		}
		if events[0].Rising || !events[1].Rising {
			t.Errorf("got %v: of an active-low line, falling is to high", events)
		}
		if events[1].At-events[0].At != time.Second || events[1].LineSeq != events[0].LineSeq+1 {
			t.Errorf("got %v, want one a second after the other", events)
		}
		if events, err := line.Edges(time.Second); events != nil || err != nil {
			t.Errorf("without edges: got %v, %v", events, err)
		}
	})
}

func TestAStepInTheSequenceTellsOfLostEdges(t *testing.T) {
	sim := drivertest.NewChip("DOOR")
	line, err := open(t, sim.Process().Kernel()).Request(0, uapi.Config{
		Flags: uapi.Input | uapi.RisingEdge | uapi.FallingEdge,
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		sim.Drive("DOOR", i%2 == 0)
	}
	events, err := line.Edges(time.Minute)
	if err != nil || len(events) != 16 || events[0].LineSeq != 5 || events[15].LineSeq != 20 {
		t.Errorf("got %v, %v; want the edges 5 to 20", events, err)
	}
}

func TestClosingEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line, err := open(t, drivertest.NewChip("DOOR").Process().Kernel()).Request(0, uapi.Config{Flags: uapi.Input | uapi.RisingEdge})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { _ = line.Close() })
		start := time.Now()
		if _, err := line.Edges(time.Hour); err == nil || time.Since(start) != time.Second {
			t.Errorf("got %v after %v, want an error after 1 s", err, time.Since(start))
		}
	})
}
