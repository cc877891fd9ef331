package portcullis

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portcullis/drivers/sim"
	"portcullis/firmware/console"
	"portcullis/mrz"
)

// TestNoPersonalDataInOutput runs the appliance as it is shipped, presents
// documents of all kinds and in all states, and looks for what was in them in
// everything that leaves it or stays behind: standard output and error, logs,
// metrics, both pages, answers to errors, and every file of the data folder.
func TestNoPersonalDataInOutput(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	var secrets []secret
	for _, p := range presentations(t) {
		r.present(t, p)
		secrets = append(secrets, p.secrets...)
	}
	slices.SortFunc(secrets, func(a, b secret) int { return strings.Compare(a.value, b.value) })
	secrets = slices.Compact(secrets)
	r.provoke(t, secrets)
	r.askAround(t, secrets)
	r.searchFolder(t, secrets)
	metrics := r.get(t, "metrics")
	r.stop(t)

	for where, output := range map[string][]byte{
		"standard output": r.out.bytes(), "standard error": r.err.bytes(), "the metrics": metrics,
		"the officer's page": r.officer.bytes(), "the traveller's page": r.traveller.bytes(),
	} {
		if len(output) == 0 {
			t.Errorf("%s is empty: nothing was looked at", where)
		}
		mustNotHold(t, where, output, secrets)
	}
	if n := r.searchFolder(t, secrets); n < 10 {
		t.Errorf("there are %d files in the data folder", n)
	}
}

// present presents a document, once the lane takes one, and waits until it is
// dealt with.
func (r *rig) present(t *testing.T, p presentation) {
	t.Helper()
	r.await(t, "a lane that takes "+p.what, func(v console.View) bool {
		return (v.State == "ready" || v.State == "again") && len(v.Lists) > 0 && v.Lists[0].State == "fresh"
	})
	before := newest(r.view).ID
	if err := p.send(t.Context(), r.reader); err != nil {
		t.Fatal(err)
	}
	r.await(t, p.what, func(v console.View) bool {
		if p.code == "" {
			return v.State == "again"
		}
		found := newest(v)
		return found.ID != before && slices.ContainsFunc(found.Reasons, func(r console.Reason) bool { return r.Code == p.code })
	})
	if r.view.State == "alert" {
		r.post(t, "api/v1/passages/"+newest(r.view).ID+"/outcome", `{"outcome":"handed-over"}`)
	}
}

func newest(v console.View) console.Passage {
	if len(v.Recent) == 0 {
		return console.Passage{}
	}
	return v.Recent[0]
}

// A presentation is a document as it comes, and the reason that is shown for it;
// none for what is only asked for again.
type presentation struct {
	what, code string
	send       func(context.Context, *sim.Reader) error
	secrets    []secret
}

// presentations are documents that are clear, listed, expired, garbled, broken
// off and glued together. Each has values of its own, but for the name.
func presentations(t *testing.T) []presentation {
	t.Helper()
	count := 0
	doc := func(what string, code string, f mrz.Format, change func(*mrz.Fields), bend func([]string)) presentation {
		v := holder
		v.OptionalData += fmt.Sprint(count)
		v.Number = fmt.Sprintf("WQ7XJ4Z%02d", count)
		count++
		change(&v)
		lines := compose(t, f, v)
		secrets := secretsOf(v, lines)
		bend(lines)
		return presentation{what, code, func(ctx context.Context, s *sim.Reader) error { return s.Present(ctx, lines) },
			append(secrets, secretsOf(mrz.Fields{}, lines)...)}
	}
	asIs := func([]string) {}
	cell := func(line, column int, c string) func([]string) {
		return func(l []string) { l[line] = l[line][:column] + c + l[line][column+1:] }
	}
	card := func(v *mrz.Fields) { v.Code, v.OptionalData2 = "I", "KJ5PLQ" }
	all := []presentation{
		doc("a passport that is clear", "clear", mrz.TD3, func(*mrz.Fields) {}, asIs),
		doc("a card with two optional fields", "clear", mrz.TD1, card, asIs),
		doc("a stolen one", "stolen", mrz.TD3, func(v *mrz.Fields) { v.Number = "WQ7XSTOLN" }, asIs),
		doc("a lost one", "lost", mrz.TD3, func(v *mrz.Fields) { v.Number = "WQ7XL0STX" }, asIs),
		doc("one of a person who is sought", "person-red", mrz.TD3, func(v *mrz.Fields) { v.Number = "WQ7XNOTCE" }, asIs),
		doc("a stolen one that was read badly", "document-unsure", mrz.TD3, func(v *mrz.Fields) { v.Number = "WQ7XSTOLN" }, cell(1, 9, "0")),
		doc("one of a State that is none", "issuer-unknown", mrz.TD3, func(v *mrz.Fields) { v.IssuingState = "QZZ" }, asIs),
		doc("a wrong check digit of the birth date", "check-failed", mrz.TD3, func(*mrz.Fields) {}, cell(1, 19, "9")),
		doc("a mark in the number", "check-undetermined", mrz.TD3, func(*mrz.Fields) {}, cell(1, 3, "*")),
		doc("a byte in the name", "zone-malformed", mrz.TD3, func(*mrz.Fields) {}, cell(0, 20, "\xff")),
		doc("a line too short", "no-zone", mrz.TD3, func(*mrz.Fields) {}, func(l []string) { l[1] = l[1][:40] }),
	}
	broken := compose(t, mrz.TD3, holder)
	half := func(ctx context.Context, s *sim.Reader) error { return s.Half(ctx, broken) }
	return append(all, presentation{"half a frame", "", half, secretsOf(holder, broken)}, presentation{"another", "unreadable", half, nil})
}

