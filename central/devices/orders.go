package devices

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"portcullis/protocol"
)

// Order tells a device to do something when it reports next. What it is told
// already it is not told twice. One that is to erase cannot use a code from
// before: enrolling anew would drop the order.
func (v *Inventory) Order(now time.Time, name string, kind protocol.OrderKind) (protocol.Order, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.devices[name] == nil {
		return protocol.Order{}, fmt.Errorf("device %s: %w", name, ErrUnknown)
	}
	if kind != protocol.Erase && kind != protocol.Sync {
		return protocol.Order{}, fmt.Errorf("order %q: %w", kind, ErrUnknown)
	}
	return v.order(now, name, kind, func(*Record) {})
}

// order gives an order with a change of the device's record. That to erase
// takes back the device's code.
func (v *Inventory) order(now time.Time, name string, kind protocol.OrderKind, f func(*Record)) (given protocol.Order, err error) {
	var more []Change
	if kind == protocol.Erase {
		more = append(more, Change{Key: "code/" + name})
	}
	_, err = v.change(name, func(r *Record) error {
		f(r)
		given = r.give(now, kind)
		return nil
	}, more...)
	if err == nil && kind == protocol.Erase {
		delete(v.codes, name)
	}
	return given, err
}

func (r *Record) give(now time.Time, kind protocol.OrderKind) protocol.Order {
	for _, g := range r.Orders {
		if g.Kind == kind {
			return g.Order
		}
	}
	o := protocol.Order{ID: rand.Text(), Kind: kind}
	r.Orders = append(r.Orders, Given{Order: o, At: now.UTC()})
	return o
}

// Cancel takes back an order that is not done yet, and may be under way. That a
// revoked device has to erase cannot be taken back.
func (v *Inventory) Cancel(name, id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.devices[name] == nil {
		return fmt.Errorf("device %s: %w", name, ErrUnknown)
	}
	_, err := v.change(name, func(r *Record) error {
		i := r.find(id)
		if i < 0 {
			return fmt.Errorf("order %s of device %s: %w", id, name, ErrUnknown)
		}
		if r.Orders[i].Kind == protocol.Erase && !r.Revoked.IsZero() {
			return fmt.Errorf("order %s: device %s is revoked and has to erase", id, name)
		}
		r.Orders = slices.Delete(r.Orders, i, i+1)
		return nil
	})
	return err
}

// Done notes that a device did what it was told. If it could not, erasing is
// ordered anew: a device obeys each order once.
func (v *Inventory) Done(now time.Time, name string, done protocol.OrderDone) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.devices[name] == nil {
		return fmt.Errorf("device %s: %w", name, ErrUnknown)
	}
	_, err := v.change(name, func(r *Record) error {
		i := r.find(done.ID)
		if i < 0 {
			return fmt.Errorf("order: %w", ErrUnknown)
		}
		erase := r.Orders[i].Kind == protocol.Erase
		if erase && done.Problem != "" {
			r.Orders[i].ID, r.Orders[i].Problem = rand.Text(), cut(done.Problem)
			return nil
		}
		if erase {
			r.Erased = now.UTC()
		}
		r.Orders = slices.Delete(r.Orders, i, i+1)
		return nil
	})
	return err
}

func (r *Record) find(id string) int {
	return slices.IndexFunc(r.Orders, func(g Given) bool { return g.ID == id })
}
