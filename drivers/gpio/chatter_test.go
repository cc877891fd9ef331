package gpio_test

import (
	"errors"
	"testing"
	"time"

	"portcullis/drivers/gpio"
)

func TestAChatteringContactIsAnErrorAndCostsLittle(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.pass(time.Second)
		before := b.reads()
		for i := range 1000 {
			b.contact(i%2 == 0, 5*time.Millisecond)
		}
		if n := b.reads() - before; n > 5*1000/6+10 {
			t.Errorf("%d reads in 5 s of chatter, want one in 6 ms at most", n)
		}
		b.pass(3 * time.Second)
		got := b.reports()
		if len(got) != 3 || !errors.Is(got[1].err, gpio.ErrChatter) || got[2].err != nil {
			t.Errorf("got reports %v, want inactive, %v, inactive", got, gpio.ErrChatter)
		}
	})
}

func TestAnInputThatWasHeldUpHasNotSeenChatter(t *testing.T) {
	onBench(t, func(t *testing.T, b *bench) {
		b.slow.Store(int64(3 * time.Second))
		b.pass(4 * time.Second)
		b.contact(true, time.Second)
		b.contact(false, 3*time.Second)
		b.want(t, false, true, false)
	})
}
