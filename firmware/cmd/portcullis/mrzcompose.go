package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

// languages and truncations are named as on the command line.
var (
	languages = map[string]viz.Language{
		"": viz.AnyLanguage, "be": viz.Belarusian, "bg": viz.Bulgarian, "mk": viz.Macedonian, "sr": viz.Serbian, "uk": viz.Ukrainian,
	}
	truncations = map[string]viz.Truncation{"initials": viz.Initials, "components": viz.CutComponents, "fixed": viz.FixedLength}
)

func mrzComposeCommand() *cobra.Command {
	var v viz.Fields
	var layout, language, truncation string
	c := &cobra.Command{
		Use:   "compose --format LAYOUT",
		Short: "Print the machine readable zone of a made-up document",
		Long: `Print the machine readable zone for fields as a document has them for people:
names in national letters, dates as 1974-08-12. What cannot be a valid zone is
refused. The lines can be piped into "portcullis reader sim".`,
		Example: `  portcullis mrz compose --format TD3 --code P --issuer UTO --number L898902C3 --primary Müller --secondary Zoë \
    --nationality UTO --birth 1974-08-12 --sex F --expiry 2032-04-15`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			f, ok := mrz.ParseFormat(strings.ToUpper(layout))
			if !ok || f.National() {
				return usage("--format: want TD1, TD2, TD3, MRVA or MRVB")
			}
			o, err := vizOptions(language, truncation)
			if err != nil {
				return err
			}
			lines, err := viz.Compose(f, v, o)
			if err != nil {
				return &exit{exitUsage, err}
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), strings.Join(lines, "\n"))
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&layout, "format", "TD3", "the `LAYOUT`: TD1, TD2, TD3, MRVA, MRVB")
	for _, f := range []struct {
		to         *string
		name, help string
	}{
		{&v.Code, "code", "document code, such as P or ID"}, {&v.IssuingState, "issuer", "code of the issuing State"},
		{&v.Number, "number", "document number"}, {&v.Primary, "primary", "primary identifier, the surname as a rule"},
		{&v.Secondary, "secondary", "secondary identifier, the given names"}, {&v.Nationality, "nationality", "code of the nationality"},
		{&v.BirthDate, "birth", "date of birth, with XX for what is unknown"}, {&v.Sex, "sex", "F, M or X"},
		{&v.ExpiryDate, "expiry", "date of expiry"}, {&v.OptionalData, "optional", "optional data"},
		{&v.OptionalData2, "optional2", "second optional data, of a TD1"},
	} {
		flags.StringVar(f.to, f.name, "", f.help)
	}
	addVizFlags(c, &language, &truncation)
	return c
}

func addVizFlags(c *cobra.Command, language, truncation *string) {
	c.Flags().StringVar(language, "language", "", "the language of the name, where its transliteration is an exception: be, bg, mk, sr, uk")
	c.Flags().StringVar(truncation, "truncation", "initials", "how a name is cut that is too long: initials, components, fixed")
}

func vizOptions(language, truncation string) (o viz.Options, err error) {
	var ok bool
	if o.Language, ok = languages[strings.ToLower(language)]; !ok {
		return o, usage("--language: want be, bg, mk, sr or uk")
	}
	if o.Truncation, ok = truncations[truncation]; !ok {
		return o, usage("--truncation: want initials, components or fixed")
	}
	return o, nil
}
