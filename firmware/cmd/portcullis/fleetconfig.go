package main

import (
	"fmt"
	"net"
	"path/filepath"

	"portcullis/firmware/identity"
)

// fleetConfig says who may know of the device, and bring lists to it. Who the
// device is is not in the configuration: portcullis enrol gets it that.
type fleetConfig struct {
	Central string `toml:"central"` // address of the central service; none: the device is on its own
	Listen  string `toml:"listen"`  // where tools of the fleet reach the device; none: nowhere
	Address string `toml:"address"` // by which they reach it, as host:port; found out when not given
}

func (f fleetConfig) check() error {
	if f.Central == "" && (f.Listen != "" || f.Address != "") {
		return fmt.Errorf("central is missing: a device that is not enrolled there believes nobody")
	}
	if f.Central != "" {
		if err := identity.CheckAddress(f.Central); err != nil {
			return fmt.Errorf("central: %w", err)
		}
	}
	for name, address := range map[string]string{"listen": f.Listen, "address": f.Address} {
		if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// usbConfig says where sticks appear.
type usbConfig struct {
	Paths []string `toml:"paths"` // folders below which they are mounted; none: they are not looked for
}

func (u usbConfig) check() error {
	for _, p := range u.Paths {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("paths: %q does not begin with /", p)
		}
	}
	return nil
}
