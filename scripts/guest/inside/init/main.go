// Init is the first program of a guest machine, and the only one until the host
// asks for another.
package main

import (
	"fmt"
	"os"

	"portcullis/scripts/guest/inside"
)

func main() {
	err := inside.Up()
	if err == nil {
		err = inside.Serve()
	}
	fmt.Fprintln(os.Stderr, "init:", err)
	os.Exit(1) // the kernel panics, and the machine ends
}
