package registry

// withdrawnPrefix is what the keys of a load's notes begin with, each of which
// has an owner behind the key of a record: what that owner withdrew while the
// load went on stays out, although the files may name it still. No owner's name
// has a slash.
func (l Load) withdrawnPrefix() []byte { return []byte("withdrawn/" + l.Owner + "/") }

// withdrawnEnd is behind the last of these keys.
func (l Load) withdrawnEnd() []byte { return []byte("withdrawn/" + l.Owner + "0") } // the sign behind the slash

// noteWithdrawn tells the load that an owner's records come into, if there is
// one, that a record stays out.
func noteWithdrawn(tx Tx, key []byte, owner string) error {
	all, err := loads(tx)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.covers(owner) && l.Phase == Loading {
			return tx.Put(Meta, []Row{{append(l.withdrawnPrefix(), key...), []byte(owner)}})
		}
	}
	return nil
}

// withdrawn returns by their keys the owners of the records that stay out.
func (l Load) withdrawn(tx Tx) (map[string]string, error) {
	owners := map[string]string{}
	prefix := l.withdrawnPrefix()
	err := eachPage(tx, Meta, prefix, l.withdrawnEnd(), func(rows []Row) error {
		for _, row := range rows {
			owners[string(row.Key[len(prefix):])] = string(row.Value)
		}
		return nil
	})
	return owners, err
}

// end forgets a load.
func (l Load) end(tx Tx) error {
	if err := deleteBetween(tx, Meta, l.withdrawnPrefix(), l.withdrawnEnd()); err != nil {
		return err
	}
	return tx.Delete(Meta, [][]byte{loadKey(l.Owner)})
}
