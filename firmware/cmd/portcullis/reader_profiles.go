package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"portcullis/drivers/reader"
)

func readerProfilesCommand() *cobra.Command {
	var folder string
	var asJSON bool
	c := &cobra.Command{
		Use:   "profiles [NAME]",
		Short: "List the kinds of reader that are known, or show one",
		Long: `List the kinds of reader that are known: those built in, and with --profiles
those of a folder of your own. With a name, show what that profile sets, and of
each setting the document that gives it, or that it is our default: change those
first when a reader stays silent or sends noise.`,
		Example: `  portcullis reader profiles
  portcullis reader profiles elyctis-idbox`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				p, err := loadProfile(folder, args[0])
				if err != nil {
					return err
				}
				return printProfile(c.OutOrStdout(), p, asJSON)
			}
			for _, name := range reader.ProfilesIn(folder) {
				p, err := loadProfile(folder, name)
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(c.OutOrStdout(), map[string]string{"name": p.Name, "title": p.Title})
				} else {
					_, err = fmt.Fprintf(c.OutOrStdout(), "%-16s %s\n", p.Name, p.Title)
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	profilesFlag(c, &folder)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a profile")
	return c
}

func profilesFlag(c *cobra.Command, folder *string) {
	c.Flags().StringVar(folder, "profiles", "", "a `FOLDER` of profiles of your own")
}

// loadProfile returns a profile, or an error of usage.
func loadProfile(folder, name string) (reader.Profile, error) {
	p, err := reader.LoadFrom(folder, name)
	if err != nil {
		return p, usage("%w", err)
	}
	return p, nil
}

// printProfile shows what a profile sets, and where that is from.
func printProfile(w io.Writer, p reader.Profile, asJSON bool) error {
	settings := p.Settings()
	if asJSON {
		return printJSON(w, map[string]any{"name": p.Name, "title": p.Title, "settings": settings})
	}
	var sources []string
	fmt.Fprintf(w, "%s: %s\n\n", p.Name, p.Title)
	for _, s := range settings {
		from := "default"
		if s.Source != "" {
			at := slices.Index(sources, s.Source)
			if at < 0 {
				at, sources = len(sources), append(sources, s.Source)
			}
			from = fmt.Sprintf("[%d]", at+1)
		}
		fmt.Fprintf(w, "  %-8s %-20s %s\n", from, s.Key, s.Value)
	}
	fmt.Fprintln(w)
	for i, text := range sources {
		fmt.Fprintf(w, "  %-8s %s\n", fmt.Sprintf("[%d]", i+1), text)
	}
	_, err := fmt.Fprintf(w, "  %-8s ours: no document gives it. Change these first\n", "default")
	return err
}
