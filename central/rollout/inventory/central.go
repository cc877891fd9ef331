package inventory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"portcullis/protocol"
)

// devicesPath is where the central service tells of devices.
const devicesPath = "/v1/devices"

// page is one answer of the central service.
type page struct {
	Devices []known `json:"devices"`
	Next    string  `json:"next"` // name after which more follow
}

// known is what central knows of one device, as far as it matters here.
type known struct {
	Name    string           `json:"name"`
	Site    string           `json:"site"`
	Heard   time.Time        `json:"heard"`
	Revoked time.Time        `json:"revoked"`
	Lost    bool             `json:"lost"`
	Status  *protocol.Status `json:"status"`
}

// Ask returns the devices that the central service at an address knows, but for
// those that it does not trust any more. One that never said where it listens
// has no address.
func Ask(ctx context.Context, client *http.Client, central string) ([]Device, error) {
	var all []Device
	for after := ""; ; {
		p, err := ask(ctx, client, central, after)
		if err != nil {
			return nil, fmt.Errorf("ask the central service for devices: %w", err)
		}
		for _, k := range p.Devices {
			if k.Revoked.IsZero() && !k.Lost && protocol.ValidName(k.Name) {
				all = append(all, k.device())
			}
		}
		if p.Next == "" {
			break
		}
		if p.Next <= after {
			return nil, errors.New("ask the central service for devices: its pages do not end")
		}
		after = p.Next
	}
	slices.SortFunc(all, func(a, b Device) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b Device) bool { return a.Name == b.Name }), nil
}

func (k known) device() Device {
	d := Device{Name: k.Name, Site: k.Site, Heard: k.Heard, Never: k.Heard.IsZero(), Status: k.Status}
	if k.Status != nil {
		d.Address, d.Lane, d.Site = k.Status.Address, k.Status.Lane, cmp.Or(k.Site, k.Status.Site)
	}
	return d
}

func ask(ctx context.Context, client *http.Client, central, after string) (p page, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	address := strings.TrimSuffix(central, "/") + devicesPath
	if after != "" {
		address += "?after=" + url.QueryEscape(after)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return p, err
	}
	response, err := client.Do(r)
	if err != nil {
		return p, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return p, fmt.Errorf("it answers %s", response.Status)
	}
	err = json.NewDecoder(io.LimitReader(response.Body, maxFile)).Decode(&p)
	return p, err
}
