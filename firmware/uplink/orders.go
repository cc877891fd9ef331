package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"portcullis/durable"
	"portcullis/protocol"
)

// maxOrders is how many orders are remembered. Central repeats none that it was
// told of, but for a message that was on its way.
const maxOrders = 256

// An entry is an order, and how far it has come.
type entry struct {
	ID      string             `json:"id"`
	Kind    protocol.OrderKind `json:"kind"`
	Done    bool               `json:"done"`
	Problem string             `json:"problem"` // why it could not be done
	Told    bool               `json:"told"`    // central knows
}

// orders are what a device was ordered, oldest first, in a file.
type orders struct {
	path string
	all  []entry
}

// loadOrders reads a file of orders. One that is damaged is an empty one: its
// orders will come again, and can be obeyed again.
func loadOrders(path string) (*orders, error) {
	o := &orders{path: path}
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	var says struct{ Orders []entry }
	if err == nil {
		err = json.Unmarshal(file, &says)
	}
	if err != nil {
		return o, fmt.Errorf("read orders: %w", err)
	}
	o.all = says.Orders
	return o, nil
}

// find returns the entry of an order; nil when it is new.
func (o *orders) find(id string) *entry {
	i := slices.IndexFunc(o.all, func(e entry) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return &o.all[i]
}

// add notes a new order, and forgets the oldest that central knows of.
func (o *orders) add(order protocol.Order) *entry {
	if i := slices.IndexFunc(o.all, func(e entry) bool { return e.Told }); len(o.all) >= maxOrders && i >= 0 {
		o.all = slices.Delete(o.all, i, i+1)
	}
	o.all = append(o.all, entry{ID: order.ID, Kind: order.Kind})
	return &o.all[len(o.all)-1]
}

// save replaces the file.
func (o *orders) save() error {
	file, err := json.Marshal(map[string][]entry{"orders": o.all})
	if err != nil {
		return err
	}
	if err := durable.Replace(o.path, file, 0o600); err != nil {
		return fmt.Errorf("write orders: %w", err)
	}
	return nil
}
