package viz_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

var secrets = viz.Fields{
	Code: "P", IssuingState: "UTO", Number: "L898902C3", Primary: "Eriksson", Secondary: "Anna Maria",
	Nationality: "UTO", BirthDate: "1974-08-12", Sex: "F", ExpiryDate: "2032-04-15", OptionalData: "ZE184226B",
}

func TestNothingOfFieldsIsPrinted(t *testing.T) {
	type holder struct{ Fields viz.Fields }
	var out bytes.Buffer
	text, jsonl := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{secrets, &secrets, holder{secrets}, []viz.Fields{secrets}, map[string]any{"it": secrets}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		text.Info("read", "value", v, slog.Group("in", "group", v))
		jsonl.Info("read", "value", v, slog.Group("in", "group", v))
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(encoded)
	}
	shows(t, out.String())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, secrets); got != "[fields]" {
			t.Errorf("as %s: got %s", verb, got)
		}
	}
	if got := secrets.LogValue(); got.Kind() != slog.KindString || got.String() != "[fields]" {
		t.Errorf("in a log: got %s", got)
	}
	if secrets.GoString() != "[fields]" {
		t.Error("as Go: got a value")
	}
}

// shows fails if a value is printed, also in hexadecimal or as bytes.
func shows(t *testing.T, out string) {
	t.Helper()
	for _, secret := range []string{"L898902C3", "898902", "Eriksson", "Anna", "Maria", "1974", "2032-04", "ZE184226B"} {
		if strings.Contains(strings.ToUpper(out), strings.ToUpper(secret)) {
			t.Errorf("printed: %s", secret)
		}
		for _, verb := range []string{"%x", "%X", "%v"} {
			if coded := strings.Trim(fmt.Sprintf(verb, []byte(secret)), "[]"); strings.Contains(out, coded) {
				t.Errorf("printed with %s: %s", verb, secret)
			}
		}
	}
}

func TestNoErrorHoldsAValue(t *testing.T) {
	for _, f := range formats {
		for _, change := range []func(*viz.Fields){
			func(v *viz.Fields) { v.Number += strings.Repeat("ANNA1974", 4) },
			func(v *viz.Fields) { v.Number = "Eriksson Л" },
			func(v *viz.Fields) { v.Primary = "Eriksson 1974" },
			func(v *viz.Fields) { v.Secondary = "Anna\xff" },
			func(v *viz.Fields) { v.BirthDate = "1974-13-12" },
			func(v *viz.Fields) { v.ExpiryDate = "2032-04" },
			func(v *viz.Fields) { v.Sex = "Maria" },
			func(v *viz.Fields) { v.Nationality = "ANNA" },
			func(v *viz.Fields) { v.Code = "MARIA" },
			func(v *viz.Fields) { v.OptionalData = strings.Repeat("ZE184226B", 3) },
			func(v *viz.Fields) { v.Code = "ZE" },
		} {
			v := secrets
			v.Code = specimen(f).Code
			change(&v)
			_, err := viz.Compose(f, v, viz.Options{})
			if err == nil {
				t.Error("composed")
				continue
			}
			shows(t, fmt.Sprintf("%v %+v %#v", err, err, err))
		}
	}
}

func TestAnswersAndLanguagesHaveNames(t *testing.T) {
	for answer, want := range map[viz.Answer]string{
		viz.Different: "different", viz.LookAlike: "look-alike", viz.Truncated: "truncated", viz.Variant: "variant", viz.Same: "same", 99: "different",
	} {
		if got := answer.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if viz.Ukrainian.String() != "Ukrainian" || viz.Language(99).String() != "any" {
		t.Error("a language is not named")
	}
	if got := (&viz.Error{Field: mrz.NoField, Rule: "is odd"}).Error(); got != "zone: is odd" {
		t.Errorf("got %s", got)
	}
}
