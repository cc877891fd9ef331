package mrz_test

import (
	"fmt"

	"portcullis/mrz"
)

func Example() {
	r, err := mrz.Parse([]string{
		"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
		"L898902C36UTO74O8122F1204159ZE184226B<<<<<10", // the birth date has a letter O
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Document, "valid:", r.Valid())
	for _, f := range r.Findings() {
		fmt.Printf("%d:%d %s: %s\n", f.Line, f.Column, f.Severity, f.Text())
	}
	fmt.Println("number", r.Document.Number.Value(), "sound:", r.Sound(mrz.Number))
	// Output:
	// P UTO valid: false
	// 2:14 error: the date of birth holds a letter where digits belong
	// 2:20 error: the check digit of the date of birth does not match
	// 2:44 error: the check digit of the whole zone (composite) does not match
	// number L898902C3 sound: true
}

func ExampleCompose() {
	lines, err := mrz.Compose(mrz.TD1, mrz.Fields{
		Code: "I", IssuingState: "UTO", Number: "D23145890734", Primary: "STEVENSON", Secondary: "PETER JOHN",
		Nationality: "UTO", BirthDate: "340712", Sex: "M", ExpiryDate: "950712",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	// Output:
	// I<UTOD23145890<7349<<<<<<<<<<<
	// 3407127M9507122UTO<<<<<<<<<<<2
	// STEVENSON<<PETER<JOHN<<<<<<<<<
}
