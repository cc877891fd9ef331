package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"portcullis/protocol"
)

// The bounds of installs.
const (
	maxResults = 32 // that are remembered
	maxQueue   = 8  // that are not done
	maxWait    = 60 * time.Second
)

// Of the codes of an update these say that what is in the inbox may yet be of
// use: something is still to be brought, or the device is to be mended first.
// After every other result the inbox is removed, so that files which are not
// what they should be are brought anew.
var worthKeeping = []string{"fetch-failed", "no-space", "apply-failed", "spool-failed"}

// installs are what was asked for, oldest first. One is worked on at a time:
// there is memory for no more.
type installs struct {
	server  *Server
	turn    chan struct{}
	working sync.WaitGroup

	mu  sync.Mutex      // guards what follows
	ctx context.Context // ends with the server
	all []*install
}

// begin lets installs be asked for until ctx is done.
func (x *installs) begin(ctx context.Context) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ctx = ctx
}

// end waits for the one that is worked on, and forgets all that were cut short or
// had no turn: they are asked for again.
func (x *installs) end() {
	x.working.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = slices.DeleteFunc(x.all, func(i *install) bool { return !i.now().Done })
}

// An install is one updating of a list.
type install struct {
	list    string
	request protocol.InstallRequest
	ended   chan struct{}

	mu    sync.Mutex // guards state
	state protocol.Install
}

func (i *install) now() protocol.Install {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.state
}

func (i *install) change(do func(*protocol.Install)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	do(&i.state)
}

func (s *Server) install(w http.ResponseWriter, r *http.Request) error {
	b, err := s.inbox(r)
	if err != nil {
		return err
	}
	var request protocol.InstallRequest
	if err := decode(w, r, &request); err != nil {
		return err
	}
	if !validID(request.ID) {
		return badRequest("The ID must be of letters, digits and . _ : -")
	}
	if s.Erased() {
		return errErased
	}
	i, err := s.installs.ask(b, request)
	if err != nil {
		return err
	}
	at := strings.NewReplacer("{list}", b.list, "{id}", request.ID).Replace(protocol.InstallPath)
	w.Header().Set("Location", at)
	return answer(w, http.StatusAccepted, i.now())
}

func (s *Server) installed(w http.ResponseWriter, r *http.Request) error {
	i := s.installs.find(r.PathValue("list"), r.PathValue("id"))
	if i == nil {
		return unknown("No install of that ID was asked for since the device started.")
	}
	seconds := 0
	if wait := r.URL.Query().Get("wait"); wait != "" {
		var err error
		if seconds, err = strconv.Atoi(wait); err != nil || seconds < 0 {
			return badRequest("wait is a number of seconds.")
		}
	}
	wait := min(time.Duration(min(seconds, 3600))*time.Second, maxWait)
	allow(w, wait+requestTime)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-i.ended:
	case <-timer.C:
	case <-r.Context().Done():
	}
	return answer(w, http.StatusOK, i.now())
}

func (x *installs) find(list, id string) *install {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.found(list, id)
}

func (x *installs) found(list, id string) *install {
	i := slices.IndexFunc(x.all, func(i *install) bool { return i.request.ID == id && i.list == list })
	if i < 0 {
		return nil
	}
	return x.all[i]
}

// ask begins an install, or returns the one of that ID.
func (x *installs) ask(b *inbox, request protocol.InstallRequest) (*install, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i := x.found(b.list, request.ID); i != nil {
		if i.request != request {
			return nil, badRequest("The ID was used for another request.")
		}
		return i, nil
	}
	if x.undone() >= maxQueue || x.ctx.Err() != nil {
		return nil, busy("Too many installs are waiting.")
	}
	i := &install{list: b.list, request: request, ended: make(chan struct{})}
	i.state = protocol.Install{ID: request.ID, List: b.list, Began: time.Now().UTC()}
	x.all = append(x.forget(), i)
	ctx := x.ctx
	x.working.Go(func() { x.work(ctx, b, i) })
	return i, nil
}

func (x *installs) undone() (n int) {
	for _, i := range x.all {
		if !i.now().Done {
			n++
		}
	}
	return n
}

// forget returns all without the oldest results.
func (x *installs) forget() []*install {
	over := len(x.all) + 1 - maxResults
	return slices.DeleteFunc(x.all, func(i *install) bool {
		if over <= 0 || !i.now().Done {
			return false
		}
		over--
		return true
	})
}

// work does an install when it is its turn.
func (x *installs) work(ctx context.Context, b *inbox, i *install) {
	select {
	case x.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-x.turn }()
	folder, done := "", func(bool) error { return nil }
	if !i.request.Pull {
		folder, done = b.dir, b.read()
	}
	result, err := x.server.Install(ctx, b.list, folder, i.request.DryRun, func(share float64) {
		i.change(func(s *protocol.Install) { s.Progress = min(max(share, s.Progress), 1) })
	})
	if err != nil {
		x.server.Log.Error("an install failed", "list", b.list, "error", err)
		result.Code, result.Text = "failed", "The device could not do it. Its log says why."
	}
	spent := ctx.Err() == nil && err == nil && !i.request.DryRun && !slices.Contains(worthKeeping, result.Code)
	if err := done(spent); err != nil {
		x.server.Log.Error("clear the inbox", "list", b.list, "error", err)
	}
	if ctx.Err() != nil {
		return // it was cut short
	}
	i.change(func(s *protocol.Install) {
		result.ID, result.List, result.Began, result.Progress = s.ID, s.List, s.Began, s.Progress
		result.Done, result.Ended = true, time.Now().UTC()
		if result.Code == "current" {
			result.Progress = 1
		}
		*s = result
	})
	close(i.ended)
}
