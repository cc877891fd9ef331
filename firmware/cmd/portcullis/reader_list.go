package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"portcullis/drivers/links"
	"portcullis/drivers/ports"
	"portcullis/drivers/reader"
)

func readerListCommand() *cobra.Command {
	var folder string
	var finder links.Finder
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the devices that could be readers, and what to configure for each",
		Long: `List the devices that could be readers: serial ports, keyboards, HID devices. Of
each it says what it calls itself, the names that it keeps when it is plugged in
again, the profiles that fit it, and what to put into the configuration. Nothing
is opened.`,
		Example: "  portcullis reader list",
		RunE: func(c *cobra.Command, _ []string) error {
			profiles, err := allProfiles(folder)
			if err != nil {
				return err
			}
			found, err := devices(finder, profiles)
			if err != nil {
				return err
			}
			return printDevices(c.OutOrStdout(), c.ErrOrStderr(), found, asJSON)
		},
	}
	profilesFlag(c, &folder)
	c.Flags().StringVar(&finder.Root, "root", "", "the `FOLDER` in which sys and dev are looked for")
	_ = c.Flags().MarkHidden("root") // there is such a flag
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a device")
	return c
}

// allProfiles returns every profile, sorted by name.
func allProfiles(folder string) (all []reader.Profile, _ error) {
	for _, name := range reader.ProfilesIn(folder) {
		p, err := loadProfile(folder, name)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// A device is one that could be a reader, with the profiles that fit it.
type device struct {
	Link         string   `json:"link"`
	Node         string   `json:"node"`
	USB          string   `json:"usb,omitempty"`
	Serial       string   `json:"serial,omitempty"`
	Manufacturer string   `json:"manufacturer,omitempty"`
	Product      string   `json:"product,omitempty"`
	Driver       string   `json:"driver,omitempty"`
	ByID         []string `json:"by_id,omitempty"`
	ByPath       []string `json:"by_path,omitempty"`
	Profiles     []string `json:"profiles,omitempty"`
	Port         string   `json:"port,omitempty"` // for the configuration; "" where the profile finds it
}

// devices returns the devices that are attached.
func devices(f links.Finder, profiles []reader.Profile) ([]device, error) {
	found, err := f.Ports()
	if err != nil {
		return nil, err
	}
	fitting := map[string]int{} // devices, by profile
	all := make([]device, len(found))
	for i, p := range found {
		if all[i], err = describe(p, profiles); err != nil {
			return nil, err
		}
		for _, name := range all[i].Profiles {
			fitting[name]++
		}
	}
	for i, d := range all {
		if len(d.Profiles) > 0 && fitting[d.Profiles[0]] == 1 {
			all[i].Port = ""
		}
	}
	return all, nil
}

// describe returns a port as a device.
func describe(p ports.Port, profiles []reader.Profile) (device, error) {
	d := device{
		Link: p.Link, Node: p.Node, USB: p.USB, Serial: p.Serial, Manufacturer: p.Manufacturer, Product: p.Product,
		Driver: p.Driver, ByID: p.ByID, ByPath: p.ByPath, Port: steadyName(p),
	}
	fitting, err := profilesFor(p, profiles)
	for _, profile := range fitting {
		d.Profiles = append(d.Profiles, profile.Name)
	}
	return d, err
}

// steadyName returns the name that a port keeps when it is plugged in again, or
// its node where there is none.
func steadyName(p ports.Port) string {
	return slices.Concat(p.ByID, p.ByPath, []string{p.Node})[0]
}

func printDevices(w, hints io.Writer, found []device, asJSON bool) error {
	if len(found) == 0 {
		fmt.Fprintln(hints, "no device could be a reader: is it plugged in? See what the kernel says of it with dmesg")
	}
	for _, d := range found {
		if asJSON {
			if err := printJSON(w, d); err != nil {
				return err
			}
			continue
		}
		if err := d.print(w); err != nil {
			return err
		}
	}
	return nil
}

// print writes a device for people.
func (d device) print(w io.Writer) error {
	fmt.Fprintf(w, "%s (%s)\n", d.Node, d.Link)
	for _, row := range [][2]string{
		{"usb", d.USB}, {"serial", d.Serial}, {"maker", d.Manufacturer}, {"product", d.Product}, {"driver", d.Driver},
		{"by id", strings.Join(d.ByID, " ")}, {"by path", strings.Join(d.ByPath, " ")}, {"profiles", strings.Join(d.Profiles, " ")},
	} {
		if row[1] != "" {
			fmt.Fprintf(w, "  %-9s %s\n", row[0], row[1])
		}
	}
	fmt.Fprintln(w, d.advice())
	_, err := fmt.Fprintln(w)
	return err
}

// advice says what to put into the configuration.
func (d device) advice() string {
	profile, said := "NAME", "configure"
	switch {
	case len(d.Profiles) > 0:
		profile = d.Profiles[0]
	case d.Link == ports.Evdev:
		profile, said = "wedge", "no profile fits. If it is a reader, and no keyboard for people:"
	default:
		said = "no profile fits. If it is a reader, choose one of portcullis reader profiles:"
	}
	text := fmt.Sprintf("  %s\n    [[reader]]\n    profile = %q", said, profile)
	if d.Port != "" {
		text += fmt.Sprintf("\n    port    = %q", d.Port)
	}
	return text
}
