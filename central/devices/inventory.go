package devices

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"portcullis/protocol"
)

// An Inventory is all that is known of a fleet. Its methods may be called at
// the same time.
type Inventory struct {
	store   Store
	mu      sync.RWMutex // held while the store writes, so that two changes of a device are one after the other
	devices map[string]*Device
	codes   map[string]code // by device
}

// ErrUnknown means that there is no such device, or order.
var ErrUnknown = errors.New("not known")

// Open reads what a store keeps. The inventory is then its only user.
func Open(store Store) (*Inventory, error) {
	v := &Inventory{store: store, devices: map[string]*Device{}, codes: map[string]code{}}
	err := errors.Join(
		load(store, "record/", func(name string, r Record) { v.known(name).Record = r }),
		load(store, "report/", func(name string, r Report) {
			r.Status = share(r.Status)
			v.known(name).Report = r
		}),
		load(store, "code/", func(name string, c code) { v.codes[name] = c }),
	)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func load[T any](store Store, prefix string, use func(name string, value T)) error {
	return store.Each(prefix, func(key string, data []byte) error {
		var value T
		if err := json.Unmarshal(data, &value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		use(strings.TrimPrefix(key, prefix), value)
		return nil
	})
}

// known returns a device while the inventory is being read.
func (v *Inventory) known(name string) *Device {
	if v.devices[name] == nil {
		v.devices[name] = &Device{Record: Record{Name: name}}
	}
	return v.devices[name]
}

// Close closes the store.
func (v *Inventory) Close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.store.Close()
}

// All returns all devices by name.
func (v *Inventory) All() []*Device {
	v.mu.RLock()
	all := slices.Collect(maps.Values(v.devices))
	v.mu.RUnlock()
	slices.SortFunc(all, func(a, b *Device) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Device returns a device.
func (v *Inventory) Device(name string) (*Device, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if d := v.devices[name]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("device %s: %w", name, ErrUnknown)
}

// change changes the record of a device, which may be a new one.
func (v *Inventory) change(name string, f func(*Record) error, more ...Change) (*Device, error) {
	d := &Device{Record: Record{Name: name}}
	if old := v.devices[name]; old != nil {
		d = old.clone()
	}
	if err := f(&d.Record); err != nil {
		return nil, err
	}
	if err := v.store.Write(append(more, put("record/"+name, d.Record))...); err != nil {
		return nil, err
	}
	v.devices[name] = d
	return d, nil
}

// put returns the change that keeps a value, which can always be written.
func put(key string, value any) Change {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return Change{Key: key, Value: data}
}

// Certified notes that a device was given a certificate. A first one enrols it:
// whatever was known of what it holds and has to do was of another.
func (v *Inventory) Certified(now time.Time, name string, c Certificate, first bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.change(name, func(r *Record) error {
		if !r.Revoked.IsZero() {
			return fmt.Errorf("device %s: %w", name, ErrRevoked)
		}
		if first {
			r.Enrolled, r.Orders, r.Erased = now.UTC(), nil, time.Time{}
		}
		r.Certificates = append(r.Certificates, c)
		r.Certificates = r.Certificates[max(0, len(r.Certificates)-maxCertificates):]
		return nil
	})
	return err
}

// Revoke notes that a device may hold nothing any more, and orders it to erase
// and nothing else. One that is lost stays lost.
func (v *Inventory) Revoke(now time.Time, name string, lost bool) (protocol.Order, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.devices[name] == nil {
		return protocol.Order{}, fmt.Errorf("device %s: %w", name, ErrUnknown)
	}
	return v.order(now, name, protocol.Erase, func(r *Record) {
		if r.Revoked.IsZero() {
			r.Revoked = now.UTC()
		}
		r.Lost = r.Lost || lost
		r.Orders = slices.DeleteFunc(r.Orders, func(g Given) bool { return g.Kind != protocol.Erase })
	})
}
