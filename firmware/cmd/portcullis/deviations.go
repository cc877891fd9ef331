package main

import (
	"fmt"
	"os"

	"github.com/BurntSushi/toml"

	"portcullis/mrz"
)

// readDeviations reads check digits that issuers are known to print wrong
// (Doc 9303-3 §7.3.5):
//
//	[[digit]]
//	issuing_state = "UTO"
//	code = "P"            # any, when left out
//	field = "composite"
func readDeviations(path string) ([]mrz.DeviationEntry, error) {
	var file struct {
		Digit []struct {
			IssuingState string `toml:"issuing_state"`
			Code         string `toml:"code"`
			Field        string `toml:"field"`
		} `toml:"digit"`
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	meta, err := toml.Decode(string(data), &file)
	if err != nil {
		return nil, usage("--deviations: read %s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, usage("--deviations: read %s: there is no setting %s", path, unknown[0])
	}
	var all []mrz.DeviationEntry
	for i, d := range file.Digit {
		f, ok := digitFields[d.Field]
		if !ok || !mrz.KnownState(d.IssuingState) {
			return nil, usage("--deviations: read %s: digit %d: %w", path, i+1, errDeviation)
		}
		all = append(all, mrz.DeviationEntry{IssuingState: d.IssuingState, Code: d.Code, Field: f})
	}
	return all, nil
}

var errDeviation = fmt.Errorf("want an issuing_state that Doc 9303 lists, and the field of a check digit: number, birth_date, expiry_date, optional_data or composite")

// digitFields are the fields that have check digits.
var digitFields = map[string]mrz.Field{
	mrz.Number.String(): mrz.Number, mrz.BirthDate.String(): mrz.BirthDate, mrz.ExpiryDate.String(): mrz.ExpiryDate,
	mrz.OptionalData.String(): mrz.OptionalData, mrz.Composite.String(): mrz.Composite,
}
