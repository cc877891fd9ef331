package api

import "strings"

// Routes are what is served, as the description has it.
func Routes() (all []string) {
	for _, r := range (&Server{}).routes() {
		all = append(all, r.method+" "+strings.ReplaceAll(r.path, "...}", "}"))
	}
	return all
}

// Description is the description.
func Description() []byte { return description }
