package mrz_test

import (
	"math/rand/v2"
	"testing"

	"portcullis/mrz"
)

func TestCheckDigitsOfDoc9303(t *testing.T) {
	for _, row := range readTable(t, "testdata/check-digits.tbl") {
		got, ok := mrz.CheckDigit(row[1])
		if !ok || string(got) != row[2] {
			t.Errorf("%s: got %q %v, want %s", row[0], got, ok, row[2])
		}
	}
}

func TestCheckDigitAgreesWithTheSlowOne(t *testing.T) {
	random := rand.New(rand.NewPCG(9303, 3))
	for n := range 100 {
		for range 50 {
			cells := make([]byte, n)
			for i := range cells {
				cells[i] = (alphabet + "<")[random.IntN(37)]
			}
			if got, ok := mrz.CheckDigit(string(cells)); !ok || got != slowDigit(string(cells)) {
				t.Fatalf("%s: got %q %v, want %q", cells, got, ok, slowDigit(string(cells)))
			}
		}
	}
}

func TestCheckDigitOfOtherCharactersIsNone(t *testing.T) {
	for c := range 256 {
		_, ok := mrz.CheckDigit("AB" + string([]byte{byte(c)}))
		if want := slowDigit(string([]byte{byte(c)})) != 0; ok != want {
			t.Errorf("character %#x: got %v, want %v", c, ok, want)
		}
	}
}

func TestValuesAndWeightsMakeTheCheckDigit(t *testing.T) {
	cells, sum := alphabet+"<", 0
	for i := range len(cells) {
		sum += mrz.Value(cells[i]) * mrz.Weight(i)
	}
	if got := "0123456789"[sum%10]; got != slowDigit(cells) || mrz.Value('*') != 0 || mrz.Value('Z') != 35 {
		t.Errorf("got %q, want %q", got, slowDigit(cells))
	}
}
