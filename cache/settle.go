package cache

import (
	"context"
	"errors"
)

// settle makes a list ready to be changed, and returns its view. It opens a
// generation anew that has stopped, and takes back what the book may say and
// must not. The caller holds apply.
func (s *Store) settle(name string) (*view, error) {
	l := s.lists[name]
	v := l.view.Load()
	if err := context.Cause(s.life); err != nil {
		return v, err // it may be the view of an erased list
	}
	if v.gen != nil && v.gen.db.stopped.Load() && s.seal.Load() != nil {
		next, err := s.reopen(name, v)
		if err != nil {
			return v, err
		}
		v = next
	}
	if l.doubt {
		return v, s.takeBack(name)
	}
	return v, nil
}

// reopen serves the files of a view from a Badger that is opened anew. Between,
// the list gives no answer, as it gave none from the one that stopped.
func (s *Store) reopen(name string, v *view) (*view, error) {
	if err := v.gen.close(); err != nil {
		return nil, errors.Join(ErrStopped, err)
	}
	next, err := s.loadView(name, s.opts)
	if err != nil {
		return nil, errors.Join(ErrStopped, err)
	}
	return next, s.publish(name, v, next)
}

// takeBack says in the book what is served, after a write of something else
// has failed. Such a write may be found by the next start all the same. While
// it cannot be taken back, nothing is deleted that either of both needs.
func (s *Store) takeBack(name string) error {
	l := s.lists[name]
	e := entry{key: headKey(name)}
	if v := l.view.Load(); !v.empty() {
		e = says(headKey(name), v.head)
	}
	err := s.book.write(e)
	l.doubt = err != nil
	return err
}
