package chip

import (
	"bytes"

	"portcullis/mrz"
	"portcullis/mrz/ocr"
)

// principal is how many cells a document number has before it runs over.
const principal = 9

// MaxAlternatives is the most that [Alternatives] returns: a chip that gets the
// wrong key a few times makes the reader wait longer each time.
const MaxAlternatives = 8

// Alternatives returns what to try on a chip, in order: the MRZ_information as
// printed; with 0 for a filler in place of a computed zero; with the filler of a
// long number, as cards made before the eighth edition may count it; and with
// one look-alike in the number with which its check digit fits as well. It is
// empty where [Of] is false.
func Alternatives(r *mrz.Result) []Information {
	p, ok := partsOf(r)
	if !ok {
		return nil
	}
	var all list
	all.add(p)
	all.add(p.zeros())
	if len(p.number) > principal {
		q := p
		q.number = p.number[:principal] + string(mrz.Filler) + p.number[principal:]
		all.add(q)
	}
	for i := range p.number {
		for _, like := range []byte(ocr.LookAlikes(p.number[i])) {
			q := p
			q.number = p.number[:i] + string(like) + p.number[i+1:]
			if digit, ok := mrz.CheckDigit(q.number); ok && digit == q.digit {
				all.add(q)
			}
		}
	}
	return all
}

// zeros writes 0 where a digit is a filler.
func (p parts) zeros() parts {
	for _, digit := range []*byte{&p.digit, &p.birthDigit, &p.expiryDigit} {
		if *digit == mrz.Filler {
			*digit = '0'
		}
	}
	return p
}

type list []Information

// add adds an MRZ_information, unless it is there already or there are enough.
func (l *list) add(p parts) {
	next := p.join()
	for _, i := range *l {
		if bytes.Equal(i.cells, next.cells) {
			return
		}
	}
	if len(*l) < MaxAlternatives {
		*l = append(*l, next)
	}
}
