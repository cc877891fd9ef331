package wire

import (
	"cmp"
	"slices"

	"portcullis/mrz"
)

// A learner finds out on which layout a device types. Zones whose check digits hold
// teach it; what they leave open it does not guess.
type learner struct {
	cells   *alphabet
	allowed []*layout
	likely  []*layout // those that all zones so far agree with; nil for all
}

// A version is what was typed, on one layout.
type version struct {
	on    *layout
	lines []string
	worth worth
}

// read returns the lines that were typed. Where layouts that are equally likely
// differ in a cell, that cell is a [Reject]: no document is to bear a name that
// may be another one.
func (l *learner) read(strokes []stroke) []string {
	versions := l.versions(strokes)
	holds := func(v version) bool { return v.worth.valid }
	likely := slices.DeleteFunc(slices.Clone(versions), func(v version) bool { return !l.isLikely(v.on) })
	switch {
	case slices.ContainsFunc(likely, holds):
		likely = l.learn(likely)
	case slices.ContainsFunc(versions, holds): // the device was set anew
		likely = l.learn(versions)
	default:
		likely = best(likely)
	}
	return common(likely)
}

// versions returns what was typed on each layout that is allowed.
func (l *learner) versions(strokes []stroke) []version {
	var all []version
	for _, on := range l.allowed {
		v := version{on: on, lines: l.text(strokes, on)}
		same := slices.IndexFunc(all, func(o version) bool { return slices.Equal(o.lines, v.lines) })
		if same >= 0 {
			v.worth = all[same].worth
		} else {
			v.worth = worthOf(v.lines)
		}
		all = append(all, v)
	}
	return all
}

// text returns the lines that were typed, on a layout. Between two ends of a line
// nothing is no line.
func (l *learner) text(strokes []stroke, on *layout) []string {
	var lines []string
	line := make([]byte, 0, maxLine)
	for _, s := range strokes {
		if s.char != cr {
			line = append(line, on.typed(s))
			continue
		}
		if len(line) > 0 {
			lines = append(lines, l.cells.text(upper(line)))
		}
		line = line[:0]
	}
	if len(line) > 0 {
		lines = append(lines, l.cells.text(upper(line)))
	}
	return lines
}

func (l *learner) isLikely(on *layout) bool { return l.likely == nil || slices.Contains(l.likely, on) }

// learn notes the layouts on which a zone holds, and returns their versions.
func (l *learner) learn(versions []version) []version {
	versions = best(versions)
	l.likely = nil
	for _, v := range versions {
		l.likely = append(l.likely, v.on)
	}
	return versions
}

// worth is how good a version of a scan is.
type worth struct {
	valid    bool // the zone keeps to Doc 9303, its check digits hold
	readable bool // it does but for what real documents are known for
	odd      int  // cells that are none
}

// worthOf judges lines as a zone, run together or not.
func worthOf(lines []string) worth {
	_, odd := countCells(lines)
	if r, err := mrz.Parse(Apart(lines)); err == nil {
		return worth{valid: r.Valid(), readable: r.Readable(), odd: odd}
	}
	return worth{odd: odd}
}

// compare returns +1 where w is better.
func (w worth) compare(o worth) int {
	return cmp.Or(compareBool(w.valid, o.valid), compareBool(w.readable, o.readable), cmp.Compare(o.odd, w.odd))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// best returns the versions than which none is better.
func best(versions []version) []version {
	top := slices.MaxFunc(versions, func(a, b version) int { return a.worth.compare(b.worth) })
	return slices.DeleteFunc(slices.Clone(versions), func(v version) bool { return v.worth.compare(top.worth) != 0 })
}

// common returns the lines with a [Reject] in each cell in which versions differ.
// They have the same lengths, as each stroke is a cell on every layout.
func common(versions []version) []string {
	var lines []string
	for i, line := range versions[0].lines {
		cells := []byte(line)
		for _, v := range versions[1:] {
			for at := range cells {
				if v.lines[i][at] != cells[at] {
					cells[at] = Reject
				}
			}
		}
		lines = append(lines, string(cells))
	}
	return lines
}
