package wire_test

import (
	"testing"

	"portcullis/drivers/reader/wire"
	"portcullis/mrz"
)

// zyta is a passport whose name, and nothing else, tells a German keyboard from an
// Italian one.
func zyta(t *testing.T) []string {
	t.Helper()
	lines, err := mrz.Compose(mrz.TD3, mrz.Fields{
		Code: "P", IssuingState: "UTO", Nationality: "UTO", Number: "L898902C3", Primary: "KOZYRA", Secondary: "ZYTA",
		BirthDate: "740812", Sex: "F", ExpiryDate: "120415",
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// What a zone leaves open is not guessed: a name could be another one.
func TestWhatLayoutsDisagreeOnIsRejectedUntilItIsLearnt(t *testing.T) {
	german, name := keyed("de"), zyta(t)
	first := encode(t, german, name...)
	open := ocr(0, "P<UTOKO??RA<<??TA<<<<<<<<<<<<<<<<<<<<<<<<<<<", name[1])
	wantFrames(t, "not learnt", scans(t, keyed(), first, first), open, open)
	teaches := encode(t, german, td3...) // a Z in its optional data, under a check digit
	wantFrames(t, "learnt between", scans(t, keyed(), first, teaches, first), open, ocr(0, td3...), ocr(0, name...))
	wantFrames(t, "one layout allowed", scans(t, german, first), ocr(0, name...))
	wantFrames(t, "two that agree allowed", scans(t, keyed("de", "ch"), first), ocr(0, name...))
	wantFrames(t, "another allowed that does not fit", scans(t, keyed("de", "us", "fr"), first), ocr(0, name...))
}

func TestALayoutIsForgottenWhenTheDeviceIsSetAnew(t *testing.T) {
	name := zyta(t)
	german, italian := keyed("de"), keyed("it")
	got := scans(t, keyed(),
		encode(t, german, td3...), encode(t, german, name...),
		encode(t, italian, td3...), encode(t, italian, name...),
		encode(t, keyed("us"), td3...), encode(t, keyed("us"), name...))
	wantFrames(t, "set anew", got, ocr(0, td3...), ocr(0, name...), ocr(0, td3...), ocr(0, name...), ocr(0, td3...), ocr(0, name...))
}

func TestAMisreadZoneTeachesNothing(t *testing.T) {
	german, name := keyed("de"), zyta(t)
	wrong := []string{td3[0], "L898902C46" + td3[1][10:]}
	got := scans(t, keyed(), encode(t, german, td3...), encode(t, german, wrong...), encode(t, german, name...))
	wantFrames(t, "misread", got, ocr(0, td3...), ocr(0, wrong...), ocr(0, name...))
	got = scans(t, keyed("us", "de"), encode(t, german, wrong...), encode(t, german, name...))
	wantFrames(t, "misread at first", got, ocr(0, wrong...), ocr(0, name...))
}

func TestOneLineOfAZoneIsReadOnTheLikeliestLayout(t *testing.T) {
	for _, name := range wire.Layouts() {
		row := []string{td3[0]} // no Y, no Z
		wantFrames(t, name, scans(t, keyed(), encode(t, keyed(name), row...)), ocr(0, row...))
	}
}
