package hidraw

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// Info is what a HID device says of itself.
type Info struct {
	Bus             uint32 // 3 is USB (linux/input.h)
	Vendor, Product uint16
	UsagePage       uint16 // of its first collection: 0x8C is a barcode reader (HID POS Usage Tables 1.02)
	Usage           uint16
}

// Info asks the device.
func (d *Device) Info() (Info, error) {
	var info Info
	err := d.node.Control(func(fd int) error {
		raw, err := unix.IoctlHIDGetRawInfo(fd)
		if err != nil {
			return err
		}
		var descriptor unix.HIDRawReportDescriptor
		size, err := unix.IoctlGetInt(fd, unix.HIDIOCGRDESCSIZE)
		if err != nil {
			return err
		}
		descriptor.Size = uint32(size)
		if err := unix.IoctlHIDGetDesc(fd, &descriptor); err != nil {
			return err
		}
		info = Info{Bus: raw.Bustype, Vendor: uint16(raw.Vendor), Product: uint16(raw.Product)}
		info.UsagePage, info.Usage = usageOf(descriptor.Value[:min(size, len(descriptor.Value))])
		return nil
	})
	if err != nil {
		return Info{}, fmt.Errorf("ask HID device: %w", err)
	}
	return info, nil
}

// The items of a report descriptor that say what a device is (HID 1.11, 6.2.2): the upper six
// bits are the item, the lower two how many bytes follow.
const (
	itemUsagePage  = 0x04
	itemUsage      = 0x08
	itemCollection = 0xA0
	itemLong       = 0xFE
)

// usageOf returns the usage of the first collection that a report descriptor opens.
func usageOf(descriptor []byte) (page, usage uint16) {
	for len(descriptor) > 0 && descriptor[0] != itemLong {
		item, size := descriptor[0]&^3, int(descriptor[0]&3)
		if size == 3 {
			size = 4
		}
		if len(descriptor) < 1+size {
			return page, usage
		}
		value := make([]byte, 4)
		copy(value, descriptor[1:1+size])
		switch item {
		case itemUsagePage:
			page = binary.LittleEndian.Uint16(value)
		case itemUsage:
			usage = binary.LittleEndian.Uint16(value)
		case itemCollection:
			return page, usage
		}
		descriptor = descriptor[1+size:]
	}
	return page, usage
}
