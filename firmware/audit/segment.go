package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// segmentName returns the name of the n-th file of a log.
func segmentName(n int) string { return fmt.Sprintf("audit-%06d.jsonl", n) }

// lastSegment returns the highest number of a file in the folder, 0 when there
// is none.
func lastSegment(dir folder) (int, error) {
	names, err := dir.list()
	if err != nil {
		return 0, err
	}
	last := 0
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(name, "audit-%d.jsonl", &n); err == nil && name == segmentName(n) {
			last = max(last, n)
		}
	}
	return last, nil
}

// A cursor reads the lines of one file and knows where it stands.
type cursor struct {
	name    string
	file    file
	lines   *bufio.Reader
	number  int   // of the line read last, from 1
	counted int   // lines that were ended
	offset  int64 // behind the last line that was ended
}

// openCursor returns nil when there is no such file.
func openCursor(dir folder, n int) (*cursor, error) {
	f, err := dir.open(segmentName(n), toRead)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &cursor{name: segmentName(n), file: f}
	c.rewind()
	return c, nil
}

// rewind makes the next line the one at the offset, as it now is on the disk.
func (c *cursor) rewind() {
	c.lines = bufio.NewReaderSize(io.NewSectionReader(c.file, c.offset, 1<<62), MaxLine)
}

// next returns the next line with its newline. At the end of the file it
// returns io.EOF and whatever stands there without a newline. A line longer
// than any entry comes in pieces. The text is valid until the next call.
func (c *cursor) next() (text []byte, err error) {
	text, err = c.lines.ReadSlice('\n')
	if len(text) > 0 {
		c.number = c.counted + 1
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		return text, nil
	}
	if err != nil {
		return text, err
	}
	c.counted++
	c.offset += int64(len(text))
	return text, nil
}

// atEnd reports whether nothing follows the line read last.
func (c *cursor) atEnd() bool {
	_, err := c.lines.Peek(1)
	return err != nil
}
