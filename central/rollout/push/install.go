package push

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"portcullis/protocol"
)

// longest is how long one call waits for an install to end.
const longest = 30 * time.Second

// codeCurrent is the code of an install that succeeded.
const codeCurrent = "current"

// install asks for an install, and waits for its end. A device that is away
// meanwhile is waited for, and one that forgot, because it started anew, is
// asked again: under the same ID it is the same work.
func (l *line) install(ctx context.Context, w Work, asked func()) error {
	asked() // it may do so even if its answer never comes
	var found protocol.Install
	known := false // that the device knows of it
	for away := time.Duration(0); !found.Done; {
		called := time.Now()
		err := l.follow(ctx, w, &known, &found)
		pause := time.Second - time.Since(called) // in case it does not wait
		switch {
		case err == nil:
			away = 0
		case Explain(err).Reason != ReasonAway || away > 4*l.patience:
			return err
		default:
			pause = min(max(away, time.Second), 10*time.Second)
			away += pause
		}
		if found.Done {
			break
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	if found.Code != codeCurrent {
		return &Error{Reason: cmp.Or(found.Code, ReasonAnswer), Err: errors.New(cmp.Or(found.Detail, found.Text, "the install failed")), Refused: true}
	}
	return nil
}

// follow waits for the end of an install that the device knows of, after asking
// for it if it does not.
func (l *line) follow(ctx context.Context, w Work, known *bool, found *protocol.Install) error {
	if !*known {
		path := strings.Replace(protocol.InstallsPath, "{list}", w.List, 1)
		if err := l.do(ctx, http.MethodPost, path, jsonBody(protocol.InstallRequest{ID: w.ID}), 0, found); err != nil || found.Done {
			return err
		}
		*known = true
	}
	path := strings.NewReplacer("{list}", w.List, "{id}", w.ID).Replace(protocol.InstallPath) + "?wait=30"
	err := l.do(ctx, http.MethodGet, path, nil, longest, found)
	if is(err, protocol.ProblemUnknown) {
		*known = false
		return nil
	}
	return err
}
