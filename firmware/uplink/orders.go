package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

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
	if err := replace(o.path, file); err != nil {
		return fmt.Errorf("write orders: %w", err)
	}
	return nil
}

// replace writes a file that is whole or as it was, whenever power fails.
func replace(path string, data []byte) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
