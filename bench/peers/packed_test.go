package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"
)

func TestDigestsArePacked(t *testing.T) {
	var in, out bytes.Buffer
	for i := range uint64(10_000) {
		binary.Write(&in, binary.BigEndian, 1<<60+i*100)
	}
	if err := pack(&in, &out); err != nil {
		t.Fatal(err)
	}
	var s sizes
	if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.Varint == 0 || s.Varint > 100 || s.Raw < 1000 || s.Raw > 80_000 {
		t.Errorf("%+v, %v", s, err)
	}
	if pack(bytes.NewReader(make([]byte, 7)), &out) == nil {
		t.Error("seven bytes pass for digests")
	}
}

func TestGapsAreVarints(t *testing.T) {
	got := gaps(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, 300), 301))
	if !bytes.Equal(got, []byte{0xac, 2, 1}) {
		t.Errorf("%x", got)
	}
}
