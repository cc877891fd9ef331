package tty_test

import (
	"context"
	"errors"
	"fmt"

	"portcullis/drivers/tty"
)

// Reading a port until it is unplugged.
func ExampleOpen() {
	ctx := context.Background()
	port, err := tty.Open(ctx, "/dev/serial/by-id/usb-reader", tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer port.Close()
	buf := make([]byte, 4096)
	for {
		n, err := port.Read(ctx, buf) // n is 0 when nothing came for a while
		if errors.Is(err, tty.ErrGone) {
			return
		}
		fmt.Println(n, "bytes")
	}
}
