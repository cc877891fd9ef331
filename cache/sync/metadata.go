package sync

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// TimestampFile is the one file of a repository that changes: it names, by way
// of others, all that is newest.
const TimestampFile = "timestamp.json"

// fetchTime bounds the fetching of one small file.
const fetchTime = 30 * time.Second

// metadata gives package trust the files of a source, and counts their bytes.
// The timestamp is asked for again and again: a source that can say that it is
// still the same need not send it.
type metadata struct {
	source Source

	mu    sync.Mutex // guards what follows
	tag   string
	last  []byte
	bytes int64
}

// Fetch implements trust.Source.
func (m *metadata) Fetch(ctx context.Context, name string, max int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	m.mu.Lock()
	defer m.mu.Unlock()
	source, can := m.source.(httpSource)
	if !can || name != TimestampFile {
		body, err := m.source.Open(ctx, name, 0)
		if err != nil {
			return nil, err
		}
		return m.read(body, name, max)
	}
	body, tag, unchanged, err := source.openChanged(ctx, name, m.tag)
	if err != nil || unchanged {
		return bytes.Clone(m.last), err
	}
	data, err := m.read(body, name, max)
	if m.tag, m.last = tag, bytes.Clone(data); err != nil {
		m.tag = ""
	}
	return data, err
}

func (m *metadata) read(body Body, name string, max int64) ([]byte, error) {
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, max+1))
	m.bytes += int64(len(data))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, withoutAddress(err))
	}
	return data, nil
}
