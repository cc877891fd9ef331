package audit

import "fmt"

// fits holds an entry that is whole in itself to what came before it and to
// the head, and finds out which entry is at fault when it does not fit.
func (w *walk) fits(r Record, here place) error {
	last, head := w.report.Last, w.report.Head
	switch {
	case r.Seq != w.wanted():
		return w.misplaced(r, here)
	case r.Seq == 1 && r.Prev != firstPrev:
		return w.damage(Changed, 1, here, "it is not the first entry of a log")
	case r.Seq > 1 && r.Prev != last.Hash:
		return w.unchained(r, here)
	case r.Seq == 1 && head.Log != "" && r.Entry.Log != head.Log:
		return w.damage(Changed, 1, here, "the head belongs to another log")
	case r.Seq == head.Seq && r.Hash != head.Hash:
		return w.damage(Changed, r.Seq, here, "the head names another entry")
	}
	if r.Seq == 1 {
		w.report.Log = r.Entry.Log
	}
	return nil
}

// misplaced tells an entry that was moved from one that is gone: the first
// stands further down.
func (w *walk) misplaced(r Record, here place) error {
	wanted := w.wanted()
	why := fmt.Sprintf("entry %d stands in its place", r.Seq)
	moved, err := w.further(func(r Record) bool { return r.Seq == wanted })
	if err != nil {
		return err
	}
	if moved {
		return w.damage(Reordered, wanted, here, why)
	}
	return w.damage(Missing, wanted, here, why)
}

// unchained tells which of two neighbours was rewritten: if the entry after
// them, or the head, knows the second one as it stands, it was the first.
func (w *walk) unchained(r Record, here place) error {
	genuine := w.report.Head.Seq == r.Seq && w.report.Head.Hash == r.Hash
	known, err := w.further(func(next Record) bool { return next.Seq == r.Seq+1 && next.Prev == r.Hash })
	if err != nil {
		return err
	}
	if known || genuine {
		return w.damage(Changed, r.Seq-1, w.before, "the entry after it knows it by another hash")
	}
	return w.damage(Changed, r.Seq, here, "it does not follow the entry before it")
}

// further reports whether an entry that matches stands in the rest of the log.
func (w *walk) further(match func(Record) bool) (bool, error) {
	at, n := w.at, w.n
	for {
		text, err := at.next()
		if err == nil {
			if r, err := decode(text); err == nil && match(r) {
				return true, nil
			}
			continue
		}
		n++
		next, err := openCursor(w.dir, n)
		if next == nil {
			return false, err
		}
		defer next.file.Close()
		at = next
	}
}
