package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/firmware"
	"portcullis/firmware/identity"
)

// An enrolment is what a device needs to be told, once.
type enrolment struct {
	central, ca, fingerprint, code string
}

func enrolCommand() *cobra.Command {
	var at keyTarget
	var e enrolment
	var asJSON bool
	c := &cobra.Command{
		Use:   "enrol --central URL --ca FILE",
		Short: "Make this device known to central, which gives it a certificate",
		Long: `Make this device known to central, which gives it a certificate: for the code
that "portcullis-central devices code NAME" prints, and that is good once. The
code is read from standard input, or from a file, and never from the command
line. It is sent to nobody but a central of the authority that --ca or
--ca-sha256 names: bring that on a way that nobody else can write to.

The private key is made here and never leaves: it lies in the data folder,
sealed, and dies with "portcullis keys erase". A running appliance sees that it
is enrolled within seconds.

Exit code 0: the device is enrolled. 1: it is not, and is what it was before.
2: wrong usage or configuration.`,
		Example: `  portcullis enrol --config /etc/portcullis/portcullis.toml --ca authority.pem
  portcullis enrol --data /var/lib/portcullis --central https://central.example:8443 --ca-sha256 4f0c... --code code.txt`,
		RunE: func(c *cobra.Command, _ []string) error {
			i, data, err := at.identity(&e.central)
			if err != nil {
				return err
			}
			if err := e.enrol(c.Context(), i, c.InOrStdin(), c.ErrOrStderr()); err != nil {
				return err
			}
			if err := os.RemoveAll(data.Orders()); err != nil { // their names may come again
				return fmt.Errorf("forget the orders of before, now that it is enrolled: %w", err)
			}
			return printIdentity(c.OutOrStdout(), i.Status(), asJSON)
		},
	}
	at.flags(c)
	c.Flags().StringVar(&e.central, "central", "", "the `URL` of central (default [fleet] central of the configuration)")
	c.Flags().StringVar(&e.ca, "ca", "", "believe the authority whose certificate is in `FILE`")
	c.Flags().StringVar(&e.fingerprint, "ca-sha256", "", "believe the authority whose certificate has this `SHA-256`")
	c.Flags().StringVar(&e.code, "code", "-", "read the code from `FILE`; - is standard input")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// identity returns that of the data folder, and the folder. A central that was not named is the
// one of the configuration.
func (t *keyTarget) identity(central *string) (*identity.Identity, firmware.Folder, error) {
	data, ring, err := t.ring()
	if err != nil {
		return nil, "", err
	}
	if central != nil && *central == "" && t.config != "" {
		c, err := loadConfig(t.config)
		if err != nil {
			return nil, "", &exit{exitUsage, err}
		}
		*central = c.Fleet.Central
	}
	return openIdentity(data, ring), data, nil
}

func openIdentity(data firmware.Folder, vault identity.Vault) *identity.Identity {
	return identity.Open(identity.Options{Dir: data.Keys(), Vault: vault, Floor: func() time.Time { return buildTime() }})
}

func (e enrolment) enrol(ctx context.Context, i *identity.Identity, in io.Reader, prompt io.Writer) error {
	if err := identity.CheckAddress(e.central); err != nil {
		return usage("--central: %w", err)
	}
	pin, err := e.pin()
	if err != nil {
		return &exit{exitUsage, err}
	}
	code, err := e.readCode(in, prompt)
	if err != nil {
		return err
	}
	return i.Enrol(ctx, e.central, pin, code)
}

func (e enrolment) pin() (identity.Pin, error) {
	switch {
	case (e.ca == "") == (e.fingerprint == ""):
		return identity.Pin{}, errors.New("say whom to believe: either --ca FILE or --ca-sha256 FINGERPRINT")
	case e.fingerprint != "":
		return identity.PinFingerprint(e.fingerprint)
	}
	text, err := os.ReadFile(e.ca)
	if err != nil {
		return identity.Pin{}, fmt.Errorf("read authority: %w", err)
	}
	return identity.PinCertificate(text)
}

// maxCode bounds a code, in bytes.
const maxCode = 256

func (e enrolment) readCode(in io.Reader, prompt io.Writer) (string, error) {
	if e.code != "-" {
		f, err := os.Open(e.code)
		if err != nil {
			return "", fmt.Errorf("read code: %w", err)
		}
		defer f.Close()
		in = f
	} else if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			fmt.Fprint(prompt, "code: ")
		}
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxCode)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read code: %w", err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", usage("there is no code: give it on standard input, or by --code FILE")
	}
	return line, nil
}

func identityCommand() *cobra.Command {
	c := &cobra.Command{Use: "identity", Short: "Look at who this device is to the fleet"}
	c.AddCommand(identityStatusCommand())
	return c
}

func identityStatusCommand() *cobra.Command {
	var at keyTarget
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say who this device is to the fleet, and how long its certificate lives",
		Long: `Say who this device is to the fleet, how long its certificate lives, and which
authorities it believes. A running appliance renews the certificate by itself.

Exit code 0: the certificate is good. 1: there is none, it has expired, or its
key cannot be opened. 2: wrong usage or configuration.`,
		Example: "  portcullis identity status --config /etc/portcullis/portcullis.toml --json",
		RunE: func(c *cobra.Command, _ []string) error {
			i, _, err := at.identity(nil)
			if err != nil {
				return err
			}
			return printIdentity(c.OutOrStdout(), i.Status(), asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// printIdentity tells about an identity. It is an error that it cannot be used.
func printIdentity(w io.Writer, s identity.Status, asJSON bool) error {
	if asJSON {
		if err := printJSON(w, s); err != nil {
			return err
		}
	} else {
		printIdentityText(w, s)
	}
	if s.State != identity.StateValid && s.State != identity.StateRenewDue {
		return &exit{code: exitFailed}
	}
	return nil
}

func printIdentityText(w io.Writer, s identity.Status) {
	says := map[string]string{
		identity.StateNone:     "none: portcullis enrol gets one",
		identity.StateValid:    "valid",
		identity.StateRenewDue: "valid, and should be renewed: the appliance does so when it reaches central",
		identity.StateExpired:  "EXPIRED: it is offered to central all the same, which may renew it",
		identity.StateUnusable: "UNUSABLE: " + s.Problem,
	}
	fmt.Fprintf(w, "identity    %s\n", says[s.State])
	if s.Name == "" {
		return
	}
	fmt.Fprintf(w, "name        %s\n", s.Name)
	fmt.Fprintf(w, "serial      %s\n", s.Serial)
	fmt.Fprintf(w, "lives       %s to %s\n", s.NotBefore.Format(time.RFC3339), s.NotAfter.Format(time.RFC3339))
	fmt.Fprintf(w, "renewed     from %s on\n", s.Renew.Format(time.RFC3339))
	for _, a := range s.Authorities {
		fmt.Fprintf(w, "believes    %s\n", a)
	}
}
