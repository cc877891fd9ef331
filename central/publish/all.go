package publish

import (
	"context"
	"iter"
	"slices"
	"time"

	"portcullis/cache/list"
)

// maxChange is how many changed records are held to make a delta of.
const maxChange = 1 << 20

// PublishAll makes these records the newest release of the list. They come in
// the order of [list.Compare], and may be gone through twice: to see what differs
// from the newest release, and, where no delta is to lead there, to write them
// all. They are nowhere all in memory.
func (p *Publisher) PublishAll(ctx context.Context, now time.Time, records iter.Seq2[list.Record, error]) (Result, error) {
	return p.publish(ctx, now, func(w *work) error { return w.all(records) })
}

// A survey is what a first reading of all records finds.
type survey struct {
	count   uint64
	codes   map[string]bool
	change  list.Change
	tally   tally
	changes int // that there are, also where they are too many to be held
	most    int // that are held
}

func (w *work) all(records iter.Seq2[list.Record, error]) error {
	s, err := w.survey(records)
	if err != nil {
		return err
	}
	p := list.Params{ShardBits: cut(s.count)}
	why := "it is the first release"
	if w.last.Sequence > 0 {
		p = list.Params{ShardBits: chooseBits(w.last.Params.ShardBits, s.count), Codes: slices.Clone(w.last.Params.Codes)}
		switch {
		case w.last.KeyID != w.KeyID:
			why = "the list key is another one"
		case p.ShardBits != w.last.Params.ShardBits:
			why = "the list is cut into other shards"
		case s.changes <= maxChange:
			return w.change(s.change)
		default:
			why = "it would be too large"
		}
	}
	p.Codes = append(p.Codes, s.newCodes(p.Codes)...)
	return w.whole(p, records, s.tally, why)
}

// survey compares all records with the newest release.
func (w *work) survey(records iter.Seq2[list.Record, error]) (*survey, error) {
	s := &survey{codes: map[string]bool{}, tally: newTally()}
	if w.last.Sequence > 0 && w.last.KeyID == w.KeyID { // otherwise no delta leads on
		s.most = maxChange
	}
	next, stop := iter.Pull2(s.watch(records))
	defer stop()
	to, err, more := next()
	if w.last.Sequence > 0 {
		for from, fromErr := range w.records(list.Change{}) {
			if fromErr != nil {
				return nil, fromErr
			}
			for more && err == nil && list.Compare(to, from) < 0 {
				s.differ(nil, &to)
				to, err, more = next()
			}
			switch {
			case err != nil:
				return nil, err
			case !more || list.Compare(to, from) > 0:
				s.differ(&from, nil)
				continue
			case to != from:
				s.differ(&from, &to)
			}
			to, err, more = next()
		}
	}
	for ; more && err == nil; to, err, more = next() {
		s.differ(nil, &to)
	}
	return s, err
}

// watch counts the records that go by, and sees to their order.
func (s *survey) watch(records iter.Seq2[list.Record, error]) iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		var last list.Record
		for r, err := range records {
			if err == nil && s.count > 0 {
				err = ordered(last, r)
			}
			if !yield(r, err) || err != nil {
				return
			}
			last = r
			s.count++
			s.codes[r.Issuer], s.codes[r.Country] = true, true
		}
	}
}

// differ notes a record that was and is not, or that is and was not, or both.
func (s *survey) differ(from, to *list.Record) {
	s.changes++
	hold := s.changes <= s.most
	if !hold {
		s.change = list.Change{}
	}
	if from != nil {
		s.tally.Removed[from.Issuer]++
		if hold {
			s.change.Removed = append(s.change.Removed, list.Identities([]list.Record{*from})...)
		}
	}
	if to != nil {
		s.tally.Added[to.Issuer]++
		if hold {
			s.change.Added = append(s.change.Added, *to)
		}
	}
}

func (s *survey) newCodes(known []string) []string {
	var records []list.Record
	for code := range s.codes {
		records = append(records, list.Record{Issuer: code})
	}
	return newCodes(known, records)
}
