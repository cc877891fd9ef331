package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/authority"
	"portcullis/durable"
	"portcullis/protocol"
)

func newAuthority() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "authority",
		Short: "Make and revoke certificates of fleet tools and devices",
		Long: `Make the authority by whose certificates the central service, devices and fleet
tools know each other, and have it issue and revoke certificates. Devices get
theirs by enrolling: see devices code. These commands work beside a running
serve, which goes by what they do at once.` + "\n" + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: init, issue, revoke or status")
		},
	}
	cmd.AddCommand(newAuthorityInit(), newAuthorityIssue(), newAuthorityRevoke(), newAuthorityStatus())
	return cmd
}

func newAuthorityInit() *cobra.Command {
	var dir, name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the folder of a fleet, and its authority",
		Long: `Make the folder of a fleet and in it an authority, whose own certificate is good
for ten years. Whoever has authority/root.key can be anyone: keep the folder to
one user, and a copy where no network reaches. No file is ever overwritten.` + "\n" + exitCodes,
		Example: "  portcullis-central authority init --fleet fleet --name utopia-borders",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			folder := filepath.Join(dir, authorityFolder)
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return fmt.Errorf("make folder: %w", err)
			}
			if err := authority.Init(folder, name, time.Now()); err != nil {
				return err
			}
			root := filepath.Join(folder, "root.crt")
			if asJSON {
				return printJSON(cmd, map[string]string{"fleet": dir, "root": root})
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "made authority %s in %s: devices and tools get %s\n", name, dir, root)
			return err
		}),
	}
	fleetFlag(cmd, &dir)
	cmd.Flags().StringVar(&name, "name", "portcullis", "name of the authority")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// An issuing is what authority issue was asked for.
type issuing struct {
	dir, role, name, request, to string
	hosts                        []string
	days                         int
	json                         bool
}

func newAuthorityIssue() *cobra.Command {
	var f issuing
	cmd := &cobra.Command{
		Use:   "issue --role ROLE --name NAME",
		Short: "Issue a certificate",
		Long: `Issue a certificate for a role:

  fleet    brings releases to devices, and sees the inventory
  query    asks whether a document is listed
  central  is a central service, at the names and addresses given by --host
  device   is a device that cannot enrol

With --request FILE, a PKCS #10 in PEM, the holder keeps its key, and nothing
else is taken from the request. Without it a key is made, too. What is made is
put into the folder --to: NAME.crt, root.crt, and NAME.key if there is one. No
file is ever overwritten.` + "\n" + exitCodes,
		Example: `  portcullis-central authority issue --role fleet --name operations --to operations
  portcullis-central authority issue --role query --name border-south --request south.csr --days 365`,
		Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error { return f.run(cmd) }),
	}
	fleetFlag(cmd, &f.dir)
	cmd.Flags().StringVar(&f.role, "role", "", "fleet, query, central or device")
	cmd.Flags().StringVar(&f.name, "name", "", "name of the holder")
	cmd.Flags().StringVar(&f.request, "request", "", "file with a PKCS #10 in PEM; without it a key is made")
	cmd.Flags().StringVar(&f.to, "to", ".", "folder for what is made")
	cmd.Flags().StringArrayVar(&f.hosts, "host", nil, "name or address of a server; may be given more than once")
	cmd.Flags().IntVar(&f.days, "days", int(authority.Life/(24*time.Hour)), "how long it is good for")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.MarkFlagRequired("role")
	cmd.MarkFlagRequired("name")
	return cmd
}

func (f issuing) run(cmd *cobra.Command) error {
	a, err := authority.Open(filepath.Join(f.dir, authorityFolder))
	if err != nil {
		return err
	}
	defer a.Close()
	grant := authority.Grant{Role: protocol.Role(f.role), Name: f.name, Hosts: f.hosts, Life: time.Duration(f.days) * 24 * time.Hour}
	if f.days < 1 {
		return errors.New("issue certificate: --days must be positive")
	}
	var private []byte
	if f.request != "" {
		text, err := os.ReadFile(f.request)
		if err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		if grant.Key, err = authority.ParseRequest(string(text)); err != nil {
			return err
		}
	} else {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return fmt.Errorf("make key: %w", err)
		}
		grant.Key = key.Public()
		if private, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
			return fmt.Errorf("make key: %w", err)
		}
	}
	made, err := a.Issue(time.Now(), grant)
	if err != nil {
		return err
	}
	return f.write(cmd, made, a.Root(), private)
}

func (f issuing) write(cmd *cobra.Command, made, root *x509.Certificate, private []byte) error {
	if err := os.MkdirAll(f.to, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	files := map[string]string{"certificate": f.name + ".crt", "root": "root.crt"}
	err := errors.Join(
		writeNew(filepath.Join(f.to, files["certificate"]), 0o644, []byte(authority.PEM(made))),
		writeSame(filepath.Join(f.to, files["root"]), []byte(authority.PEM(root))),
	)
	if err == nil && private != nil {
		files["key"] = f.name + ".key"
		err = writeNew(filepath.Join(f.to, files["key"]), 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	}
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd, map[string]any{
			"role": f.role, "name": f.name, "serial": authority.Serial(made), "until": made.NotAfter, "to": f.to, "files": files,
		})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "issued %s for %s %s, good until %s, to %s\n",
		authority.Serial(made), f.role, f.name, made.NotAfter.Format(time.DateOnly), f.to)
	return err
}

func writeNew(name string, mode os.FileMode, data []byte) error {
	if err := durable.Create(name, data, mode); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// writeSame writes a file, unless it is there already and the same.
func writeSame(name string, data []byte) error {
	if old, err := os.ReadFile(name); err == nil && string(old) == string(data) {
		return nil
	}
	return writeNew(name, 0o644, data)
}
