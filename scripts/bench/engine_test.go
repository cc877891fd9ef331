package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// orphanVariable asks the test's program to start a process and to wait.
const orphanVariable = "BENCH_TEST_STARTS_A_PROCESS"

// TestMain makes the test's program a process of our store as well, or one
// that starts another.
func TestMain(m *testing.M) {
	err, asked := beEngine(os.Args[1:])
	switch {
	case err != nil:
		panic(err)
	case asked:
	case os.Getenv(orphanVariable) != "":
		waitBesideAnother()
	default:
		os.Exit(m.Run())
	}
}

// waitBesideAnother starts a process that does not look whether its input has
// ended. The arguments of every engine are seconds to sleep here.
func waitBesideAnother() {
	sleeper := engine{name: "3600", program: []string{"sleep"}, folder: "0", dir: "0"}
	if _, err := sleeper.start(context.Background()); err != nil {
		panic(err)
	}
	os.Stdout.WriteString("started\n")
	select {}
}

func TestProcessesDieWithTheBench(t *testing.T) {
	bench := exec.Command(os.Args[0])
	bench.Env = append(os.Environ(), orphanVariable+"=1")
	alive, theirs, err := os.Pipe() // its other end is held by the bench and its process
	if err != nil {
		t.Fatal(err)
	}
	bench.Stderr = theirs
	out, err := bench.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bench.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	bench.Process.Kill()
	bench.Wait()
	gone := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(alive)
		gone <- err
	}()
	select {
	case err := <-gone:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patient):
		t.Error("the process lives on")
	}
}
