package firmware_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"portcullis/firmware"
)

func waits(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestOneFailingLoopStopsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("the port is on fire")
		err := firmware.Run(t.Context(),
			firmware.Loop{Name: "waits", Run: waits},
			firmware.Loop{Name: "fails", Run: func(context.Context) error { return cause }},
			firmware.Loop{Name: "waits too", Run: waits})
		if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "fails: ") {
			t.Errorf("it ends with %v", err)
		}
	})
}

func TestALoopThatHasFinishedStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- firmware.Run(ctx,
				firmware.Loop{Name: "finishes", Run: func(context.Context) error { return nil }},
				firmware.Loop{Name: "waits", Run: waits})
		}()
		synctest.Wait()
		select {
		case err := <-ended:
			t.Fatalf("it has ended: %v", err)
		default:
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("ended by its context, it returns %v", err)
		}
	})
}
