package reader_test

import (
	"fmt"
	"time"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// Noise, and then a card: the framer tells of both, and Assemble makes readings
// of them that print no document.
func Example() {
	profile, err := reader.Load("sita-ocr")
	if err != nil {
		fmt.Println(err)
		return
	}
	framer, err := wire.New(profile.Frame)
	if err != nil {
		fmt.Println(err)
		return
	}
	bytes := "\x55\xaa" + // noise
		"\x1c\x02I<UTOD231458907<<<<<<<<<<<<<<<\r7408122F1204159UTO<<<<<<<<<<<6\rERIKSSON<<ANNA<MARIA<<<<<<<<<<\r\x03\x1d"
	for _, frame := range framer.Push(time.Now(), []byte(bytes)) {
		fmt.Println(frame)
		fmt.Println(reader.Assemble(profile.Zone, frame))
	}
	// Output:
	// none frame, fault noise, 0 lines, 2 bytes
	// reading: noise
	// ocr frame, fault none, 3 lines, 97 bytes
	// reading
}
