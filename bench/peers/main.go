// Command peers does the job of the bench of document lists with stores that
// one could have picked instead. It is a module of its own, so that none of
// them comes into the product. Package job says what it is asked and answers.
//
// All of them keep a number's digest as the key, and class, issuer, status,
// date and country behind it, as they are: nothing is sealed or signed. Asked to
// pack, it tells instead how small digests get.
package main

import (
	"fmt"
	"os"

	"portcullis/scripts/bench/job"
)

var engines = map[string]func(w job.Workload, dir string) job.Engine{
	"badger": func(w job.Workload, dir string) job.Engine { return badgerEngine{w, dir} },
	"bbolt":  func(w job.Workload, dir string) job.Engine { return bboltEngine{w, dir} },
	"pebble": func(w job.Workload, dir string) job.Engine { return pebbleEngine{w, dir} },
	"sqlite": func(w job.Workload, dir string) job.Engine { return sqliteEngine{w, dir} },
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && args[0] == packCommand {
		return pack(os.Stdin, os.Stdout)
	}
	return job.Main(args, engines)
}
