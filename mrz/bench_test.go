package mrz_test

import (
	"testing"

	"portcullis/mrz"
)

// A strict parse with all of its detail: verdict, checks and findings.
func benchmarkParse(b *testing.B, lines []string, valid bool) {
	b.ReportAllocs()
	for b.Loop() {
		r, err := mrz.Parse(lines)
		if err != nil || r.Valid() != valid || len(r.Checks()) < 3 || (r.Findings() == nil) != valid {
			b.Fatal("not read")
		}
	}
}

func BenchmarkParseTD3(b *testing.B)  { benchmarkParse(b, specimens[0], true) }
func BenchmarkParseTD1(b *testing.B)  { benchmarkParse(b, specimens[1], true) }
func BenchmarkParseTD2(b *testing.B)  { benchmarkParse(b, specimens[3], true) }
func BenchmarkParseMRVA(b *testing.B) { benchmarkParse(b, specimens[4], true) }

// A passport with a wrong digit, its finding made out.
func BenchmarkParseWrongTD3(b *testing.B) {
	benchmarkParse(b, edit(specimens[0], 2, 44, "1"), false)
}
