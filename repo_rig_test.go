package portcullis

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"portcullis/central/registry"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/firmware/console"
)

// A rig is an appliance at work, and those who listen to all that it says.
type rig struct {
	dir, bin, data string
	address        string
	process        *exec.Cmd
	out, err       gathered
	officer        gathered
	traveller      gathered
	reader         *sim.Reader
	views          chan console.View
	view           console.View
	stopListening  func()
}

const rigConfig = `data = "device"
board = "sim"
listen = %q
demo = true
[[reader]]
profile = "sita-ocr"
port = "reader"
[[list]]
name = "sltd"
source = "lists"
root = "keys/root.json"
every = "100ms"
[policy]
hold = "50ms"
retries = 1
`

// startRig builds both programs, publishes a list, and starts the appliance.
func startRig(t *testing.T) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "rig") // a short name, for the socket in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &rig{dir: dir, bin: filepath.Join(dir, "bin"), data: filepath.Join(dir, "device"), views: make(chan console.View)}
	r.command(t, ".", "go", "build", "-o", r.bin+"/", "./firmware/cmd/portcullis", "./central/cmd/portcullis-central")
	r.command(t, dir, r.bin+"/portcullis-central", "keys", "init", "--to", "lists", "--keys", "keys", "--small", "sltd")
	var records bytes.Buffer
	for number, status := range map[string]string{"WQ7XSTOLN": "stolen", "WQ7XL0STX": "lost", "WQ7XNOTCE": "notice-red"} {
		if err := json.NewEncoder(&records).Encode(registry.Record{
			Number: number, IssuingState: "UTO", Type: "P", Status: status, Date: "2025-06-01", Country: "UTO",
		}); err != nil {
			t.Fatal(err)
		}
	}
	r.write(t, "records.jsonl", records.Bytes())
	r.command(t, dir, r.bin+"/portcullis-central", "publish", "--keys", "keys", "--to", "lists", "--list", "sltd", "records.jsonl")
	secret, err := os.ReadFile(filepath.Join(dir, "keys", "lists", "sltd.key"))
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "device/keys/sltd.key", secret)
	r.write(t, "portcullis.toml", fmt.Appendf(nil, rigConfig, r.freeAddress(t)))
	r.plug(t)
	r.start(t)
	return r
}

func (r *rig) command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
}

func (r *rig) write(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r.address = "http://" + l.Addr().String() + "/"
	return l.Addr().String()
}

func (r *rig) plug(t *testing.T) {
	t.Helper()
	profile, err := reader.Load("sita-ocr")
	if err != nil {
		t.Fatal(err)
	}
	r.reader = sim.NewReader(profile, filepath.Join(r.dir, "reader"))
	if err := r.reader.Plug(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.reader.Close() })
}

// start starts the appliance, and listens to its pages.
func (r *rig) start(t *testing.T) {
	t.Helper()
	r.process = exec.Command(r.bin+"/portcullis", "run", "--config", filepath.Join(r.dir, "portcullis.toml"))
	r.process.Stdout, r.process.Stderr = &r.out, &r.err
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.process.Process.Kill() })
	ctx, cancel := context.WithCancel(context.Background())
	var listeners sync.WaitGroup
	listeners.Go(func() { r.listen(ctx, "events", &r.officer, r.views) })
	listeners.Go(func() { r.listen(ctx, "traveller/events", &r.traveller, nil) })
	r.stopListening = func() { cancel(); listeners.Wait() }
	t.Cleanup(r.stopListening)
}

// listen gathers all that a page is sent, and hands over its views.
func (r *rig) listen(ctx context.Context, path string, to *gathered, views chan<- console.View) {
	var body io.ReadCloser
	for body == nil && ctx.Err() == nil {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, r.address+path, nil)
		if response, err := http.DefaultClient.Do(request); err == nil {
			body = response.Body
			break
		}
		time.Sleep(10 * time.Millisecond) // another process has yet to listen
	}
	if body == nil {
		return
	}
	defer body.Close()
	events := bufio.NewScanner(io.TeeReader(body, to))
	events.Buffer(nil, 1<<20)
	for events.Scan() {
		var v console.View
		data, ok := bytes.CutPrefix(events.Bytes(), []byte("data: "))
		if views == nil || !ok || json.Unmarshal(data, &v) != nil || v.State == "" { // a beat has no state
			continue
		}
		select {
		case views <- v:
		case <-ctx.Done():
		}
	}
}

// await waits for a view that is as wanted.
func (r *rig) await(t *testing.T, what string, wanted func(console.View) bool) {
	t.Helper()
	late := time.After(90 * time.Second)
	for !wanted(r.view) {
		select {
		case r.view = <-r.views:
		case <-late:
			t.Fatalf("the page never shows %s\n%+v\n%s", what, r.view, r.err.bytes())
		}
	}
}

func (r *rig) post(t *testing.T, path, body string) []byte {
	t.Helper()
	response, err := http.Post(r.address+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(response.Body)
	return answer
}

func (r *rig) get(t *testing.T, path string) []byte {
	t.Helper()
	response, err := http.Get(r.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// stop ends the appliance as Ctrl-C does.
func (r *rig) stop(t *testing.T) {
	t.Helper()
	if err := errors.Join(r.process.Process.Signal(os.Interrupt), r.process.Wait()); err != nil {
		t.Errorf("the appliance ends with %v\n%s", err, r.err.bytes())
	}
	r.stopListening()
}

// gathered is output that several goroutines write.
type gathered struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write adds to the output.
func (g *gathered) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(p)
}

func (g *gathered) bytes() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return bytes.Clone(g.text.Bytes())
}
