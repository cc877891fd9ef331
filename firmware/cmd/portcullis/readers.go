package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"portcullis/drivers"
	"portcullis/drivers/links"
	"portcullis/drivers/reader"
)

// openReaders returns the readers of a lane as one, and what the page calls them.
func openReaders(c config) (_ drivers.Reader, label string, _ error) {
	group := reader.NewGroup()
	var labels []string
	for _, r := range c.Readers {
		p, err := r.load(c.Profiles)
		if err != nil {
			return nil, "", err
		}
		group.Add(r.Name, reader.New(p, reader.Options{Find: links.Finder{}.Find(p, r.Port), Open: links.Open(p)}))
		labels = append(labels, r.label())
	}
	return group, strings.Join(labels, ", "), nil
}

// load returns the profile of a reader that can be found.
func (r readerConfig) load(folder string) (reader.Profile, error) {
	p, err := reader.LoadFrom(folder, r.Profile)
	if err == nil && r.Port == "" && len(p.Match) == 0 && p.Link != "helper" {
		err = fmt.Errorf("reader %s: port is missing: its profile does not say how such a reader is found", r.Name)
	}
	return p, err
}

// label is the profile of a reader and where it is.
func (r readerConfig) label() string {
	if r.Port == "" {
		return r.Profile
	}
	return r.Profile + " at " + filepath.Base(r.Port)
}
