package registry

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxLine bounds a line of a source, in bytes: no honest record comes near it.
const MaxLine = 1 << 16

const byteOrderMark = "\ufeff" // that spreadsheets put before a text

// ReadJSONLines takes in records that stand one a line, each a JSON object. A
// line that is none is rejected alone; empty lines do not count. The error
// means that the source could not be read to its end.
func (im *Import) ReadJSONLines(source string, r io.Reader) error {
	return readJSONLines(source, r, 0, im.take(source))
}

// ReadCSV takes in records from CSV with a header, parted by commas or
// semicolons. A row with too few or too many fields is rejected alone. The
// error means that the source could not be read to its end.
func (im *Import) ReadCSV(source string, r io.Reader) error {
	return readCSV(source, r, 0, im.take(source))
}

func (im *Import) take(source string) func(line) error {
	return func(l line) error {
		if l.formless {
			im.reject(source, l.number)
		} else {
			im.Add(source, l.number, l.record)
		}
		return nil
	}
}

// A line is what stands in one line or row of a source.
type line struct {
	number   int // counted from 1
	record   Record
	formless bool  // it does not have the form of the file
	end      int64 // the bytes of the source up to the end of the line
}

// readJSONLines hands on the lines that end behind a place in the source.
func readJSONLines(source string, r io.Reader, behind int64, take func(line) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, MaxLine)
	var at line
	lines.Split(func(data []byte, end bool) (int, []byte, error) {
		n, token, err := bufio.ScanLines(data, end)
		at.end += int64(n)
		return n, token, err
	})
	for lines.Scan() {
		at.number++
		if at.end <= behind {
			continue
		}
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte(byteOrderMark)))
		if len(text) == 0 {
			continue
		}
		record, ok := parseLine(text)
		at.record, at.formless = record, !ok
		if err := take(at); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("registry: read %s behind line %d: %w", source, at.number, err)
	}
	return nil
}

// parseLine reads one object. Errors of package json quote what they read, so
// none goes further. Members that a record does not have are refused: they may
// be a slip of the pen, or data that no list is to hold.
func parseLine(line []byte) (record Record, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if line[0] != '{' || dec.Decode(&record) != nil {
		return Record{}, false
	}
	_, err := dec.Token()
	return record, err == io.EOF
}

// ErrHeader means that a CSV source does not begin with the names of its
// columns.
var ErrHeader = errors.New("the first line must name the columns, among them number, issuing_state, type and status, and none that a record does not have")

// readCSV hands on the rows that end behind a place in the source.
func readCSV(source string, r io.Reader, behind int64, take func(line) error) error {
	in := bufio.NewReader(r)
	mark, _ := in.Peek(len(byteOrderMark))
	if string(mark) != byteOrderMark {
		mark = nil
	}
	in.Discard(len(mark))
	rows := csv.NewReader(in)
	rows.Comma = separator(in)
	rows.ReuseRecord = true
	header, err := readHeader(rows)
	if err != nil {
		return fmt.Errorf("registry: read %s: %w", source, err)
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		at := line{end: int64(len(mark)) + rows.InputOffset()}
		var parse *csv.ParseError
		switch {
		case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &parse):
			at.number, at.formless = parse.Line, true
		case err != nil: // of a quote gone wrong nobody knows where it ends
			return fmt.Errorf("registry: read %s: %w", source, err)
		default:
			at.number, _ = rows.FieldPos(0)
			at.record = fill(header, row)
		}
		if at.end <= behind {
			continue
		}
		if err := take(at); err != nil {
			return err
		}
	}
}

// fill makes a record of a row. The strings of a row share one text.
func fill(header []func(*Record) *string, row []string) (record Record) {
	for i, field := range header {
		*field(&record) = row[i]
	}
	return record
}

// separator tells by the header which sign parts the columns.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(in.Size())
	first, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.Contains(first, []byte(";")) && !bytes.Contains(first, []byte(",")) {
		return ';'
	}
	return ','
}

func readHeader(rows *csv.Reader) ([]func(*Record) *string, error) {
	row, err := rows.Read()
	if err == io.EOF {
		return nil, ErrHeader
	}
	if err != nil {
		return nil, err
	}
	header := make([]func(*Record) *string, len(row))
	seen := map[string]bool{}
	for i, name := range row {
		name = strings.ToLower(strings.TrimSpace(name))
		if columns[name] == nil || seen[name] {
			return nil, ErrHeader
		}
		header[i], seen[name] = columns[name], true
	}
	if !seen["number"] || !seen["issuing_state"] || !seen["type"] || !seen["status"] {
		return nil, ErrHeader
	}
	return header, nil
}
