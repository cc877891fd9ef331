package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/firmware/console"
)

const asJSON = "application/json"

// desk returns an interface that shows sample, and what was recorded with it.
func desk(answer error) (http.Handler, *[]console.Acknowledgement) {
	var recorded []console.Acknowledgement
	s := console.New(console.Options{Acknowledge: func(_ context.Context, a console.Acknowledgement) error {
		recorded = append(recorded, a)
		return answer
	}})
	s.Publish(sample())
	return s.Handler(), &recorded
}

func TestAnOutcomeReachesTheLane(t *testing.T) {
	h, recorded := desk(nil)
	a := do(h, "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"fraud"}`, "Content-Type", asJSON+"; charset=utf-8",
		"Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin")
	want := console.Acknowledgement{Passage: "01K5", Outcome: "fraud"}
	if a.Code != http.StatusNoContent || len(*recorded) != 1 || (*recorded)[0] != want {
		t.Errorf("POST = %d %s, recorded %+v", a.Code, a.Body, *recorded)
	}
}

func TestAnOutcomeThatIsNoneIsRefusedAndNotRecorded(t *testing.T) {
	for name, c := range map[string]struct {
		media, body string
		status      int
		kind        string
	}{
		"unknown outcome":   {asJSON, `{"outcome":"arrest"}`, 422, "unknown-outcome"},
		"no outcome":        {asJSON, `{}`, 422, "unknown-outcome"},
		"other case":        {asJSON, `{"outcome":"FRAUD"}`, 422, "unknown-outcome"},
		"not JSON":          {asJSON, `outcome=fraud`, 400, "bad-request"},
		"empty":             {asJSON, ``, 400, "bad-request"},
		"another field":     {asJSON, `{"outcome":"fraud","gate":"open"}`, 400, "bad-request"},
		"two values":        {asJSON, `{"outcome":"fraud"}{"outcome":"owner"}`, 400, "bad-request"},
		"wrong kind":        {asJSON, `{"outcome":1}`, 400, "bad-request"},
		"a form":            {"application/x-www-form-urlencoded", `{"outcome":"fraud"}`, 415, "media-type"},
		"plain text":        {"text/plain", `{"outcome":"fraud"}`, 415, "media-type"},
		"no type":           {"", `{"outcome":"fraud"}`, 415, "media-type"},
		"too large":         {asJSON, `{"outcome":"` + strings.Repeat("x", 2000) + `"}`, 413, "too-large"},
		"too large, behind": {asJSON, `{"outcome":"fraud"}` + strings.Repeat(" ", 2000), 413, "too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			h, recorded := desk(nil)
			a := do(h, "POST", "/api/v1/passages/01K5/outcome", c.body, "Content-Type", c.media)
			wantProblem(t, name, a.Result(), c.status, c.kind)
			if len(*recorded) != 0 {
				t.Errorf("recorded %+v", *recorded)
			}
		})
	}
}

func TestOnlyTheDevicesOwnPagesRecordOutcomes(t *testing.T) {
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "http://evil.example"},
		{"Origin", "http://127.0.0.1:9999"},
		{"Origin", "null"},
	} {
		h, recorded := desk(nil)
		a := do(h, "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"fraud"}`, append(header, "Content-Type", asJSON)...)
		wantProblem(t, fmt.Sprint(header), a.Result(), 403, "cross-origin")
		if len(*recorded) != 0 {
			t.Errorf("%v recorded %+v", header, *recorded)
		}
	}
}

func TestThePageLearnsWhatTheLaneSays(t *testing.T) {
	for _, c := range []struct {
		answer error
		status int
		kind   string
	}{
		{console.ErrUnknownPassage, 404, "unknown-passage"},
		{fmt.Errorf("record outcome: %w", console.ErrRecorded), 409, "already-recorded"},
		{errors.New("write audit: disk full"), 500, "not-recorded"},
	} {
		h, _ := desk(c.answer)
		a := do(h, "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"fraud"}`, "Content-Type", asJSON)
		wantProblem(t, c.answer.Error(), a.Result(), c.status, c.kind)
	}
	s := console.New(console.Options{})
	s.Publish(sample())
	a := do(s.Handler(), "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"fraud"}`, "Content-Type", asJSON)
	wantProblem(t, "a lane that records nothing", a.Result(), 404, "unknown-passage")
}

func TestAFailedRecordIsLoggedWithoutTheOutcome(t *testing.T) {
	var log bytes.Buffer
	s := console.New(console.Options{
		Acknowledge: func(context.Context, console.Acknowledgement) error { return errors.New("write audit: disk full") },
		Log:         slog.New(slog.NewJSONHandler(&log, nil)),
	})
	s.Publish(sample())
	do(s.Handler(), "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"fraud"}`, "Content-Type", asJSON)
	if got := log.String(); !strings.Contains(got, "disk full") || strings.Contains(got, "fraud") {
		t.Errorf("log = %s", got)
	}
}

func TestALaneThatDoesNotAnswerIsNotWaitedForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := console.New(console.Options{Acknowledge: func(ctx context.Context, _ console.Acknowledgement) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		s.Publish(sample())
		begun := time.Now()
		a := do(s.Handler(), "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"fraud"}`, "Content-Type", asJSON)
		wantProblem(t, "POST", a.Result(), 500, "not-recorded")
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// Whatever is sent, only a known code in an object of its own is recorded.
func FuzzOutcome(f *testing.F) {
	f.Add(`{"outcome":"fraud"}`)
	f.Add(`{"outcome":"arrest"}`)
	f.Add(`{"OUTCOME":"owner"}`)
	f.Add(`[{"outcome":"owner"}]`)
	f.Add("\x00")
	f.Fuzz(func(t *testing.T, body string) {
		h, recorded := desk(nil)
		a := do(h, "POST", "/api/v1/passages/01K5/outcome", body, "Content-Type", asJSON)
		switch {
		case a.Code == http.StatusNoContent:
			var v map[string]string
			if err := json.Unmarshal([]byte(body), &v); err != nil || len(*recorded) != 1 {
				t.Errorf("recorded %+v for %q: %v", *recorded, body, err)
			}
		case a.Code < 400 || a.Code >= 500 || len(*recorded) != 0:
			t.Errorf("POST %q = %d, recorded %+v", body, a.Code, *recorded)
		}
	})
}
