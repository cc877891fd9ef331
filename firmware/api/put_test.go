package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portcullis/firmware/api"
	"portcullis/protocol"
)

var file = bytes.Repeat([]byte("0123456789abcdef"), 1000)

const name = "sltd/0a1b.release.json"

func TestAFileComesByPartsInOrder(t *testing.T) {
	d := start(t, nil)
	d.mustHave(t, name, -1, 0)
	for _, x := range []struct {
		what     string
		from, to int
		want     string // "" when it is taken
		have     int64
	}{
		{"one that does not begin it", 100, 200, "409 range-mismatch", -1},
		{"the first", 0, 5000, "", 5000},
		{"the same again", 0, 5000, "", 5000},
		{"one within", 1000, 2000, "", 5000},
		{"one after a hole", 6000, 7000, "409 range-mismatch", 5000},
		{"one that overlaps", 4000, 9000, "", 9000},
		{"the last", 9000, 16000, "", 16000},
		{"the last again", 9000, 16000, "", 16000},
		{"all of it", 0, 16000, "", 16000},
	} {
		a := d.put(t, name, file, x.from, x.to)
		if x.want == "" && a.status != 200 || x.want != "" && a.problem() != x.want {
			t.Errorf("%s: %d %s", x.what, a.status, a.body)
		}
		if x.have >= 0 {
			d.mustHave(t, name, 16000, x.have)
		}
		if x.have < 16000 {
			d.mustHold(t, name, nil) // it is not seen before it is whole
		}
	}
	d.mustHold(t, name, file)
}

