package hidraw

import "context"

// OpenFake opens a node that is no HID device.
func OpenFake(ctx context.Context, path string) (*Device, error) {
	return open(ctx, path, func(int) error { return nil })
}

// UsageOf returns what a report descriptor says that the device is.
func UsageOf(descriptor []byte) (page, usage uint16) { return usageOf(descriptor) }