// provoke sends the appliance what it must refuse, with values of documents in
// it, and looks at what it says.
func (r *rig) provoke(t *testing.T, secrets []secret) {
	t.Helper()
	const number = "WQ7XJ4Z00"
	for _, answer := range [][]byte{
		r.get(t, number),
		r.post(t, "api/v1/passages/"+number+"/outcome", `{"outcome":"handed-over"}`),
		r.post(t, "api/v1/passages/1/outcome", `{"outcome":"`+number+`"}`),
		r.post(t, "api/v1/passages/1/outcome", `{"`+number+`":1}`),
		r.post(t, "api/v1/passages/1/outcome", number),
		r.ask(t, "/check", number),
		r.ask(t, "/check", `"`+number+`"`),
		r.ask(t, "/check", `{"lines":"`+number+`"}`),
		r.ask(t, "/check", `{"number":"`+number+`","type":"`+number+`","issuer":"UTO"}`),
		r.ask(t, "/check", `{"number":"`+number+number+number+`","type":"P","issuer":"UTO"}`),
		r.ask(t, "/check", `{"lines":["x"],"today":"`+number+`"}`),
		r.ask(t, "/"+number, "{}"),
	} {
		mustNotHold(t, "the answer to what it refuses", answer, secrets)
	}
	answer := r.ask(t, "/check", `{"number":"`+number+`","type":"P","issuer":"UTO"}`)
	if !bytes.Contains(answer, []byte(`"verdict"`)) {
		t.Errorf("asked for a document, it says %s", answer)
	}
}

// ask asks at the socket that the other commands use.
func (r *rig) ask(t *testing.T, path, body string) []byte {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(r.data, "control.sock"))
	}}}
	defer client.CloseIdleConnections()
	response, err := client.Post("http://appliance"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// askAround runs the commands that look at an appliance.
func (r *rig) askAround(t *testing.T, secrets []secret) {
	t.Helper()
	config := filepath.Join(r.dir, "portcullis.toml")
	for _, args := range [][]string{
		{"list", "status"}, {"list", "verify", "--json"}, {"audit", "verify"}, {"audit", "verify", "--json"}, {"selftest", "--json"},
	} {
		c := exec.CommandContext(t.Context(), r.bin+"/portcullis", append(args, "--config", config)...)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		mustNotHold(t, fmt.Sprint(args), out, secrets)
	}
}

// searchFolder looks into every file of the data folder, and at its name.
func (r *rig) searchFolder(t *testing.T, secrets []secret) (files int) {
	t.Helper()
	err := filepath.WalkDir(r.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		mustNotHold(t, "a name in the data folder", []byte(path), secrets)
		data, err := os.ReadFile(path)
		mustNotHold(t, path, bytes.TrimRight(data, "\x00"), secrets)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