// The device dies when the last byte is written and the file is not yet in its
// place. The tool, which asks what is there, has nothing more to send.
func TestAFileOfWhichAllHasComeIsPutInItsPlace(t *testing.T) {
	d := start(t, nil)
	last := len(file) - 1
	d.put(t, name, file, 0, last)
	parts, err := filepath.Glob(filepath.Join(d.dir, "sltd", ".parts", "*"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	f, err := os.OpenFile(parts[0], os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(file[last:]); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for range 2 {
		d.mustHave(t, name, 16000, 16000)
		d.mustHold(t, name, file)
	}
}

func TestOtherBytesThanThoseThereAreRefused(t *testing.T) {
	d := start(t, nil)
	other := bytes.Clone(file)
	other[2500] = 'x'
	d.put(t, name, file, 0, 5000)
	for _, to := range []int{2501, 5000, 9000} {
		if got := d.put(t, name, other, 2000, to).problem(); got != "409 range-mismatch" {
			t.Errorf("while it comes, until %d: %s", to, got)
		}
	}
	d.mustHave(t, name, 16000, 5000)
	d.put(t, name, file, 5000, 16000)
	if got := d.put(t, name, other, 0, 16000).problem(); got != "409 range-mismatch" {
		t.Errorf("once it is whole: %s", got)
	}
	if got := d.put(t, name, other[:9000], 0, 9000).problem(); got != "409 range-mismatch" {
		t.Errorf("with another size: %s", got)
	}
	d.mustHold(t, name, file)
}

func TestAFileOfAnotherSizeBeginsAnew(t *testing.T) {
	d := start(t, nil)
	d.put(t, name, file, 0, 5000)
	short := []byte("short")
	if got := d.put(t, name, short, 2, 5).problem(); got != "409 range-mismatch" {
		t.Errorf("in its middle: %s", got)
	}
	d.put(t, name, short, 0, 3)
	d.mustHave(t, name, 5, 3)
	d.put(t, name, short, 3, 5)
	d.mustHold(t, name, short)
}

func TestAFileIsTakenAwayToBeginAnew(t *testing.T) {
	d := start(t, nil)
	other := bytes.Repeat([]byte("x"), len(file))
	for _, to := range []int{5000, len(file)} { // a part of it, and all
		d.put(t, name, file, 0, to)
		for range 2 {
			if a := d.ask(t, http.MethodDelete, files+name, "", nil); a.status != 204 {
				t.Errorf("it answers %d %s", a.status, a.body)
			}
		}
		d.mustHave(t, name, -1, 0)
	}
	d.put(t, name, other, 0, len(other))
	d.mustHold(t, name, other)
	if got := d.ask(t, http.MethodDelete, files+"sltd/.x", "", nil).problem(); got != "400 bad-request" {
		t.Errorf("a name that is none: %s", got)
	}
}

func TestTheTimestampAloneIsReplaced(t *testing.T) {
	d := start(t, nil)
	for _, text := range []string{`{"version":1}`, `{"version":2}`, `{}`} {
		if got := d.put(t, timestamp, []byte(text), 0, 1).problem(); got != "409 range-mismatch" {
			t.Errorf("by parts: %s", got)
		}
		if a := d.put(t, timestamp, []byte(text), 0, len(text)); a.status != 200 {
			t.Errorf("%s: %s", text, a.body)
		}
		d.mustHold(t, timestamp, []byte(text))
	}
	if a := d.ask(t, http.MethodPut, files+timestamp, "", strings.NewReader("whole")); a.status != 200 {
		t.Errorf("without a range: %s", a.body)
	}
	d.mustHold(t, timestamp, []byte("whole"))
}

func TestNamesThatAreNoneOfARepositoryAreRefused(t *testing.T) {
	d := start(t, nil)
	for _, bad := range []string{
		"x", "root.json", "0.root.json", "01.root.json", "1.root.json.tmp", "1.ROOT.json", "-1.root.json", "1..json", "1.root.json%00",
		"other/x", "sltd", "sltd/.x", "sltd/x/y", "sltd/x..y", "sltd/%2e%2e", "%2e%2e%2fother%2ftimestamp.json", "%2fetc%2fpasswd", "sltd%2f..%2f..%2fx",
		"sltd/x+y", "sltd/x y", "sltd/x%0a", ".parts/x.1", "sltd/" + strings.Repeat("x", 200), "sltd/%ff", "sltd%5cx",
	} {
		for _, method := range []string{http.MethodPut, http.MethodGet} {
			got := d.ask(t, method, files+bad, "", strings.NewReader("x")).problem()
			if got != "400 bad-request" && got != "404 not-known" {
				t.Errorf("%s %s: %s", method, bad, got)
			}
		}
	}
	if entries, err := os.ReadDir(d.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is %v", entries)
	}
	for _, good := range []string{"timestamp.json", "1.root.json", "20261126.snapshot.json", "7.list.json", "7.bulk.json", "sltd/0a.release.json", "sltd/7-history-1.json", "sltd/x.bin"} {
		if a := d.put(t, good, []byte("x"), 0, 1); a.status != 200 {
			t.Errorf("%s: %s", good, a.body)
		}
		d.mustHold(t, good, []byte("x"))
	}
}

func TestRangesThatAreNoneAreRefused(t *testing.T) {
	d := start(t, nil)
	for _, x := range []struct{ header, body string }{
		{"bytes 0-4/*", "12345"}, {"bytes */5", "12345"}, {"bytes 0-4", "12345"}, {"items 0-4/5", "12345"}, {"bytes 4-0/5", "12345"},
		{"bytes 0-5/5", "123456"}, {"bytes 0-4/5", "123"}, {"bytes 0-4/5", "1234567"}, {"bytes -1-4/5", "12345"}, {"", ""},
		{"bytes 0-999999999999999999999/1", "x"}, {"bytes 0-4/5, bytes 0-4/5", "12345"},
	} {
		if got := d.ask(t, http.MethodPut, files+name, x.header, strings.NewReader(x.body)).problem(); got != "400 bad-request" {
			t.Errorf("%q with %d bytes: %s", x.header, len(x.body), got)
		}
	}
	long := struct{ io.Reader }{strings.NewReader("1234567")} // whose length nobody says
	if got := d.ask(t, http.MethodPut, files+name, "bytes 0-4/5", long).problem(); got != "400 bad-request" {
		t.Errorf("more than was said, without a length: %s", got)
	}
	d.mustHold(t, name, nil)
}

func TestMoreThanADeviceTakesIsRefused(t *testing.T) {
	d := start(t, nil)
	for what, x := range map[string]struct{ name, header string }{
		"a file":      {name, "bytes 0-0/1048577"},
		"metadata":    {"1.root.json", "bytes 0-0/8388609"},
		"a timestamp": {timestamp, "bytes 0-0/65537"},
	} {
		if got := d.ask(t, http.MethodPut, files+x.name, x.header, strings.NewReader("x")).problem(); got != "413 too-large" {
			t.Errorf("%s: %s", what, got)
		}
	}
	for i := range 3 { // of which two fit, though little of them has come
		a := d.ask(t, http.MethodPut, fmt.Sprint(files, "sltd/", i), "bytes 0-0/1000000", strings.NewReader("x"))
		if i < 2 && a.status != 200 || i == 2 && a.problem() != "413 too-large" {
			t.Errorf("file %d: %s", i, a.body)
		}
	}
	if a := d.ask(t, http.MethodDelete, "/v1/lists/sltd/files", "", nil); a.status != 204 {
		t.Errorf("clear: %s", a.body)
	}
	if a := d.ask(t, http.MethodPut, files+"sltd/2", "bytes 0-0/1000000", strings.NewReader("x")); a.status != 200 {
		t.Errorf("once it is cleared: %s", a.body)
	}
}

func TestWhatAToolHasAbandonedKeepsNoOtherOut(t *testing.T) {
	d := start(t, nil)
	begin := func(name string) string {
		return d.ask(t, http.MethodPut, files+"sltd/"+name, "bytes 0-0/1000000", strings.NewReader("x")).problem()
	}
	begin("a")
	begin("b")
	if got := begin("c"); got != "413 too-large" {
		t.Fatalf("while others may yet come: %s", got)
	}
	left, err := filepath.Glob(filepath.Join(d.dir, "sltd/.parts/sltd+a.*"))
	if err != nil || len(left) != 1 {
		t.Fatal(left, err)
	}
	if err := os.Chtimes(left[0], time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if a := d.ask(t, http.MethodPut, files+"sltd/c", "bytes 0-0/1000000", strings.NewReader("x")); a.status != 200 {
		t.Errorf("in place of what is abandoned: %s", a.body)
	}
	d.mustHave(t, "sltd/b", 1000000, 1)
	d.mustHave(t, "sltd/a", -1, 0)
}

// TestAFileThatIsClearedWhileItComesIsToBeBroughtAnew lets an install end, which
// removes what was brought, while another tool brings more.
func TestAFileThatIsClearedWhileItComesIsToBeBroughtAnew(t *testing.T) {
	d := start(t, nil)
	body, pipe := io.Pipe()
	done := make(chan asked, 1)
	go func() {
		a, err := ask(t.Context(), d.client, http.MethodPut, d.url+files+name, "bytes 0-15999/16000", body)
		if err != nil {
			t.Error(err)
		}
		done <- a
	}()
	if _, err := pipe.Write(file[:6000]); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		found, _ := filepath.Glob(filepath.Join(d.dir, "sltd/.parts/*"))
		return len(found) == 1
	})
	d.install(t, protocol.InstallRequest{ID: "1"})
	d.wait(t, "1")
	if _, err := pipe.Write(file[6000:]); err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	if got := (<-done).problem(); got != "409 range-mismatch" {
		t.Errorf("it answers %s", got)
	}
	if a := d.put(t, name, file, 0, len(file)); a.status != 200 {
		t.Errorf("brought anew: %s", a.body)
	}
	d.mustHold(t, name, file)
}

func TestAPartThatIsCutIsTakenUpWhereItBroke(t *testing.T) {
	d := start(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	arrived := func() bool {
		found, _ := filepath.Glob(filepath.Join(d.dir, "sltd/.parts/*"))
		for _, f := range found {
			info, err := os.Stat(f)
			return err == nil && info.Size() >= 6000
		}
		return false
	}
	body, pipe := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := ask(ctx, d.client, http.MethodPut, d.url+files+name, "bytes 0-15999/16000", body)
		done <- err
	}()
	if _, err := pipe.Write(file[:6000]); err != nil {
		t.Fatal(err)
	}
	await(t, arrived)
	cancel()
	if err := <-done; err == nil {
		t.Fatal("it was not cut")
	}
	await(t, func() bool { return d.put(t, name, file, 0, 1).status == 200 }) // the request that was cut has let go
	d.mustHave(t, name, 16000, 6000)
	d.put(t, name, file, 6000, 16000)
	d.mustHold(t, name, file)
}

// await waits for something that happens in another goroutine or process.
func await(t *testing.T, happened func() bool) {
	t.Helper()
	for !happened() {
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(time.Millisecond):
		}
	}
}

func TestTwoToolsThatBringTheSameFileEndWithIt(t *testing.T) {
	d := start(t, nil)
	var tools sync.WaitGroup
	for range 4 {
		tools.Go(func() {
			for from := 0; from < len(file); {
				to := min(from+1000, len(file))
				a, err := ask(t.Context(), d.client, http.MethodPut, d.url+files+name, fmt.Sprintf("bytes %d-%d/16000", from, to-1), bytes.NewReader(file[from:to]))
				switch {
				case err != nil:
					t.Error(err)
					return
				case a.status == 200:
					from = to
				case a.problem() != "429 too-many-requests":
					t.Errorf("it answers %s", a.problem())
					return
				}
			}
		})
	}
	tools.Wait()
	d.mustHold(t, name, file)
}

// TestAFullDiskIsSaid fills a small disk.
func TestAFullDiskIsSaid(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("needs root, to mount a small disk")
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	d := start(t, func(o *api.Options) {
		o.Inbox = filepath.Join(disk, "inbox")
		o.Limits = api.Limits{File: 100 << 20, Inbox: 100 << 20, Reserve: 1 << 20}
	})
	d.dir = filepath.Join(disk, "inbox")
	big := make([]byte, 3<<20-1<<16)
	if got := d.ask(t, http.MethodPut, files+"sltd/x", "bytes 0-0/3300000", strings.NewReader("x")).problem(); got != "507 no-space" {
		t.Errorf("a file that does not fit: %s", got)
	}
	if a := d.put(t, "sltd/y", big, 0, 1<<20); a.status != 200 {
		t.Fatalf("one that fits: %s", a.body)
	}
	if got := d.ask(t, http.MethodPut, files+"sltd/z", "bytes 0-0/500000", strings.NewReader("x")).problem(); got != "507 no-space" {
		t.Errorf("one that does not fit beside what has yet to come: %s", got)
	}
	if err := os.WriteFile(filepath.Join(disk, "someone else's"), make([]byte, 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := d.put(t, "sltd/y", big, 1<<20, len(big)).problem(); got != "507 no-space" {
		t.Errorf("when the disk fills up: %s", got)
	}
	if err := os.Remove(filepath.Join(disk, "someone else's")); err != nil {
		t.Fatal(err)
	}
	if a := d.put(t, "sltd/y", big, 1<<20, len(big)); a.status != 200 {
		t.Errorf("when there is room again: %s", a.body)
	}
	d.mustHold(t, "sltd/y", big)
}
