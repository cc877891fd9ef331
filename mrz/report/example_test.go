package report_test

import (
	"fmt"

	"portcullis/mrz"
	"portcullis/mrz/report"
)

func ExampleOf() {
	r, err := mrz.Parse([]string{
		"I<UTOD231458907<<<<<<<<<<<<<<<",
		"7408122F1204159UTO<<<<<<<<<<<6",
		"ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
	})
	rep := report.Of(r, err, mrz.Century{Today: mrz.Day{Year: 2026, Month: 11, Day: 22}})
	fmt.Println(rep.Format, "valid:", rep.Valid, "born:", rep.Document.BirthDate)
	for _, p := range rep.Problems {
		fmt.Println(p.Code+":", p.Text)
	}
	// Output:
	// TD1 valid: true born: 1974-08-12
	// expired: the document expired on 2012-04-15
}
