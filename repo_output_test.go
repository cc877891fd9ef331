package portcullis

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/central/registry"
	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
	"portcullis/drivers/sim"
	"portcullis/firmware/inspect"
	"portcullis/mrz"
	"portcullis/mrz/chip"
	"portcullis/mrz/ocr"
	"portcullis/mrz/viz"
)

// A secret is what no output may hold: a value of a document.
type secret struct{ what, value string }

// holder is the person whose documents these tests present. Nothing of it looks
// like anything else that an appliance writes.
var holder = mrz.Fields{
	Code: "P", IssuingState: "UTO", Number: "WQ7XJ4Z9K", Primary: "WEXQVIST", Secondary: "ZYLPHA QUORRA",
	Nationality: "UTO", BirthDate: "740812", Sex: "F", OptionalData: "PVTQ8842XN",
}

// secretsOf are the values of a document, whole lines included.
func secretsOf(v mrz.Fields, lines []string) []secret {
	all := []secret{
		{"number", v.Number}, {"primary identifier", v.Primary}, {"optional data", v.OptionalData}, {"optional data 2", v.OptionalData2},
		{"date of birth", v.BirthDate}, {"date of birth", "1974-08-12"}, {"date of birth", "19740812"},
	}
	for _, name := range strings.Fields(v.Secondary) {
		all = append(all, secret{"secondary identifier", name})
	}
	for i, l := range lines {
		all = append(all, secret{fmt.Sprintf("line %d", i+1), l})
	}
	return all
}

// fractions are the parts of a second in a time: digits enough to hold any date
// by chance.
var fractions = regexp.MustCompile(`(:\d\d)\.\d+`)

// mustNotHold looks for secrets in some output, in any case, and in JSON with
// its escapes.
func mustNotHold(t *testing.T, where string, output []byte, secrets []secret) {
	t.Helper()
	output = fractions.ReplaceAll(bytes.ReplaceAll(output, []byte(`\u003c`), []byte("<")), []byte("$1"))
	upper := bytes.ToUpper(output)
	for _, s := range secrets {
		if at := bytes.Index(upper, []byte(strings.ToUpper(s.value))); s.value != "" && at >= 0 {
			t.Errorf("%s holds the %s of a document: %q", where, s.what, output[max(0, at-60):min(len(output), at+60)])
		}
	}
}

func compose(t *testing.T, f mrz.Format, v mrz.Fields) []string {
	t.Helper()
	v.ExpiryDate = time.Now().AddDate(5, 0, 0).Format("060102")
	lines, err := mrz.Compose(f, v)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestTypesThatHoldADocumentPrintWithoutIt prints what carries a document
// through the program as a stray line would that somebody left behind.
func TestTypesThatHoldADocumentPrintWithoutIt(t *testing.T) {
	lines := compose(t, mrz.TD3, holder)
	secrets := secretsOf(holder, lines)
	zone, err := mrz.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	read := ocr.Repair([]string{lines[0], strings.Replace(lines[1], "740812", "74O812", 1)})
	information, _ := chip.Of(&zone)
	var buffer mrz.Buffer
	if err := buffer.Set([]byte(lines[0]), []byte(lines[1])); err != nil {
		t.Fatal(err)
	}
	query := cache.Query{Number: holder.Number, Issuer: "UTO"}
	reading := drivers.Reading{Lines: lines}
	input := inspect.Input{Zone: zone, Typed: query}
	for name, v := range map[string]any{
		"mrz.Result":           zone,
		"mrz.Document":         zone.Document,
		"mrz.Text":             zone.Document.Number,
		"mrz.Date":             zone.Document.BirthDate,
		"mrz.Fields":           holder,
		"mrz.Buffer":           buffer,
		"viz.Fields":           viz.Fields{Number: holder.Number, Primary: holder.Primary, Secondary: holder.Secondary, BirthDate: "1974-08-12"},
		"ocr.Reading":          read,
		"ocr.Found":            ocr.Find(strings.Join(lines, "\n")),
		"chip.Information":     information,
		"chip.Alternatives":    chip.Alternatives(&zone),
		"chip.Keys":            information.Keys(),
		"drivers.Reading":      reading,
		"drivers.ReaderEvent":  drivers.ReaderEvent{Reading: &reading},
		"wire.Frame":           wire.Frame{Lines: lines},
		"sim.Instruction":      sim.Instruction{Zones: [][]string{lines}},
		"cache.Query":          query,
		"inspect.Input":        input,
		"inspect.Decision":     inspect.Decide(input),
		"registry.Record":      registry.Record{Number: holder.Number},
		"a struct around them": struct{ A, B, C any }{zone, reading, query},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			mustNotHold(t, name+" under "+verb, fmt.Appendf(nil, verb, v), secrets)
		}
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("stray", "value", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("stray", "value", v)
		mustNotHold(t, name+" in a log", out.Bytes(), secrets)
	}
}
