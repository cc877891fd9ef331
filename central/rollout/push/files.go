package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portcullis/protocol"
)

func filePath(list, name string) string {
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		parts = append(parts, url.PathEscape(part))
	}
	return strings.NewReplacer("{list}", list, "{name...}", strings.Join(parts, "/")).Replace(protocol.FilesPath)
}

// put brings a device one file, from where it has it.
func (p *Pusher) put(ctx context.Context, l *line, list string, file File) error {
	src, err := p.Repository.Open(file.Name)
	if err != nil {
		return &Error{Reason: ReasonNoFile, Err: err}
	}
	defer src.Close()
	path := filePath(list, file.Name)
	stuck := 0
	for best := int64(-1); ; {
		have, err := l.have(ctx, path, file)
		if err == nil {
			if have == file.Size {
				return nil
			}
			if stuck++; have > best {
				stuck, best = 0, have
			}
			err = p.parts(ctx, l, path, src, have, file)
		} else {
			stuck++
		}
		switch {
		case err == nil && file.Name == TimestampFile:
			return nil // what is there may be another of the same size: it is always sent
		case err != nil && !passing(err):
			return err
		case stuck >= mostStuck:
			return cmp.Or(err, error(&Error{Reason: ReasonNoProgress, Err: fmt.Errorf("%s stays at %d of %d bytes", file.Name, best, file.Size)}))
		}
		if err != nil {
			if err := sleep(ctx, time.Duration(stuck)*time.Second); err != nil {
				return err
			}
		}
	}
}

// passing reports whether an error may be none in a moment: the device may also
// still be busy with a part whose connection broke.
func passing(err error) bool {
	return is(err, protocol.ProblemRange) || is(err, protocol.ProblemBusy) || Explain(err).Reason == ReasonAway
}

// mostStuck is how often a file is gone on with that does not grow.
const mostStuck = 3

// have returns how much of a file is there. Something else under its name, which
// a publisher never makes, is taken away.
func (l *line) have(ctx context.Context, path string, file File) (int64, error) {
	if file.Name == TimestampFile {
		return 0, nil
	}
	var part protocol.Part
	if err := l.do(ctx, http.MethodGet, path, nil, 0, &part); err != nil && !is(err, protocol.ProblemUnknown) {
		return 0, err
	}
	switch {
	case part.Size == -1 || part.Have <= 0:
		return 0, nil
	case part.Size == file.Size && part.Have <= file.Size:
		return part.Have, nil
	}
	err := l.do(ctx, http.MethodDelete, path, nil, 0, nil)
	if err != nil {
		err = &Error{Reason: ReasonOtherFile, Err: fmt.Errorf("%s: %w", file.Name, err)}
	}
	return 0, err
}

// parts sends what follows on what is there.
func (p *Pusher) parts(ctx context.Context, l *line, path string, src io.ReadSeeker, have int64, file File) error {
	if _, err := src.Seek(have, io.SeekStart); err != nil {
		return &Error{Reason: ReasonNoFile, Err: err}
	}
	for have < file.Size {
		n := min(p.part(), file.Size-have)
		part := &body{media: "application/octet-stream", data: io.LimitReader(src, n), length: n}
		part.rng = fmt.Sprintf("bytes %d-%d/%d", have, have+n-1, file.Size)
		if err := l.do(ctx, http.MethodPut, path, part, 0, nil); err != nil {
			return shorter(err, file)
		}
		have += n
	}
	return nil
}

// shorter tells a file that ends too early from a connection that does.
func shorter(err error, file File) error {
	if strings.Contains(err.Error(), "ContentLength") || errors.Is(err, io.ErrUnexpectedEOF) && strings.Contains(err.Error(), "Body") {
		return &Error{Reason: ReasonNoFile, Err: fmt.Errorf("%s is shorter than it was", file.Name)}
	}
	return err
}
