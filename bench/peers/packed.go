package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// packCommand asks for how small digests get that are packed as one would who
// has a packer at hand: as they are, and as what each exceeds the one before by.
const packCommand = "pack"

// sizes are in bytes.
type sizes struct {
	Raw    int `json:"raw_zstd"`
	Varint int `json:"varint_zstd"`
}

// pack reads digests of 8 bytes, big-endian and in order, and writes how small
// they get.
func pack(in io.Reader, out io.Writer) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if len(raw)%8 != 0 {
		return fmt.Errorf("%d bytes are no digests", len(raw))
	}
	// The level that packs most: a publisher packs once, for all devices.
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return err
	}
	defer packer.Close()
	s := sizes{len(packer.EncodeAll(raw, nil)), len(packer.EncodeAll(gaps(raw), nil))}
	return json.NewEncoder(out).Encode(s)
}

// gaps returns what each digest exceeds the one before by, as varints.
func gaps(raw []byte) (out []byte) {
	last := uint64(0)
	for ; len(raw) > 0; raw = raw[8:] {
		d := binary.BigEndian.Uint64(raw)
		out = binary.AppendUvarint(out, d-last)
		last = d
	}
	return out
}
