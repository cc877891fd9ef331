package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/protocol"
)

var errConfirm = errors.New("erasing cannot be undone: confirm must be the name of the device")

// maxPage devices are in one answer; who wants more asks for those after.
const maxPage = 1000

// inventory answers with what is known of devices.
func (s *Service) inventory(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if n, err := positive(q.Get("limit")); err == nil && (n == 0 || n > maxPage) {
		q.Set("limit", strconv.Itoa(maxPage))
	}
	all, err := s.list(q)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	writeJSON(w, all)
}

// list returns the devices that a query asks for.
func (s *Service) list(q url.Values) (protocol.Inventory, error) {
	limit, err := positive(q.Get("limit"))
	if err != nil {
		return protocol.Inventory{}, err
	}
	now, all := s.Now(), s.Inventory.All()
	newest := s.newest(all)
	inv := protocol.Inventory{Time: now.UTC(), Devices: []protocol.Known{}}
	for _, d := range all {
		if d.Name <= q.Get("after") {
			continue
		}
		if !matches(d, d.Standing(now, newest), q) {
			continue
		}
		if limit > 0 && len(inv.Devices) == limit {
			inv.Next = inv.Devices[limit-1].Name
			break
		}
		inv.Devices = append(inv.Devices, d.Known(now, newest))
	}
	return inv, nil
}

// matches reports whether a device is one that a query asks for: its name or
// site by a part of it, a list that it holds, its standing.
func matches(d *devices.Device, standing string, q url.Values) bool {
	part := func(text, want string) bool {
		return want == "" || strings.Contains(strings.ToLower(text), strings.ToLower(want))
	}
	list, state := q.Get("list"), q.Get("state")
	return part(d.Name, q.Get("name")) && part(d.Site, q.Get("site")) &&
		(part(d.Name, q.Get("q")) || part(d.Site, q.Get("q"))) &&
		(state == "" || state == standing) &&
		(list == "" || slices.ContainsFunc(d.Status.Lists, func(h protocol.Held) bool { return h.Name == list }))
}

// positive reads a number of a query; none is zero.
func positive(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: a number of the query is not positive", errBody)
	}
	return n, nil
}

// order gives a device an order.
func (s *Service) order(w http.ResponseWriter, r *http.Request) {
	who, _ := authority.HolderOf(r.Context())
	asked, err := body[protocol.OrderRequest](w, r, maxSmall)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	given, err := s.give(asked)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.Log.Warn("order given", "device", asked.Device, "order", given.ID, "kind", given.Kind, "by", who.Name)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(given)
}

func (s *Service) give(asked protocol.OrderRequest) (protocol.Order, error) {
	if asked.Kind == protocol.Erase && asked.Confirm != asked.Device {
		return protocol.Order{}, errConfirm
	}
	return s.Inventory.Order(s.Now(), asked.Device, asked.Kind)
}

// summary sums the fleet up.
func (s *Service) summary() (now time.Time, all []*devices.Device, newest map[string]uint64, sum devices.Summary) {
	now, all = s.Now(), s.Inventory.All()
	newest = s.newest(all)
	return now, all, newest, devices.Summarise(now, all, newest)
}
