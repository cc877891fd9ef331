package api

import (
	"regexp"
	"strconv"
	"strings"
)

// timestampFile is the one file of a repository that is replaced.
const timestampFile = "timestamp.json"

// The bounds of metadata, in bytes. It is read into memory.
const (
	maxTimestamp = 64 << 10
	maxMetadata  = 8 << 20
)

var (
	metadataName = regexp.MustCompile(`^[1-9][0-9]{0,18}\.[a-z][a-z0-9-]{0,62}\.json$`)
	contentName  = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]*(\.[0-9A-Za-z_-]+)*$`)
	installID    = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._:-]{0,127}$`)
)

func validID(id string) bool { return installID.MatchString(id) }

// maxName bounds the name of a file, in bytes.
const maxName = 200

// limitOf returns how large a file of that name may be in the repository of a
// list; 0 when there is none of that name.
func limitOf(list, name string, limits Limits) int64 {
	below, ok := strings.CutPrefix(name, list+"/")
	switch {
	case len(name) > maxName:
		return 0
	case name == timestampFile:
		return maxTimestamp
	case metadataName.MatchString(name):
		return maxMetadata
	case ok && contentName.MatchString(below):
		return limits.File
	}
	return 0
}

// A span is a part of a file, by its first byte and the one after its last.
type span struct{ from, to, size int64 }

var contentRange = regexp.MustCompile(`^bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})$`)

// parseSpan reads a Content-Range; the whole file when there is none.
func parseSpan(header string, length int64) (span, error) {
	if header == "" {
		if length <= 0 {
			return span{}, badRequest("Say how long the file is, by Content-Length or Content-Range.")
		}
		return span{0, length, length}, nil
	}
	m := contentRange.FindStringSubmatch(header)
	if m == nil {
		return span{}, badRequest("The Content-Range is not one such as bytes 0-1023/4096.")
	}
	var n [3]int64
	for i := range n {
		n[i], _ = strconv.ParseInt(m[i+1], 10, 64) // 18 digits fit
	}
	p := span{n[0], n[1] + 1, n[2]}
	if p.from >= p.to || p.to > p.size || length >= 0 && length != p.to-p.from {
		return span{}, badRequest("The Content-Range does not fit the file, or not the Content-Length.")
	}
	return p, nil
}
