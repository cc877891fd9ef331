package buzzer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers"
	"portcullis/drivers/buzzer"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
)

func open(t *testing.T) (*drivertest.Chip, *buzzer.Buzzer) {
	t.Helper()
	chip := drivertest.NewChip("BUZZER")
	o, err := gpio.NewOutput(chip.Process().ByName("BUZZER"), gpio.OutputConfig{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := buzzer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return chip, b
}

func TestContract(t *testing.T) {
	drivertest.TestBuzzer(t, func(t *testing.T) drivertest.BuzzerRig {
		chip, b := open(t)
		return drivertest.BuzzerRig{Buzzer: b, Run: b.Run, Sounding: func() bool {
			return chip.Level("BUZZER") == periph.High
		}}
	})
}

func TestSilenceSetsATonesReplacementApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip, b := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- b.Run(ctx) }()
		synctest.Wait()
		for _, tone := range []drivers.Tone{drivers.ToneDocument, drivers.ToneClear} {
			if err := b.Sound(ctx, tone); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if chip.Level("BUZZER") == periph.High {
			t.Error("one tone runs into the next")
		}
		time.Sleep(time.Second)
		if n := chip.Rises("BUZZER"); n != 2 {
			t.Errorf("heard %d sounds, want 2", n)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func TestALostLineIsAnErrorOfTheTone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip, b := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- b.Run(ctx) }()
		synctest.Wait()
		chip.Lose("BUZZER")
		if err := b.Sound(t.Context(), drivers.TonePerson); !errors.Is(err, gpio.ErrLost) {
			t.Errorf("got %v, want %v", err, gpio.ErrLost)
		}
		time.Sleep(time.Second)
		if err := b.Sound(t.Context(), drivers.TonePerson); err != nil {
			t.Errorf("the line that came back: %v", err)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}
