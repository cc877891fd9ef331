package chip_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/chip"
)

func parse(t *testing.T, lines ...string) mrz.Result {
	t.Helper()
	r, err := mrz.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The rows are what Doc 9303-11 prints: MRZ_information, seed, keys.
func TestKeysOfDoc9303(t *testing.T) {
	text, err := os.ReadFile("testdata/keys.tbl")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(text), "\n\n")
	n := 0
	for row := range strings.SplitSeq(strings.TrimSpace(rows), "\n") {
		c := strings.Split(row, " | ")
		r := zoneOf(t, c[0])
		info, ok := chip.Of(&r)
		if !ok || info.Value() != c[0] {
			t.Fatalf("row %d: not the MRZ_information", n+1)
		}
		k := info.Keys()
		for i, got := range [][16]byte{k.Seed, k.Encryption, k.MAC} {
			if want := c[i+1]; !strings.EqualFold(hex.EncodeToString(got[:]), want) {
				t.Errorf("row %d, key %d: got %x, want %s", n+1, i, got, want)
			}
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d rows", n)
	}
}

// zoneOf makes a card whose zone has an MRZ_information.
func zoneOf(t *testing.T, info string) mrz.Result {
	end := len(info) - 14
	number, birth, expiry := info[:end-1], info[end:end+6], info[end+7:end+13]
	lines, err := mrz.Compose(mrz.TD1, mrz.Fields{Code: "I", IssuingState: "UTO", Number: number, Primary: "ERIKSSON",
		Nationality: "UTO", BirthDate: birth, ExpiryDate: expiry})
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, lines...)
}

func values(all []chip.Information) (out []string) {
	for _, i := range all {
		out = append(out, i.Value())
	}
	return out
}

func TestAlternativesInOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"a number without look-alikes", []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
			[]string{"L898902C3674081221204159", "1898902C3674081221204159"}},
		{"a long number whose digit counts the filler", []string{"I<UTOD23145890<568<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<4", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"},
			[]string{"D2314589056874081221204159", "D23145890<56874081221204159"}},
		{"a filler for a zero", []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "<<<<<<<<<<UTO7408122F1204159ZE184226B<<<<<16"},
			[]string{"<<<<<<<<<<74081221204159", "<<<<<<<<<074081221204159"}},
	} {
		r := parse(t, c.lines...)
		got := values(chip.Alternatives(&r))
		if !slices.Equal(got[:min(len(got), len(c.want))], c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if info, ok := chip.Of(&r); !ok || info.Value() != got[0] {
			t.Errorf("%s: the first is not as printed", c.name)
		}
	}
}

func TestAMisreadNumberIsOfferedAsItMayBe(t *testing.T) {
	r := parse(t, "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8989O2C36UTO7408122F1204159ZE184226B<<<<<10")
	if got := values(chip.Alternatives(&r)); !slices.Contains(got, "L898902C3674081221204159") || len(got) > chip.MaxAlternatives {
		t.Errorf("got %q", got)
	}
}

func TestAZoneWithoutAllCellsHasNone(t *testing.T) {
	for name, lines := range map[string][]string{
		"a card without expiry":  {"IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"},
		"a card of no chip":      {"I<SVKERIKSSON<<ANNA<MARIA<<<<<<<<<", "D231458907SVK7408122F1204159<<<<<<"},
		"a cell outside the set": {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L89*902C36UTO7408122F1204159ZE184226B<<<<<10"},
	} {
		r := parse(t, lines...)
		if _, ok := chip.Of(&r); ok || chip.Alternatives(&r) != nil {
			t.Errorf("%s has an MRZ_information", name)
		}
	}
	if all := chip.Alternatives(&mrz.Result{}); all != nil {
		t.Error("the zero result opens a chip")
	}
}

func TestKeysPrintAsNothing(t *testing.T) {
	r := zoneOf(t, "L898902C<369080619406236")
	info, _ := chip.Of(&r)
	keys := info.Keys()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{info, keys, []chip.Information{info}, struct{ I, K any }{info, keys}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		log.Info("x", "v", v)
	}
	for _, secret := range []string{"L898902C", "690806", "239ab9cb", "35, 154, 185", "35 154 185"} {
		if strings.Contains(strings.ToLower(out.String()), strings.ToLower(secret)) {
			t.Errorf("printed: %s", secret)
		}
	}
	if encoded, _ := json.Marshal(struct{ I, K any }{info, keys}); string(encoded) != `{"I":"[MRZ_information]","K":"[keys]"}` {
		t.Errorf("encoded: %s", encoded)
	}
	info.Wipe()
	keys.Wipe()
	if strings.Trim(info.Value(), "\x00") != "" || keys != (chip.Keys{}) {
		t.Error("not wiped")
	}
}
