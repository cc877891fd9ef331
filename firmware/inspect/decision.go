package inspect

import (
	"slices"
	"strings"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
)

// A Decision is a verdict and all the reasons for it. Only [Decide] makes one
// that is Clear; the zero Decision refers.
type Decision struct {
	reasons []Reason
	lists   []ListState
	decided bool // all rules were gone through
}

// A Reason is a rule that applied.
type Reason struct {
	Code    Code
	Kind    Kind
	Verdict Verdict
	List    string // the list that it comes from, if it comes from one
	Match   Match  // what that list says, if it lists the document
	Detail  string // further words, such as the fields concerned; never their values
}

// A Match is what a list says of a document. It is the zero Match in a reason
// that is none on a match.
type Match struct {
	Status  list.Status
	Date    list.Date
	Country string // that reported it
	How     cache.How
}

// A ListState is a list as it was when it was asked.
type ListState struct {
	Name      string
	Release   uint64
	Age       time.Duration // since it was last known to be the newest; negative when that is not known
	Freshness Freshness
}

// Verdict is the gravest verdict of the reasons.
func (d Decision) Verdict() Verdict { return d.Lead().Verdict }

// Lead is the reason that the officer is told first: the first of the gravest.
func (d Decision) Lead() Reason {
	lead := Reason{Code: Undecided, Verdict: Refer}
	if d.decided {
		lead = reason(NothingFound)
	}
	for _, r := range d.reasons {
		if r.Verdict.gravity() > lead.Verdict.gravity() || lead.isNone() && r.Verdict == lead.Verdict {
			lead = r
		}
	}
	return lead
}

// isNone reports whether a reason is what a decision without reasons has.
func (r Reason) isNone() bool { return r.Code == Undecided || r.Code == NothingFound }

// Reasons are all that apply, in the order of the rules; none for a document
// that nothing speaks against.
func (d Decision) Reasons() []Reason { return slices.Clone(d.reasons) }

// Codes are the codes of the reasons, the leading one first.
func (d Decision) Codes() []Code {
	if len(d.reasons) == 0 {
		return nil
	}
	codes := []Code{d.Lead().Code}
	for _, r := range d.reasons {
		if !slices.Contains(codes, r.Code) {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// Lists are the lists that were asked.
func (d Decision) Lists() []ListState { return slices.Clone(d.lists) }

// Garbled reports whether reading alone is at fault, so that another try may
// give a Clear.
func (d Decision) Garbled() bool {
	return len(d.reasons) > 0 && !slices.ContainsFunc(d.reasons, func(r Reason) bool { return r.Kind != Read })
}

// Has reports whether a rule applies.
func (d Decision) Has(c Code) bool {
	return slices.ContainsFunc(d.reasons, func(r Reason) bool { return r.Code == c })
}

// With returns the decision with more reasons, for what only the lane knows. It
// can make a decision graver and never milder.
func (d Decision) With(codes ...Code) Decision {
	d.reasons = slices.Clone(d.reasons)
	for _, c := range codes {
		d.reasons = append(d.reasons, fault(c))
	}
	inOrder(d.reasons)
	return d
}

// reason returns the reason of a rule.
func reason(c Code) Reason {
	r := ruleOf(c)
	return Reason{Code: r.code, Kind: r.kind, Verdict: r.verdict}
}

// fault returns the reason of a rule that somebody else says applies. What is
// no rule, or one that would let pass, is a fault of the device all the same.
func fault(c Code) Reason {
	if r := reason(c); r.Code == c && r.Verdict != Clear {
		return r
	}
	r := reason(DeviceFault)
	r.Detail = string(c)
	return r
}

// inOrder puts reasons in the order of the rules.
func inOrder(reasons []Reason) {
	slices.SortStableFunc(reasons, func(a, b Reason) int { return place(a.Code) - place(b.Code) })
}

// Words say in one sentence what an officer must know.
func (r Reason) Words() string { return ruleOf(r.Code).words }

// Drill is what the officer does next, one short line a step.
func (r Reason) Drill() []string { return slices.Clone(ruleOf(r.Code).drill) }

// Text is Words with what is known besides: the list, its report, the detail.
func (r Reason) Text() string {
	var more []string
	for _, s := range []string{r.List, r.Match.Date.String(), r.Match.Country, r.Detail} {
		if s != "" {
			more = append(more, s)
		}
	}
	if len(more) == 0 {
		return r.Words()
	}
	return strings.TrimSuffix(r.Words(), ".") + " (" + strings.Join(more, ", ") + ")."
}
