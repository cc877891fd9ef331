package keys

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Machine seals the device secret to the board: with identifiers of it that do
// not lie on its disk. Whoever has only a copy of the disk must guess them;
// whoever has the board, or may run a program on it, need not. Where there are
// no identifiers, as in a container, it is bound to nothing.
type Machine struct {
	root string // of the file system, for tests; / when empty
	cost cost   // that of new keys, for tests
}

// machineParams name the identifiers that were used, and hold none of them.
type machineParams struct {
	Salt  []byte   `json:"salt"`
	Cost  cost     `json:"argon2id"`
	Kinds []string `json:"identifiers"`
}

// Kind implements Provider.
func (Machine) Kind() string { return KindMachine }

// Make implements Provider.
func (m Machine) Make() (Secret, json.RawMessage, error) {
	if m.cost == (cost{}) {
		m.cost = machineCost
	}
	found := m.identifiers()
	params := machineParams{Salt: newSalt(), Cost: m.cost, Kinds: []string{}}
	for _, id := range found {
		params.Kinds = append(params.Kinds, id.kind)
	}
	key, err := params.stretch(found)
	if err != nil {
		return Secret{}, nil, err
	}
	text, err := json.Marshal(params)
	return key, text, err
}

// Unseal implements Provider.
func (m Machine) Unseal(text json.RawMessage) (Secret, error) {
	var params machineParams
	if err := parseParams(text, &params); err != nil {
		return Secret{}, err
	}
	var found []identifier
	for _, kind := range params.Kinds {
		id, err := m.identifier(kind)
		if err != nil {
			return Secret{}, err
		}
		found = append(found, id)
	}
	return params.stretch(found)
}

func (p machineParams) stretch(found []identifier) (Secret, error) {
	var all []byte
	defer func() { clear(all) }()
	for _, id := range found {
		all = fmt.Appendf(all, "%s\x00%s\x00", id.kind, id.value)
	}
	return stretch(all, p.Salt, p.Cost)
}

// Erase implements Provider. The identifiers are the board's, and stay.
func (Machine) Erase(json.RawMessage) error { return nil }

// bits is how much a thief of the disk alone has to guess, in bits. Makers number
// parts in step, so that the bits of several identifiers do not add up.
func (p machineParams) bits() int {
	most := 0
	for _, kind := range p.Kinds {
		if i := slices.IndexFunc(sources, func(s source) bool { return s.covers(kind) }); i >= 0 {
			most = max(most, sources[i].bits)
		}
	}
	return most
}
