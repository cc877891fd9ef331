package console_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"portcullis/drivers"
	"portcullis/firmware/console"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var messages = []drivers.Message{drivers.MessageClosed, drivers.MessagePresent, drivers.MessageWait, drivers.MessageAgain, drivers.MessageProceed, drivers.MessageOfficer}

// told returns the phrases that the traveller's page gets for a message.
func told(t *testing.T, message string) (string, []console.Phrase) {
	s, url := serve(t, console.Options{})
	s.Publish(console.View{Traveller: message})
	n := decode[struct {
		Message string
		Phrases []console.Phrase
	}](t, open(t, http.DefaultClient, url+"/traveller/events").view().Data)
	return n.Message, n.Phrases
}

func TestEveryMessageIsSaidInEveryLanguage(t *testing.T) {
	said := map[string]string{}
	for _, m := range messages {
		name, phrases := told(t, m.String())
		if name != m.String() {
			t.Errorf("%s is told as %s", m, name)
		}
		var langs []string
		for _, p := range phrases {
			langs = append(langs, p.Lang)
			if other := said[p.Text]; p.Text == "" || other != "" {
				t.Errorf("%s in %s: %q is said for %s too", m, p.Lang, p.Text, other)
			}
			said[p.Text] = m.String()
			if (p.Dir == "rtl") != (p.Lang == "ar") {
				t.Errorf("%s in %s runs %q", m, p.Lang, p.Dir)
			}
		}
		if got, want := fmt.Sprint(langs), "[en fr es ar zh-Hans ru]"; got != want {
			t.Errorf("%s is said in %s, want %s", m, got, want)
		}
	}
}

func TestAMessageThatIsNoneClosesTheLane(t *testing.T) {
	for _, m := range []string{"", "stolen", "Proceed"} {
		if name, phrases := told(t, m); name != "closed" || len(phrases) != 6 {
			t.Errorf("%q is told as %q in %d languages", m, name, len(phrases))
		}
	}
}

// The traveller's page shows a closed lane before it has heard anything, and
// when it hears nothing any more: the words for that stand in the page.
func TestTheTravellersPageKnowsAClosedLaneByItself(t *testing.T) {
	page := read(t, "assets/traveller.html")
	_, phrases := told(t, "closed")
	for _, p := range phrases {
		if !regexp.MustCompile(fmt.Sprintf(`<li lang="%s"[^>]*>%s</li>`, p.Lang, p.Text)).MatchString(page) {
			t.Errorf("the page lacks %q", p.Text)
		}
	}
	for _, m := range messages {
		if !strings.Contains(page, fmt.Sprintf(`<symbol id="%s"`, m)) {
			t.Errorf("the page has no sign for %s", m)
		}
	}
}

func TestTheOfficersPageKnowsEveryWordOfTheDevices(t *testing.T) {
	words := read(t, "assets/words.js")
	var gate []fmt.Stringer
	for _, s := range drivers.GateStates() {
		gate = append(gate, s)
	}
	for table, known := range map[string][]fmt.Stringer{
		"READER":    {drivers.ReaderAbsent, drivers.ReaderOpening, drivers.ReaderProbing, drivers.ReaderReady, drivers.ReaderDegraded, drivers.ReaderGone},
		"GATE":      gate,
		"LIGHTS":    {drivers.SignalOff, drivers.SignalReady, drivers.SignalBusy, drivers.SignalProceed, drivers.SignalStop},
		"BUZZER":    {drivers.ToneNone, drivers.ToneClear, drivers.ToneRefer, drivers.ToneDocument, drivers.TonePerson},
		"TRAVELLER": {drivers.MessageClosed, drivers.MessagePresent, drivers.MessageWait, drivers.MessageAgain, drivers.MessageProceed, drivers.MessageOfficer},
	} {
		body := regexp.MustCompile(`(?s)export const ` + table + ` = \{(.*?)\n\};`).FindStringSubmatch(words)
		if body == nil {
			t.Errorf("no table %s", table)
			continue
		}
		for _, w := range known {
			if !regexp.MustCompile(`(?m)^  "?` + w.String() + `"?: \[`).MatchString(body[1]) {
				t.Errorf("%s lacks %q", table, w)
			}
		}
	}
}

func TestPagesAskNothingOfOtherPlacesAndHoldNoScript(t *testing.T) {
	entries, err := os.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	away := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9.-]+\.[a-z]{2,}|@import|url\(`)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script(>|[^>]*[^r]c=)|<script[^>]*>[^<]`)
	raw := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`)
	for _, e := range entries {
		text := strings.ReplaceAll(read(t, "assets/"+e.Name()), "http://www.w3.org/2000/svg", "")
		for what, rule := range map[string]*regexp.Regexp{"asks of another place": away, "holds script or style inside": inline, "makes text into markup": raw} {
			if what != "asks of another place" && strings.HasSuffix(e.Name(), ".js") == (what == "holds script or style inside") {
				continue
			}
			if found := rule.FindString(text); found != "" {
				t.Errorf("%s %s: %q", e.Name(), what, found)
			}
		}
	}
}
