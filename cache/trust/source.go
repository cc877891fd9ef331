package trust

import (
	"context"
	"fmt"
)

// A Source hands out the files of a publisher.
type Source interface {
	// Fetch returns the whole of a file, or an error that is fs.ErrNotExist when
	// there is none. It reads at most max bytes, or one more to tell that there
	// are more. A source that asks conditionally returns the bytes it had: the
	// same timestamp costs a device nothing more.
	Fetch(ctx context.Context, name string, max int64) ([]byte, error)
}

// Limits bound, in bytes, what is read of a source and of the shelf. A zero is
// the default.
type Limits struct {
	Metadata int64 // root, timestamp and snapshot; 1 MiB
	Targets  int64 // targets and delegated roles; 8 MiB
	File     int64 // a target; 8 MiB
}

func (l Limits) orDefaults() Limits {
	for _, v := range []struct {
		limit *int64
		value int64
	}{{&l.Metadata, 1 << 20}, {&l.Targets, 8 << 20}, {&l.File, 8 << 20}} {
		if *v.limit == 0 {
			*v.limit = v.value
		}
	}
	return l
}

// fetch reads a file, and does not rely on the source to keep to the limit.
func fetch(ctx context.Context, src Source, name string, max int64) ([]byte, error) {
	data, err := src.Fetch(ctx, name, max)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("fetch %s: %w: %d bytes", name, ErrTooLong, max)
	}
	return data, nil
}
