package console

import (
	"embed"
	"encoding/json"
)

// closed is the message of a lane that nothing is known of.
const closed = "closed"

//go:embed assets
var assets embed.FS

// A Phrase is a message to the traveller in one language.
type Phrase struct {
	Lang string `json:"lang"`          // BCP 47
	Dir  string `json:"dir,omitempty"` // "rtl", or nothing
	Text string `json:"text"`
}

// loadPhrases reads the phrases of every message. They are part of the
// program, and a test reads them too: to fail is a fault of the build.
func loadPhrases() map[string][]Phrase {
	data, err := assets.ReadFile("assets/phrases.json")
	if err != nil {
		panic(err)
	}
	var phrases map[string][]Phrase
	if err := json.Unmarshal(data, &phrases); err != nil {
		panic(err)
	}
	return phrases
}
