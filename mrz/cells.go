package mrz

// The kinds of character a cell can hold (Doc 9303-3 §4.3).
const (
	illegal = iota // outside A-Z 0-9 <: the zero value
	letter
	digit
	filler
)

// kinds gives the kind of each byte, values what it counts in a check digit
// (Doc 9303-3 §4.9).
var kinds, values = tables()

func tables() (kinds, values [256]uint8) {
	kinds[Filler] = filler
	for c := '0'; c <= '9'; c++ {
		kinds[c], values[c] = digit, uint8(c-'0')
	}
	for c := 'A'; c <= 'Z'; c++ {
		kinds[c], values[c] = letter, uint8(c-'A'+10)
	}
	return kinds, values
}

// A mask has a bit for each cell of a line, the first cell lowest.
type mask uint64

// below is the mask of the cells before a column.
func below(column int) mask { return 1<<(column&63) - 1 }

// within is the mask of the cells of a span.
func (s span) within() mask { return below(int(s.to)) &^ below(int(s.from)) }

// A sorted line has its cells by kind; bad are those outside the set.
type sorted struct{ fillers, digits, bad mask }

// Eight cells stand in one word, a byte each. ones and highs are the lowest
// and the highest bit of each.
const ones, highs = 0x0101010101010101, 0x8080808080808080

const wordSize = 8

// sort marks the cells of a line, eight at a time; the last eight may overlap
// those before. A line has fewer than 64 cells. In the answer about a word the
// highest bit of each byte speaks for its cell.
func sort(line string) (s sorted) {
	if len(line) < wordSize {
		return sortShort(line)
	}
	for column, last := 0, len(line)-wordSize; ; column = min(column+wordSize, last) {
		word := load(line[column:])
		ascii := word &^ highs
		fillers := between(ascii, Filler, Filler) &^ word & highs
		digits := between(ascii, '0', '9') &^ word & highs
		letters := between(ascii, 'A', 'Z') &^ word & highs
		s.fillers |= gather(fillers) << (column & 63)
		s.digits |= gather(digits) << (column & 63)
		if bad := highs &^ (fillers | digits | letters); bad != 0 {
			s.bad |= gather(bad) << (column & 63)
		}
		if column == last {
			return s
		}
	}
}

// sortShort marks the cells of a line that does not fill a word.
func sortShort(line string) (s sorted) {
	for i := range len(line) {
		cell := mask(1) << i
		switch kinds[line[i]] {
		case filler:
			s.fillers |= cell
		case digit:
			s.digits |= cell
		case illegal:
			s.bad |= cell
		}
	}
	return s
}

// load puts eight cells into a word, the first lowest.
func load(cells string) uint64 {
	_ = cells[7]
	return uint64(cells[0]) | uint64(cells[1])<<8 | uint64(cells[2])<<16 | uint64(cells[3])<<24 |
		uint64(cells[4])<<32 | uint64(cells[5])<<40 | uint64(cells[6])<<48 | uint64(cells[7])<<56
}

// between answers which bytes lie between two. Each must be below 0x80, so
// that no sum carries into its neighbour.
func between(word, low, high uint64) uint64 {
	return (word + ones*(0x80-low)) &^ (word + ones*(0x7f-high))
}

// gather brings the highest bits of the eight bytes together, where no other
// is set. The product puts bit 8i at 56+i, and its other terms elsewhere.
func gather(word uint64) mask {
	return mask(word >> 7 * 0x0102040810204080 >> 56)
}
