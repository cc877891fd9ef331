// Command portcullis is the appliance: it reads travel documents, looks them up
// in the lists that it keeps, decides, moves the gate and tells the officer why.
//
// This package is the only one that sees both behaviour (firmware) and devices
// (board): it reads the configuration, opens what it names, and hands it over.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}
