package uapi

import (
	"bytes"
	"encoding/binary"
	"time"
)

// The ioctls, as the header's macros make them on all of our architectures.
const (
	getChipInfo = 0x8044B401
	getLineInfo = 0xC100B405
	getLine     = 0xC250B407
	getValues   = 0xC010B40E
	setValues   = 0xC010B40F
)

// The sizes of the records, and where their parts lie.
const (
	nameSize      = 32
	chipInfoSize  = 68
	lineInfoSize  = 256
	requestSize   = 592
	valuesSize    = 16
	eventSize     = 48
	atConsumer    = 256
	atFlags       = 288
	atAttrs       = 320
	attrSize      = 24
	atNumLines    = 560
	atBufferSize  = 564
	atFD          = 588
	attrValues    = 2
	attrDebounce  = 3
	edgeRising    = 1
	theOneLine    = 1 // the mask of the first line of a request, which is the only one here
	maxNameLength = nameSize - 1
)

var order = binary.NativeEndian

// encode returns the record that asks for a line.
func (c Config) encode(offset uint32) []byte {
	p := make([]byte, requestSize)
	order.PutUint32(p, offset)
	copy(p[atConsumer:atConsumer+maxNameLength], c.Consumer)
	order.PutUint64(p[atFlags:], uint64(c.Flags))
	n := uint32(0)
	attr := func(id uint32, value uint64) {
		at := p[atAttrs+attrSize*n:]
		order.PutUint32(at, id)
		if id == attrDebounce {
			order.PutUint32(at[8:], uint32(value)) // a narrower member of the union
		} else {
			order.PutUint64(at[8:], value)
		}
		order.PutUint64(at[16:], theOneLine)
		n++
	}
	if c.Flags&Output != 0 {
		attr(attrValues, bit(c.Active))
	}
	if c.Debounce > 0 {
		attr(attrDebounce, uint64(c.Debounce.Microseconds()))
	}
	order.PutUint32(p[atFlags+8:], n)
	order.PutUint32(p[atNumLines:], 1)
	order.PutUint32(p[atBufferSize:], c.Edges)
	return p
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// values returns the record that reads or sets the level of the one line.
func values(active bool) []byte {
	p := make([]byte, valuesSize)
	order.PutUint64(p, bit(active))
	order.PutUint64(p[8:], theOneLine)
	return p
}

func decodeEvent(p []byte) Event {
	return Event{
		At:      time.Duration(order.Uint64(p)),
		Rising:  order.Uint32(p[8:]) == edgeRising,
		Seq:     order.Uint32(p[16:]),
		LineSeq: order.Uint32(p[20:]),
	}
}

// text returns a name of the kernel's, which ends with a zero byte.
func text(p []byte) string {
	name, _, _ := bytes.Cut(p[:nameSize], []byte{0})
	return string(name)
}
