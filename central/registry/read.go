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
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, MaxLine)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte(byteOrderMark)))
		if len(line) == 0 {
			continue
		}
		record, ok := parseLine(line)
		if !ok {
			im.reject(source, number)
			continue
		}
		im.Add(source, number, record)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("registry: read %s behind line %d: %w", source, number, err)
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

// ReadCSV takes in records from CSV with a header, parted by commas or
// semicolons. A row with too few or too many fields is rejected alone. The
// error means that the source could not be read to its end.
func (im *Import) ReadCSV(source string, r io.Reader) error {
	in := bufio.NewReader(r)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		in.Discard(len(mark))
	}
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
		var parse *csv.ParseError
		switch {
		case errors.Is(err, csv.ErrFieldCount) && errors.As(err, &parse):
			im.reject(source, parse.Line)
			continue
		case err != nil: // of a quote gone wrong nobody knows where it ends
			return fmt.Errorf("registry: read %s: %w", source, err)
		}
		var record Record
		columns := record.columns()
		for i, name := range header {
			*columns[name] = row[i]
		}
		line, _ := rows.FieldPos(0)
		im.Add(source, line, record)
	}
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

func readHeader(rows *csv.Reader) ([]string, error) {
	row, err := rows.Read()
	if err == io.EOF {
		return nil, ErrHeader
	}
	if err != nil {
		return nil, err
	}
	known := new(Record).columns()
	header := make([]string, len(row))
	seen := map[string]bool{}
	for i, name := range row {
		name = strings.ToLower(strings.TrimSpace(name))
		if known[name] == nil || seen[name] {
			return nil, ErrHeader
		}
		header[i], seen[name] = name, true
	}
	if !seen["number"] || !seen["issuing_state"] || !seen["type"] || !seen["status"] {
		return nil, ErrHeader
	}
	return header, nil
}
