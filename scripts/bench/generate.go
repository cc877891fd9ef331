package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"iter"
	"slices"
	"time"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

// A packer packs records as they are made up. It remembers what it has read
// once, since few values come up again and again.
type packer struct {
	key     []byte
	places  map[string]uint16 // of State codes, in the order in which they come up
	classes map[string]list.Class
	states  map[string]list.Status
	dates   map[string]list.Date
}

func newPacker(key []byte) *packer {
	return &packer{
		key: key, places: map[string]uint16{"": 0}, classes: map[string]list.Class{},
		states: map[string]list.Status{}, dates: map[string]list.Date{},
	}
}

// memo returns what make makes of a text, from memory if it was made before.
func memo[V any](known map[string]V, text string, make func(string) (V, error)) (V, error) {
	if v, ok := known[text]; ok {
		return v, nil
	}
	v, err := make(text)
	known[text] = v
	return v, err
}

func (p *packer) place(code string) uint16 {
	place, known := p.places[code]
	if !known {
		place = uint16(len(p.places))
		p.places[code] = place
	}
	return place
}

// pack packs a record but for its digest.
func (p *packer) pack(r registry.Record) (packed, error) {
	class, err := memo(p.classes, r.Type, list.ParseClass)
	if err != nil {
		return packed{}, err
	}
	status, err := memo(p.states, r.Status, list.ParseStatus)
	if err != nil {
		return packed{}, err
	}
	date, err := memo(p.dates, r.Date, parseDate)
	return pack(list.Record{Class: class, Status: status, Date: date}, p.place(r.IssuingState), p.place(r.Country)), err
}

func parseDate(text string) (list.Date, error) {
	day, err := time.Parse(time.DateOnly, text)
	return list.DateOf(day), err
}

// A batch is records on their way to their digests.
type batch struct {
	to      []packed
	numbers []string
}

const batchSize = 8192

// packAll packs records, one goroutine making them up while all cores digest.
func (p *packer) packAll(records iter.Seq[registry.Record], count int) ([]packed, error) {
	all := make([]packed, count)
	batches := make(chan batch, 16)
	failed := make(chan error, 1)
	go func() {
		defer close(batches)
		failed <- p.inBatches(records, all, func(b batch) { batches <- b })
	}()
	onAllCores(func() {
		d := newDigester(p.key)
		for b := range batches {
			for i, number := range b.numbers {
				b.to[i].digest = d.digest(number)
			}
		}
	})
	return all, <-failed
}

func (p *packer) inBatches(records iter.Seq[registry.Record], all []packed, yield func(batch)) error {
	n := 0
	var numbers []string
	for r := range records {
		var err error
		if all[n], err = p.pack(r); err != nil {
			return err
		}
		n++
		if numbers = append(numbers, r.Number); len(numbers) == batchSize || n == len(all) {
			yield(batch{all[n-len(numbers) : n], numbers})
			numbers = make([]string, 0, batchSize)
		}
	}
	return nil
}

// A digester makes the digests that list.Key makes, and several times as fast,
// as it takes the key in once.
type digester struct {
	mac   hash.Hash
	clean [list.MaxNumber]byte
	sum   [sha256.Size]byte
}

func newDigester(key []byte) *digester { return &digester{mac: hmac.New(sha256.New, key)} }

// digest digests a number that is clean, as made-up ones are.
func (d *digester) digest(number string) uint64 {
	d.mac.Reset()
	d.mac.Write(append(d.clean[:0], number...))
	return binary.BigEndian.Uint64(d.mac.Sum(d.sum[:0]))
}

// settle puts the State codes into their order, which is that of records too,
// and returns them, with none at the front, and for each place its new one.
func (p *packer) settle() (codes []string, places []uint16) {
	for code := range p.places {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	places = make([]uint16, len(codes))
	for place, code := range codes {
		places[p.places[code]] = uint16(place)
	}
	return codes, places
}
