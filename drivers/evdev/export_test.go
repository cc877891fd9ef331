package evdev

import (
	"context"

	"portcullis/drivers/chardev"
)

// OpenFake opens a node that is no input device, and locks it where an input device
// is grabbed.
func OpenFake(ctx context.Context, path string) (*Device, error) {
	return open(ctx, path, chardev.Lock)
}
