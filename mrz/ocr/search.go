package ocr

import "portcullis/mrz"

// A choice is characters for the cells of a group, and what they cost.
type choice struct {
	chars []byte
	cost  int
}

// best are the two cheapest repairs of each remainder that they leave under the
// composite digit.
type best [10][]choice

// add keeps a repair if it is among the two cheapest of its remainder.
func (b *best) add(remainder int, r choice) {
	list := b[remainder]
	at := len(list)
	for at > 0 && list[at-1].cost > r.cost {
		at--
	}
	if at >= 2 {
		return
	}
	list = append(list[:at], append([]choice{r}, list[at:]...)...)
	b[remainder] = list[:min(len(list), 2)]
}

// A search goes through the repairs of one group, depth first.
type search struct {
	group
	chars []byte
	found best
	limit int
	steps int // walked so far
}

// maxSteps bounds a search: a group that takes more has no repair. A group that
// a reader has seen clearly takes some thousands.
const maxSteps = 300_000

// maxLoose is the dearest repair of cells that only the composite digit covers:
// it cannot tell two look-alikes from many other pairs.
const maxLoose = oneEdit + 4*anyway

// repairs returns the cheapest repairs of a group.
func (gr group) repairs() best {
	s := search{group: gr, chars: make([]byte, len(gr.cells)), limit: budget}
	if !gr.digit {
		s.limit = maxLoose
	}
	switch gr.asRead {
	case conforming:
		s.keepAsRead(0)
		return s.found
	case deviating:
		s.keepAsRead(deviation)
	}
	s.walk(0, 0, 0, 0)
	if s.steps > maxSteps {
		return best{}
	}
	return s.found
}

// keepAsRead is the one repair of a group whose digit is right: any other would
// have to change two cells at least, and is worse. Where it is right by another
// rule than that of Doc 9303 it is one repair of several.
func (s *search) keepAsRead(cost int) {
	composite := 0
	chars := make([]byte, len(s.cells))
	for i, c := range s.cells {
		chars[i] = c.read
		composite += c.composite * mrz.Value(c.read)
	}
	s.found.add(mod10(composite), choice{chars, cost})
}

// walk goes on with the i-th cell. own and composite are the sums so far.
func (s *search) walk(i, own, composite, cost int) {
	if i == len(s.cells) {
		if s.digit && mod10(own) != 0 || s.fits != nil && !s.fits(s.chars) {
			return
		}
		s.found.add(mod10(composite), choice{append([]byte(nil), s.chars...), cost + s.mixture()})
		return
	}
	c := s.cells[i]
	for _, o := range c.options {
		if s.steps > maxSteps {
			return
		}
		if cost+o.cost > s.limit {
			continue
		}
		s.steps++
		s.chars[i] = o.char
		v := mrz.Value(o.char)
		s.walk(i+1, own+c.own*v, composite+c.composite*v, cost+o.cost)
	}
}

// mixture is what it costs that letters and digits alternate. In the numbers
// of documents they stand in few runs as a rule, so that of two look-alikes the
// one that is like its neighbours is the likelier.
func (s *search) mixture() int {
	data := s.chars
	if s.digit {
		data = data[:len(data)-1]
	}
	changes := 0
	for i := 1; i < len(data); i++ {
		before, c := data[i-1], data[i]
		if before != mrz.Filler && c != mrz.Filler && (before <= '9') != (c <= '9') {
			changes++
		}
	}
	return min(changes*alternation, maxMixture)
}

func mod10(n int) int { return (n%10 + 10) % 10 }

// cheapest joins the repairs of groups to the two cheapest of the whole zone.
// Where there is a composite digit they leave no remainder under it.
func cheapest(groups []group, composite bool) []choice {
	total := best{0: {{}}}
	for _, gr := range groups {
		total = join(total, gr.repairs(), composite)
	}
	return total[0]
}

// join adds the repairs of one more group to those of the groups before.
func join(before, own best, composite bool) (joined best) {
	for r, list := range before {
		for s, more := range own {
			for _, a := range list {
				for _, b := range more {
					remainder := 0
					if composite {
						remainder = (r + s) % 10
					}
					joined.add(remainder, choice{append(append([]byte(nil), a.chars...), b.chars...), a.cost + b.cost})
				}
			}
		}
	}
	return joined
}
