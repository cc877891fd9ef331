package display_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/display"
	"portcullis/drivers/drivertest"
)

// open makes a display on a bus, which opens.
func open(t *testing.T, oled *drivertest.OLED, c display.Config) *display.Display {
	t.Helper()
	c.Open = func() (display.Bus, error) { return oled, nil }
	d, err := display.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// read returns the message and the language that somebody reads, who knows all of
// them. A dark display has none.
func read(t *testing.T, oled *drivertest.OLED) (m drivers.Message, language string) {
	t.Helper()
	dots, on := oled.Dots()
	if !on {
		return drivers.MessageClosed, ""
	}
	for _, language := range display.Languages() {
		for m := drivers.MessageClosed; m <= drivers.MessageOfficer; m++ {
			if *display.Render(m, language) == dots {
				return m, language
			}
		}
	}
	t.Error("the display shows what no message is")
	return 0, ""
}

func TestContract(t *testing.T) {
	drivertest.TestDisplay(t, func(t *testing.T) drivertest.DisplayRig {
		oled := drivertest.NewOLED()
		d := open(t, oled, display.Config{})
		return drivertest.DisplayRig{Display: d, Run: d.Run, Shown: func() drivers.Message {
			m, _ := read(t, oled)
			return m
		}}
	})
}

// atWork runs a display in a bubble of time.
func atWork(t *testing.T, c display.Config, test func(d *display.Display, oled *drivertest.OLED)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		oled := drivertest.NewOLED()
		d := open(t, oled, c)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- d.Run(ctx) }()
		pass(100 * time.Millisecond)
		test(d, oled)
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
		if _, on := oled.Dots(); on {
			t.Error("the display is lit after its loop has ended")
		}
	})
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLanguagesTakeTurns(t *testing.T) {
	atWork(t, display.Config{Languages: []string{"fr", "de"}}, func(d *display.Display, oled *drivertest.OLED) {
		if err := d.Show(t.Context(), drivers.MessageWait); err != nil {
			t.Fatal(err)
		}
		var turns []string
		for range 8 {
			pass(1250 * time.Millisecond)
			if _, language := read(t, oled); len(turns) == 0 || turns[len(turns)-1] != language {
				turns = append(turns, language)
			}
		}
		if len(turns) < 4 || turns[0] != "fr" || turns[1] != "de" {
			t.Errorf("the turns were %v, want fr and de in turn, for 10 s", turns)
		}
	})
}

func TestAMessageBeginsWithTheFirstLanguage(t *testing.T) {
	atWork(t, display.Config{Languages: []string{"de", "it"}}, func(d *display.Display, oled *drivertest.OLED) {
		pass(3 * time.Second)
		if err := d.Show(t.Context(), drivers.MessageProceed); err != nil {
			t.Fatal(err)
		}
		pass(0)
		if m, language := read(t, oled); m != drivers.MessageProceed || language != "de" {
			t.Errorf("shows %v in %q at once, want proceed in de", m, language)
		}
	})
}

func TestADisplayMayHangUpsideDown(t *testing.T) {
	atWork(t, display.Config{UpsideDown: true, Languages: []string{"en"}}, func(_ *display.Display, oled *drivertest.OLED) {
		dots, _ := oled.Dots()
		seen, want := display.Frame(dots), display.Render(drivers.MessageClosed, "en")
		for y := range display.Height {
			for x := range display.Width {
				if seen.Lit(x, y) != want.Lit(display.Width-1-x, display.Height-1-y) {
					t.Fatalf("dot %d, %d is not that of the frame the other way round", x, y)
				}
			}
		}
	})
}

func TestADisplayThatIsUnpluggedComesBack(t *testing.T) {
	atWork(t, display.Config{}, func(d *display.Display, oled *drivertest.OLED) {
		oled.Unplug(true)
		pass(3 * time.Second)
		if err := d.Show(t.Context(), drivers.MessageProceed); !errors.Is(err, display.ErrFailed) {
			t.Errorf("got %v, want %v", err, display.ErrFailed)
		}
		before := oled.Tried()
		pass(time.Minute)
		if n := oled.Tried() - before; n < 30 || n > 70 {
			t.Errorf("%d messages in a minute to a display that is gone, want one in a second", n)
		}
		oled.Unplug(false)
		pass(2 * time.Second)
		if m, _ := read(t, oled); m != drivers.MessageProceed {
			t.Errorf("shows %v, want proceed", m)
		}
		if err := d.Show(t.Context(), drivers.MessageProceed); err != nil {
			t.Errorf("the display works, and %v", err)
		}
	})
}

func TestADisplayThatWasNeverThereIsNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		missing := errors.New("no such bus")
		d, err := display.New(display.Config{Open: func() (display.Bus, error) { return nil, missing }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- d.Run(ctx) }()
		pass(time.Second)
		if err := d.Show(ctx, drivers.MessageWait); !errors.Is(err, missing) {
			t.Errorf("got %v, want %v", err, missing)
		}
		if err := d.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// It answers as ever, and shows nothing.
func TestADisplayThatLostItsPowerIsLitAgain(t *testing.T) {
	atWork(t, display.Config{}, func(_ *display.Display, oled *drivertest.OLED) {
		oled.Restart()
		pass(65 * time.Second)
		if _, language := read(t, oled); language == "" {
			t.Error("the display is still dark")
		}
	})
}

func TestShowingNeverWaitsForTheBus(t *testing.T) {
	atWork(t, display.Config{}, func(d *display.Display, oled *drivertest.OLED) {
		oled.Delay(time.Second)
		pass(5 * time.Second) // within a message
		start := time.Now()
		for m := drivers.MessageClosed; m <= drivers.MessageOfficer; m++ {
			_ = d.Show(t.Context(), m)
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for a bus that hangs", waited)
		}
		oled.Delay(0)
		pass(10 * time.Second)
		if m, _ := read(t, oled); m != drivers.MessageOfficer {
			t.Errorf("shows %v, want officer", m)
		}
	})
}

func TestHaltThatFailedIsWorthCallingAgain(t *testing.T) {
	atWork(t, display.Config{}, func(d *display.Display, oled *drivertest.OLED) {
		oled.Unplug(true)
		if d.Halt() == nil {
			t.Error("a display that does not answer was halted")
		}
		oled.Unplug(false)
		if err := d.Halt(); err != nil {
			t.Error(err)
		}
		if _, on := oled.Dots(); on {
			t.Error("the display is lit")
		}
	})
}

func TestALanguageWithoutWordsIsRefused(t *testing.T) {
	c := display.Config{Open: func() (display.Bus, error) { return nil, nil }, Languages: []string{"en", "ar"}}
	if _, err := display.New(c); err == nil {
		t.Error("accepted: the display would show pictures alone every other turn")
	}
	if _, err := display.New(display.Config{}); err == nil {
		t.Error("a display without a bus was accepted")
	}
}
