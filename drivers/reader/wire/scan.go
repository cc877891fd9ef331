package wire

import "portcullis/drivers"

// A finding is what a grammar says of bytes.
type finding struct {
	is    state
	frame Frame // of more: its kind so far, or KindNone while it may be noise
	size  int   // of whole: the bytes that the frame takes
	rest  rest
}

// state is how far bytes are a frame.
type state uint8

const (
	none   state = iota // the first byte begins nothing
	blank               // the first byte belongs to no frame and is no noise
	more                // a frame may begin here, and has no end yet
	whole               // a frame
	broken              // a frame with a fault
)

// rest is what is to be done with bytes after a frame.
type rest uint8

const (
	restRead rest = iota // they are read as ever
	restSkip             // they are the frame's still, up to the next start or silence
	restDeaf             // nothing in them can be trusted before silence
)

// A scan is the machine of families whose frames show where they begin: it holds
// what may be a frame, and asks a grammar about it after each byte. A frame that
// proves broken is searched for another's beginning, so that a whole frame is
// found also where the one before it lost its end, or where a start byte was
// noise.
type scan struct {
	report
	grammar func(raw []byte) finding // raw is never empty; it may keep nothing of it
	max     int                      // noise that is told before silence

	raw   []byte
	noise int  // bytes before those held that were in no frame
	skip  bool // they were told of already
	deaf  bool
}

// newScan returns the framer of a grammar, which holds a framing's maximum of
// data and the bytes that its family adds to it.
func newScan(f Framing, extra int, grammar func([]byte) finding) Framer {
	return newFramer(f, &scan{grammar: grammar, max: f.Max, raw: make([]byte, 0, f.Max+extra)})
}

// take advances by one byte.
func (s *scan) take(c byte) {
	if s.deaf {
		return
	}
	s.raw = append(s.raw, c)
	s.look()
}

// look goes on until what is held is empty, or may be a frame's beginning.
func (s *scan) look() {
	for len(s.raw) > 0 && !s.deaf {
		f := s.grammar(s.raw)
		switch f.is {
		case none:
			s.drop(1)
			s.count()
		case blank:
			s.drop(1)
		case more:
			return
		default:
			s.found(f)
		}
	}
}

// count counts a byte of noise, and tells of noise that does not stop by itself.
func (s *scan) count() {
	if s.skip {
		return
	}
	s.noise++
	if s.noise >= s.max {
		s.endNoise()
		s.skip = true
	}
}

func (s *scan) endNoise() {
	if s.noise > 0 {
		s.tell(Frame{Fault: drivers.FaultNoise, Bytes: s.noise})
	}
	s.noise, s.skip = 0, false
}

// found tells of a frame, whole or broken, and goes on behind it.
func (s *scan) found(f finding) {
	s.endNoise()
	switch {
	case f.is == whole:
	case f.rest == restDeaf:
		f.size = len(s.raw)
	default:
		f.size = s.next()
	}
	f.frame.Bytes = f.size
	s.tell(f.frame)
	s.drop(f.size)
	s.skip, s.deaf = f.rest == restSkip, f.rest == restDeaf
}

// next returns where in a broken frame another may begin. The first byte is the
// broken frame's own.
func (s *scan) next() int {
	for at := 1; at < len(s.raw); at++ {
		if is := s.grammar(s.raw[at:]).is; is == more || is == whole {
			return at
		}
	}
	return len(s.raw)
}

// silence ends a frame or noise after which nothing came.
func (s *scan) silence() {
	for len(s.raw) > 0 {
		f := s.grammar(s.raw) // there is more to come, or look would have gone on
		if f.frame.Kind == KindNone {
			s.drop(1)
			s.count()
		} else {
			f.is, f.frame.Fault = broken, drivers.FaultTruncated
			s.found(f)
		}
		s.look()
	}
	s.endNoise()
	s.deaf = false
}

// drop forgets bytes at the front. They may be a document's.
func (s *scan) drop(n int) {
	rest := copy(s.raw, s.raw[n:])
	clear(s.raw[rest:])
	s.raw = s.raw[:rest]
}

// lacks is the finding that a frame of a kind has no end yet.
func lacks(kind Kind) finding { return finding{is: more, frame: Frame{Kind: kind}} }

// fails is the finding that a frame of a kind has a fault.
func fails(kind Kind, fault drivers.ReadFault) finding {
	return finding{is: broken, frame: Frame{Kind: kind, Fault: fault}}
}

// overlong is the finding that a frame of a kind has too much data.
func overlong(kind Kind) finding {
	f := fails(kind, drivers.FaultTooLong)
	f.rest = restSkip
	return f
}
