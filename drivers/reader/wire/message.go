package wire

import (
	"bytes"
	"encoding/json"
	"strings"

	"portcullis/drivers"
)

// The messages of the EST-100PR-NZ, and the members that are read.
const (
	messageDocument = "CameraData" // data: the lines
	messageSign     = "PCSign"     // stage: readStart or readEnd
)

// message returns what a message of a type and a JSON object says. Nothing of
// one that is no document travels on but its type.
func (p pushed) message(data []byte) Frame {
	malformed := Frame{Kind: KindOCR, Fault: drivers.FaultMalformed}
	name, body, ok := bytes.Cut(data, []byte{':'})
	if !ok || !isName(name) {
		return malformed
	}
	var members map[string]json.RawMessage // by their exact names, as a struct's would not be
	if json.Unmarshal(body, &members) != nil || members == nil {
		return malformed
	}
	key := map[string]string{messageDocument: "data", messageSign: "stage"}[string(name)]
	if key == "" {
		return Frame{Kind: KindAnswer, Answer: string(name)}
	}
	var value *string
	if json.Unmarshal(members[key], &value) != nil || value == nil {
		return malformed
	}
	if key == "data" {
		return p.frame(p.cells.split(flat(*value)))
	}
	return sign(*value)
}

// sign returns what a stage of reading says of the document. That it is taken
// away when reading ends is inferred.
func sign(stage string) Frame {
	switch stage {
	case "readStart":
		return Frame{Kind: KindPresence, In: true}
	case "readEnd":
		return Frame{Kind: KindPresence}
	}
	return Frame{Kind: KindAnswer, Answer: messageSign}
}

// maxName is how long the type of a message may be.
const maxName = 32

// isName reports whether text may be the type of a message: letters and digits.
func isName(text []byte) bool {
	for _, c := range text {
		if !isLetter(c) && (c < '0' || c > '9') {
			return false
		}
	}
	return len(text) > 0 && len(text) <= maxName
}

// isOther reports whether text is the type of a message that is not read.
func isOther(text []byte) bool {
	return isName(text) && string(text) != messageDocument && string(text) != messageSign
}

// cameraData returns the message of a document.
func cameraData(lines []string) []byte {
	var b bytes.Buffer
	b.WriteString(messageDocument + ":")
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // or fillers would be written as \u003c
	e.Encode(struct {
		Data string `json:"data"`
		Type string `json:"type"`
	}{strings.Join(lines, "\n"), "PassPort"})
	return bytes.TrimSuffix(b.Bytes(), []byte{lf})
}
