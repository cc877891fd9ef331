package guest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"testing"
	"time"
)

// fetchTime is how long fetching a kernel may take: 100 MB.
const fetchTime = 10 * time.Minute

// kernelFor returns the kernel of a test's machine. See [Boot] for what it does
// where there is none.
func kernelFor(t testing.TB) kernel {
	t.Helper()
	required := os.Getenv("PORTCULLIS_REQUIRE") != ""
	if _, err := exec.LookPath(program); err != nil {
		if required {
			t.Fatalf("no guest machine: %v: run make setup", err)
		}
		t.Skipf("no guest machine: %v: run make setup", err)
	}
	dir, err := cached()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if !required {
			t.Skipf("no guest machine: no kernel in %s: run make guest", dir)
		}
		ctx, cancel := context.WithTimeout(t.Context(), fetchTime)
		defer cancel()
		if err := fetchKernel(ctx, dir); err != nil {
			t.Fatal(err)
		}
	}
	k, err := openKernel(dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
