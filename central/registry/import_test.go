package registry_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

const header = "number,issuing_state,type,status,country\n"

func TestSourcesGiveTheSameEntries(t *testing.T) {
	lines := `{"number":"UT-12345","issuing_state":"UTO","type":"P","status":"lost","country":"UTO","date":"20260102"}` + "\n\n" +
		`{"number":"UT12346","issuing_state":"UTO","type":"PAS","status":"stolen-blank","lot":"L, 7"}`
	commas := "Number, issuing_state,type,status,country,date,lot\r\nUT-12345,UTO,P,lost,UTO,20260102,\r\n" + `UT12346,UTO,PAS,stolen-blank,,,"L, 7"` + "\r\n"
	semicolons := "\ufeffnumber;issuing_state;type;status;country;date;lot\nUT-12345;UTO;P;lost;UTO;20260102;\nUT12346;UTO;PAS;stolen-blank;;;L, 7\n"

	dir := t.TempDir()
	var want []list.Record
	for name, text := range map[string]string{"a.jsonl": lines, "b.txt": "\ufeff" + lines, "c.csv": commas, "D.CSV": semicolons} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		im := registry.NewImport(today)
		if err := im.ReadFile(path); err != nil || len(im.Rejected()) > 0 || im.Expired() > 0 {
			t.Errorf("%s: %v, %v", name, err, im.Rejected())
		}
		got, err := registry.Records(im.Entries(), testKey(t))
		if err != nil || len(got) != 2 || !slices.IsSortedFunc(got, list.Compare) {
			t.Fatalf("%s: %d records, %v", name, len(got), err)
		}
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if err := registry.NewImport(today).ReadFile(filepath.Join(dir, "none.csv")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestBadLinesAreNamedAndTheOthersTaken(t *testing.T) {
	for name, c := range map[string]struct {
		read func(*registry.Import) error
		want string
	}{
		"JSON Lines": {func(im *registry.Import) error {
			return im.ReadJSONLines("x", strings.NewReader(strings.Join([]string{
				`{"number":"UT12345","issuing_state":"UTO","type":"P","status":"revoked","country":"UTO"}`,
				``,
				`{"number":"UT-12345","issuing_state":"UTO","type":"P","status":"lost","country":"UTO"}`,
				`{"number":7654321,"issuing_state":"UTO"}`,
				`{"number":"UT12346","issuing_state":"UTO","type":"P","status":"lost","country":"UTO","surname":"ERIKSSON"}`,
				`{"number":"UT12346"`,
				`["UT12346"]`,
				`null`,
				`{"number":"UT12346","issuing_state":"UTO","type":"P","status":"lost","country":"UTO"} {}`,
				`{"number":"UT1","issuing_state":"U","type":"P","status":"lost","country":"UTO"}`,
				`{"number":"UT12345","issuing_state":"UTO","type":"I","status":"revoked","country":"UTO"}`,
			}, "\n")))
		}, `
x:3: number: DIN_ALREADY_PRESENT
x:4: LINE_INVALID
x:5: LINE_INVALID
x:6: LINE_INVALID
x:7: LINE_INVALID
x:8: LINE_INVALID
x:9: LINE_INVALID
x:10: number: DIN_FORMAT_INVALID
x:10: issuing_state: ISSUING_STATE_INVALID`},
		"CSV": {func(im *registry.Import) error {
			return im.ReadCSV("x", strings.NewReader(header+
				"UT12345,UTO,P,revoked,UTO\n\n"+
				"UT 12345,UTO,DIP,lost,UTO\n"+
				"UT12346,UTO,P,lost\n"+
				"UT12346,UTO,P,lost,UTO,ERIKSSON\n"+
				"UT1,U,P,lost,UTO\n"+
				"UT12345,UTO,I,revoked,UTO\n"))
		}, `
x:4: number: DIN_ALREADY_PRESENT
x:5: LINE_INVALID
x:6: LINE_INVALID
x:7: number: DIN_FORMAT_INVALID
x:7: issuing_state: ISSUING_STATE_INVALID`},
	} {
		im := registry.NewImport(today)
		if err := c.read(im); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got strings.Builder
		for _, e := range im.Rejected() {
			rule, _, _ := strings.Cut(e.Error(), ": "+e.Rule.Text())
			fmt.Fprint(&got, "\n", rule)
			for _, secret := range []string{"12345", "12346", "7654321", "UT1", "ERIKSSON"} {
				if strings.Contains(e.Error(), secret) {
					t.Errorf("%s: an error tells a value: %v", name, e)
				}
			}
		}
		if diff := cmp.Diff(c.want, got.String()); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		if len(im.Entries()) != 2 {
			t.Errorf("%s: %d entries, want the passport and the identity card", name, len(im.Entries()))
		}
	}
}

func TestExpiredRecordsAreLeftOutAndCounted(t *testing.T) {
	im := registry.NewImport(today)
	for i, day := range []string{"2026-10-31", "2026-11-01"} {
		r := good
		r.Expires = day
		im.Add("x", i+1, r)
	}
	if im.Expired() != 1 || len(im.Entries()) != 1 || len(im.Rejected()) != 0 {
		t.Errorf("%d expired, %d kept, %v; want one that expired yesterday", im.Expired(), len(im.Entries()), im.Rejected())
	}
}

func TestSourcesThatCannotBeReadSayWhere(t *testing.T) {
	lost := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		read func(*registry.Import) error
		want error
	}{
		"no header":     {func(im *registry.Import) error { return im.ReadCSV("x", strings.NewReader("")) }, registry.ErrHeader},
		"records first": {func(im *registry.Import) error { return im.ReadCSV("x", strings.NewReader("UT12345,UTO,P,lost,UTO\n")) }, registry.ErrHeader},
		"column twice": {func(im *registry.Import) error {
			return im.ReadCSV("x", strings.NewReader("number,number,issuing_state,type,status\n"))
		}, registry.ErrHeader},
		"column unknown": {func(im *registry.Import) error { return im.ReadCSV("x", strings.NewReader("surname,"+header)) }, registry.ErrHeader},
		"column missing": {func(im *registry.Import) error { return im.ReadCSV("x", strings.NewReader("number,type,status\n")) }, registry.ErrHeader},
		"open quote": {func(im *registry.Import) error {
			return im.ReadCSV("x", strings.NewReader(header+"\"UT12345,UTO,P,lost,UTO\nUT12346,UTO,P,lost,UTO\n"))
		}, nil},
		"endless line": {func(im *registry.Import) error {
			return im.ReadJSONLines("x", strings.NewReader(strings.Repeat("A", registry.MaxLine+1)))
		}, nil},
		"disk, lines": {func(im *registry.Import) error { return im.ReadJSONLines("x", iotest.ErrReader(lost)) }, lost},
		"disk, CSV":   {func(im *registry.Import) error { return im.ReadCSV("x", iotest.ErrReader(lost)) }, lost},
	} {
		im := registry.NewImport(today)
		err := c.read(im)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || len(im.Entries()) > 0 {
			t.Errorf("%s: %d entries, %v; want %v", name, len(im.Entries()), err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "1234") {
			t.Errorf("%s: the error tells a value: %v", name, err)
		}
	}
}

// FuzzRead: whatever comes in, each line is taken, rejected or empty, and what
// is taken keeps the rules.
func FuzzRead(f *testing.F) {
	f.Add(`{"number":"UT12345","issuing_state":"UTO","type":"P","status":"lost","country":"UTO"}`, false)
	f.Add(header+"UT12345,UTO,P,lost,UTO\n", true)
	f.Add("\ufeffnumber;issuing_state;type;status;lot;expires\n\"UT 12345\";D;IDC;stolen-blank;L;2030-01-01\n", true)
	key, err := list.NewKey(make([]byte, list.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, csv bool) {
		im := registry.NewImport(today)
		if csv {
			im.ReadCSV("x", strings.NewReader(text))
		} else {
			im.ReadJSONLines("x", strings.NewReader(text))
		}
		if most := strings.Count(text, "\n") + strings.Count(text, "\r") + 1; len(im.Entries())+im.Expired() > most {
			t.Fatalf("%d entries from %d lines", len(im.Entries()), most)
		}
		records, err := registry.Records(im.Entries(), key)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if r.Status == list.Unexplained || len(r.Issuer) != 3 && r.Issuer != "D" || len(r.Reference) > list.MaxReference {
				t.Fatalf("accepted %s %s %s", r.Class, r.Issuer, r.Status)
			}
		}
	})
}

func BenchmarkReadJSONLines(b *testing.B) {
	var text strings.Builder
	const lines = 10_000
	for i := range lines {
		fmt.Fprintf(&text, `{"number":"UT%07d","issuing_state":"UTO","type":"P","status":"lost","date":"2026-01-02","country":"UTO"}`+"\n", i)
	}
	for b.Loop() {
		im := registry.NewImport(today)
		if err := im.ReadJSONLines("x", strings.NewReader(text.String())); err != nil || len(im.Entries()) != lines {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/record")
}
