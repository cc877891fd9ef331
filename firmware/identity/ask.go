package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portcullis/protocol"
)

// The bounds of a question to central.
const (
	askTime   = 30 * time.Second
	maxAnswer = 1 << 20 // bytes
)

// A Refusal is what central answers to what it does not do.
type Refusal struct {
	problem protocol.Problem
	after   time.Duration
}

// Error tells what central said, as far as it is short.
func (r *Refusal) Error() string {
	text := r.problem.Title
	if r.problem.Detail != "" {
		text += ": " + r.problem.Detail
	}
	return fmt.Sprintf("central refuses (%d): %.300s", r.problem.Status, text)
}

// Type is which problem it is.
func (r *Refusal) Type() string { return r.problem.Type }

// After is how long central wants to be left alone.
func (r *Refusal) After() time.Duration { return r.after }

// CheckAddress tells why an address cannot be central's.
func CheckAddress(central string) error {
	u, err := url.Parse(central)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" {
		return errors.New("it is no address like https://central.example:8443")
	}
	return nil
}

// Ask asks central, as the device: as what it is now, because another process may
// have enrolled it anew, and central takes the certificate of before for that of
// another device.
func (i *Identity) Ask(ctx context.Context, central, path string, request, reply any) error {
	_ = i.Load() // what is wrong with it shows when it is used
	return ask(ctx, i.transport, central, path, request, reply)
}

func ask(ctx context.Context, t http.RoundTripper, central, path string, request, reply any) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(central, "/")+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask central: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := t.RoundTrip(r) // which follows no redirect
	if err != nil {
		return fmt.Errorf("reach central: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("reach central: %w", err)
	case response.StatusCode/100 != 2:
		return refusal(response, answer)
	case len(answer) > maxAnswer:
		return errors.New("ask central: its answer is too long")
	case reply == nil:
		return nil
	}
	if err := json.Unmarshal(answer, reply); err != nil {
		return errors.New("ask central: its answer is not understood")
	}
	return nil
}

func refusal(r *http.Response, answer []byte) error {
	x := &Refusal{}
	if json.Unmarshal(answer, &x.problem) != nil || x.problem.Title == "" {
		x.problem = protocol.Problem{Title: http.StatusText(r.StatusCode)}
	}
	x.problem.Status = r.StatusCode
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && seconds > 0 {
		x.after = time.Duration(min(seconds, 3600)) * time.Second
	}
	return x
}
