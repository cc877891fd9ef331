package viz_test

import (
	"fmt"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

func Example() {
	lines, err := viz.Compose(mrz.TD3, viz.Fields{
		Code: "P", IssuingState: "UTO", Number: "L898902C3", Primary: "Müller-Ångström", Secondary: "Zoë",
		Nationality: "DEU", BirthDate: "1974-08-12", Sex: "X", ExpiryDate: "2032-04-15",
	}, viz.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range lines {
		fmt.Println(line)
	}
	r, err := mrz.Parse(lines)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(viz.Compare(mrz.Name, "MÜLLER-ÅNGSTRÖM, ZOË", r.Document, viz.Options{}))
	fmt.Println(viz.Compare(mrz.BirthDate, "12 AUG/AOÛT 74", r.Document, viz.Options{}))
	fmt.Println(viz.Compare(mrz.Number, "L8989O2C3", r.Document, viz.Options{LookAlikes: true}))
	// Output:
	// P<UTOMUELLER<AANGSTROEM<<ZOE<<<<<<<<<<<<<<<<
	// L898902C36D<<7408122<3204153<<<<<<<<<<<<<<<4
	// same
	// same
	// look-alike
}

func ExampleCompare() {
	r, err := mrz.Parse([]string{
		"I<UTOD231458907<<<<<<<<<<<<<<<",
		"7408122F1204159UTO<<<<<<<<<<<6",
		"NILAVADHANANANDA<<CHAYAPA<DE<K",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(viz.Compare(mrz.Secondary, "Chayapa Dejthamrong Krasuang", r.Document, viz.Options{}))
	fmt.Println(viz.Compare(mrz.Secondary, "Chayapa Krasuang", r.Document, viz.Options{}))
	fmt.Println(viz.Compare(mrz.Number, "D 23145-890", r.Document, viz.Options{}))
	// Output:
	// truncated
	// different
	// variant
}

func ExampleTransliterate() {
	for _, l := range []viz.Language{viz.AnyLanguage, viz.Bulgarian} {
		cells, err := viz.Transliterate("Щербаков", l)
		fmt.Println(l, cells, err)
	}
	// Output:
	// any SHCHERBAKOV <nil>
	// Bulgarian SHTERBAKOV <nil>
}

func ExampleMatches() {
	for _, cells := range []string{"MUELLER", "MUXXLLER", "MULLER", "MILLER"} {
		fmt.Println(cells, viz.Matches("Müller", cells, viz.AnyLanguage))
	}
	// Output:
	// MUELLER true
	// MUXXLLER true
	// MULLER true
	// MILLER false
}

func ExampleEncodeName() {
	for _, how := range []viz.Truncation{viz.Initials, viz.CutComponents, viz.FixedLength} {
		cells, err := viz.EncodeName(mrz.TD3, "Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo", viz.Options{Truncation: how})
		fmt.Println(cells, err)
	}
	// Output:
	// BENNELONG<WOOLOOMOOLOO<WARRANDYTE<W<<DI <nil>
	// BENNELONG<WOOLOOM<WARRAND<WARNAM<<DINGO <nil>
	// BENNEL<WOOLOO<WARRAN<WARNAM<<DINGO<POTO <nil>
}
