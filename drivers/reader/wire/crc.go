package wire

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// A CRC is a cyclic redundancy check of 16 bits: the name of a usual one, or
// its parameters as catalogues of CRCs write them.
type CRC struct {
	Name    string `toml:"name"`    // "arc", "ibm-3740", "modbus", "x-25" or "xmodem"; "" where parameters are given
	Poly    uint16 `toml:"poly"`    // polynomial, highest power first, such as 0x8005
	Init    uint16 `toml:"init"`    // register before the first byte
	Reflect bool   `toml:"reflect"` // lowest bit first, in and out
	Xor     uint16 `toml:"xor"`     // of the result
	Order   string `toml:"order"`   // the byte that is sent first: "low" or "high"
}

var namedCRCs = map[string]CRC{
	"arc":      {Poly: 0x8005, Reflect: true},
	"modbus":   {Poly: 0x8005, Init: 0xFFFF, Reflect: true},
	"x-25":     {Poly: 0x1021, Init: 0xFFFF, Reflect: true, Xor: 0xFFFF},
	"ibm-3740": {Poly: 0x1021, Init: 0xFFFF},
	"xmodem":   {Poly: 0x1021},
}

// withDefaults returns CRC-16/ARC, low byte first, where nothing else is said.
func (c CRC) withDefaults() CRC {
	if c.parameters() == (CRC{}) && c.Name == "" {
		c.Name = "arc"
	}
	if c.Order == "" {
		c.Order = "low"
	}
	return c
}

// parameters returns the CRC without name and order.
func (c CRC) parameters() CRC {
	c.Name, c.Order = "", ""
	return c
}

func (c CRC) check() error {
	_, known := namedCRCs[c.Name]
	switch {
	case c.Name != "" && !known:
		names := strings.Join(slices.Sorted(maps.Keys(namedCRCs)), ", ")
		return &SettingError{"frame.crc.name", fmt.Sprintf("no CRC %q; there are %s", c.Name, names)}
	case known && c.parameters() != (CRC{}):
		return &SettingError{"frame.crc.name", "gives the parameters already"}
	case !known && c.Poly == 0:
		return &SettingError{"frame.crc.poly", "is missing: nothing would be checked"}
	case c.Order != "low" && c.Order != "high":
		return &SettingError{"frame.crc.order", fmt.Sprintf("must be low or high, is %q", c.Order)}
	}
	return nil
}

// A crc is a CRC that computes. Its register is kept with the highest power in
// the highest bit, also where bytes come in reflected.
type crc struct {
	CRC
	table [256]uint16
}

func newCRC(c CRC) *crc {
	order := c.Order
	if c.Name != "" {
		c = namedCRCs[c.Name]
	}
	c.Order = order
	sum := &crc{CRC: c}
	for i := range sum.table {
		register := uint16(i) << 8
		for range 8 {
			carry := register >> 15
			register = register<<1 ^ carry*c.Poly
		}
		sum.table[i] = register
	}
	return sum
}

// add returns the register after one byte more; Init is the one before the first.
func (c *crc) add(register uint16, b byte) uint16 {
	if c.Reflect {
		b = bits.Reverse8(b)
	}
	return register<<8 ^ c.table[byte(register>>8)^b]
}

// bytes returns the check bytes of a register as they are sent.
func (c *crc) bytes(register uint16) [2]byte {
	if c.Reflect {
		register = bits.Reverse16(register)
	}
	register ^= c.Xor
	if c.Order == "high" {
		return [2]byte{byte(register >> 8), byte(register)}
	}
	return [2]byte{byte(register), byte(register >> 8)}
}
