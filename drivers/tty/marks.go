package tty

// badByte is read for a byte that the line spoilt. No reader's alphabet has it.
const badByte = 0xff

// marks undoes what the kernel does to input under PARMRK (termios(3)): FF comes as
// FF FF, and a byte c whose parity or stop bit was wrong as FF 00 c; a break is
// such a byte, 00. It remembers a mark that is cut between two reads.
type marks struct{ state markState }

type markState uint8

const (
	unmarked markState = iota
	begun              // FF came
	spoilt             // FF 00 came
)

// strip moves what was really sent to the front of b, each bad byte as FF. It
// returns how many bytes that are, and how many of them are bad.
func (m *marks) strip(b []byte) (kept, bad int) {
	for _, c := range b {
		switch {
		case m.state == unmarked && c == 0xff:
			m.state = begun
			continue
		case m.state == begun && c == 0:
			m.state = spoilt
			continue
		case m.state == spoilt, m.state == begun && c != 0xff: // the latter no kernel sends
			c = badByte
			bad++
		}
		m.state = unmarked
		b[kept] = c
		kept++
	}
	return kept, bad
}
