package sim_test

import (
	"bytes"
	"testing"
	"time"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
	"portcullis/drivers/sim"
)

// least returns the least profile of a family.
func least(t *testing.T, name string) reader.Profile {
	t.Helper()
	p, err := reader.LoadFrom("../reader/testdata/profiles", name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A talk is a simulated reader and the host's end of its port.
type talk struct {
	t      *testing.T
	reader *sim.Reader
	link   reader.Link
}

func newTalk(t *testing.T, p reader.Profile) *talk {
	t.Helper()
	r, path := reading(t, p)
	link, err := sim.Opener(p)(t.Context(), path, p.Line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = link.Close() })
	return &talk{t, r, link}
}

// say sends bytes of the host, and wants these back.
func (k *talk) say(host, want string) {
	k.t.Helper()
	if err := k.link.Write(k.t.Context(), []byte(host)); err != nil {
		k.t.Fatal(err)
	}
	k.hears(want)
}

// hears wants bytes, and then silence.
func (k *talk) hears(want string) {
	k.t.Helper()
	if got := receive(k.t, k.link, len(want)); string(got) != want {
		k.t.Errorf("it said %q, want %q", got, want)
	}
}

func (k *talk) do(script string) {
	k.t.Helper()
	if err := k.reader.Do(k.t.Context(), script); err != nil {
		k.t.Fatal(err)
	}
}

const zone3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<|L898902C36UTO7408122F1204159ZE184226B<<<<<10"

func encoded(t *testing.T, p reader.Profile, lines []string) string {
	t.Helper()
	b, err := wire.Encode(p.Frame, lines)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnElyctisReaderAnswersAndSwitchesItselfOff(t *testing.T) {
	p := least(t, "tlv")
	k, document := newTalk(t, p), encoded(t, p, td3)
	k.say("V\x00\x00", "V\x00\x031.0")
	k.say("I\x00\x00", "I\x00\x00")
	k.do("present " + zone3)
	k.hears("") // it is not armed
	k.say("I\x00\x00", document)
	k.say("C\x00\x01\x01", "C\x00\x01\x01") // and was read already
	k.do("noread")
	k.hears("I\x00\x00") // which leaves it on
	k.do("present " + zone3)
	k.hears(document)
	k.do("present " + zone3)
	k.hears("") // it has switched itself off
	k.say("C\x00\x01\x01", "C\x00\x01\x01"+document)
	k.say("C\x00\x01\x01", "C\x00\x01\x01") // what lies there is not read again
	k.say("C\x00\x01\x00", "C\x00\x01\x00")
	k.do("present " + zone3)
	k.hears("")
	k.say("\xff\xff\xffX\x00\x00W\x00", "") // what it does not know, and half a command
	k.say("\x00", "W\x00\x031.0")
}

func TestAnImagerIsSetUpAndTriggered(t *testing.T) {
	p := least(t, "imager")
	k, document := newTalk(t, p), encoded(t, p, td3)
	if len(document) != 89 { // both lines run together, and CR
		t.Errorf("a passport has %d bytes, want 89", len(document))
	}
	k.do("present " + zone3)
	k.say("\x16T\r", "")                                         // triggered, and OCR is off
	k.say("\x16M\rocrena?!", "ocrena0\x06!")                     // as it says
	k.say("\x16M\rocrena9!", "ocrena9\x15!")                     // out of range
	k.say("\x16M\rnosuch1!", "nosuch1\x05!")                     // unknown
	k.say("\x16M\rocrena*.", "ocrena0-1\x06.")                   // the range
	k.say("\x16M\rocrena1!", "ocrena1\x06!"+document)            // what lies there is read now
	k.say("\x16M\rocrena^;ocrena1!", "ocrena^\x06;ocrena1\x06!") // two in one
	k.do("present " + zone3)
	k.hears("") // one trigger is one document
	k.say("noise\x16T\r", document)
	k.do("forget\npresent " + zone3)
	k.say("\x16T\r", "") // '!' was for as long as it had power
	k.say("\x16M\rocrena1.", "ocrena1\x06."+document)
	k.do("forget\npresent " + zone3)
	k.say("\x16T\r", document) // '.' is for good
	k.do("present " + zone3)
	k.say("\x16T\x16U\r\x16\x16", "") // no command
}

func TestAnImagerInHostModeWaitsForTheHostsWord(t *testing.T) {
	p := least(t, "imager-host")
	k, document := newTalk(t, p), encoded(t, p, td3)
	k.say("\x16M\rAISOMD1!", "AISOMD1\x06!")
	k.do("present " + zone3)
	k.hears(document)
	k.do("present " + zone3)
	k.hears("")
	k.say("\x16M\rAISXXR0!", "AISXXR0\x06!"+document)
}

func TestAReaderInInterruptModeIsEnabledAfterEachRead(t *testing.T) {
	p := least(t, "rte")
	k, document := newTalk(t, p), encoded(t, p, td3)
	if want := "OU\x020\r" + td3[0] + "\r" + td3[1] + "\r\x03"; document[2:len(document)-1] != want { // its lines stand at the bottom
		t.Errorf("a passport is %q, want %q", document[2:], want)
	}
	enabled, err := wire.EncodeAnswer(p.Frame, "OR")
	if err != nil {
		t.Fatal(err)
	}
	k.do("present " + zone3)
	k.hears("")
	k.say(string(p.Arm.Send), string(enabled)+document)
	k.do("noread")
	k.hears("")
	k.say(string(p.Arm.Send), string(enabled)+encoded(t, p, nil))
}

func TestAReaderSaysWhenADocumentComesAndGoes(t *testing.T) {
	p := least(t, "stx-json")
	k := newTalk(t, p)
	const comes, goes = "\x02PCSign:{\"stage\":\"readStart\",\"type\":\"PassPort\"}\x03\r\n", "\x02PCSign:{\"stage\":\"readEnd\",\"type\":\"PassPort\"}\x03\r\n"
	document := encoded(t, p, td3)
	k.do("present " + zone3)
	k.hears(comes + document + goes)
	k.do("half " + zone3)
	k.hears(comes + document[:len(document)/2])
}

func TestAReaderWithLampsSaysThatItSetThem(t *testing.T) {
	p := least(t, "hid")
	k := newTalk(t, p)
	k.say(string(p.Feedback.Good), "\x0a\x90"+string(make([]byte, 62)))
}

func TestAHelperAnswersAsItsProfileExpects(t *testing.T) {
	p := least(t, "json")
	p.Link = "hidraw" // here it is its bytes that matter
	k := newTalk(t, p)
	k.do("present " + zone3)
	k.say("{\"command\":\"arm\"}\n", "{\"type\":\"answer\",\"text\":\"armed\"}\n"+encoded(t, p, td3))
}

func TestADeafReaderHearsNothing(t *testing.T) {
	k := newTalk(t, least(t, "tlv"))
	k.do("deaf 1h")
	k.say("V\x00\x00", "")
	k.do("deaf 0s")
	k.say("V\x00\x00", "V\x00\x031.0")
}

func TestOneByteOrBitIsWrongInAFrame(t *testing.T) {
	p := profile(t)
	k, document := newTalk(t, p), []byte(encoded(t, p, td3))
	k.do("lose 1\npresent " + zone3 + "\nlose 0")
	got := receive(t, k.link, len(document)-1)
	i := 0
	for i < len(got) && got[i] == document[i] {
		i++
	}
	if len(got) != len(document)-1 || !bytes.Equal(got[i:], document[i+1:]) {
		t.Errorf("% x, want % x without a byte", got, document)
	}
	k.do("flip 1\npresent " + zone3 + "\nflip 0")
	if got := receive(t, k.link, len(document)); different(got, document) != 1 {
		t.Errorf("% x, want % x but for a byte", got, document)
	}
	k.do("present " + zone3)
	k.hears(string(document))
}

// different counts the bytes that are others, or -1.
func different(a, b []byte) (n int) {
	if len(a) != len(b) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestOnlyACheckByteIsSpoilt(t *testing.T) {
	for name, behind := range map[string]int{"muse": 1, "rte": 1, "stx": 3} {
		p := least(t, name)
		p.Arm = reader.Arm{}
		k, document := newTalk(t, p), []byte(encoded(t, p, td3))
		k.do("badsum " + zone3)
		got := receive(t, k.link, len(document))
		if at := len(document) - behind; different(got, document) != 1 || got[at] == document[at] {
			t.Errorf("%s: % x, want % x but for the check byte", name, got, document)
		}
	}
	if err := newTalk(t, profile(t)).reader.Do(t.Context(), "badsum "+zone3); err == nil {
		t.Error("a frame without check bytes has bad ones")
	}
}

func TestAKeyboardTypesAsItIsSet(t *testing.T) {
	p := least(t, "keys")
	k := newTalk(t, p)
	de := p
	de.Frame.Layouts = []string{"de"}
	sent := make(chan error, 2) // the records are more than a port holds
	go func() { sent <- k.reader.Do(t.Context(), "layout de\npresent "+zone3) }()
	k.hears(encoded(t, de, td3))
	go func() { sent <- k.reader.Do(t.Context(), "dropped "+zone3) }()
	got := receive(t, k.link, len(encoded(t, de, td3))/2)
	for range 2 {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	framer, err := wire.New(p.Frame)
	if err != nil {
		t.Fatal(err)
	}
	if frames := framer.Push(time.Unix(0, 0), got); len(frames) != 1 || frames[0].Fault.String() != "lost" {
		t.Errorf("found %v, want that keys were lost", frames)
	}
	for _, script := range []string{"layout klingon", "badsum " + zone3} {
		if err := k.reader.Do(t.Context(), script); err == nil {
			t.Errorf("%q is done", script)
		}
	}
	if err := newTalk(t, profile(t)).reader.Do(t.Context(), "dropped "+zone3); err == nil {
		t.Error("a serial line drops keys")
	}
}
