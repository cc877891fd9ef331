package query

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"portcullis/cache/list"
	"portcullis/central/query/journal"
	"portcullis/central/registry"
	"portcullis/protocol"
)

// The bounds of what a search may ask.
const (
	defaultMax   = 10
	mostAnswers  = 50
	maxReference = 64
)

// The failures of a list that are no error of its own.
var (
	errAbsent = errors.New("the list is not set up")
	errOther  = errors.New("the list answered something else than what was asked")
)

// search is a question whether a document is listed.
type search struct{ protocol.SearchRequest }

func (q search) ask(ctx context.Context, s *Service, c Caller, e *journal.Entry) answer {
	scope := s.options.Scopes.of(c)
	question, wrong := q.check()
	e.Reference = loggable(q.Reference)
	if wrong == "" {
		e.Class, e.Issuer, e.Number = question.Class.String(), question.Issuer, s.options.Log.Pseudonym(question.Number)
	}
	switch {
	case len(scope.Lists) == 0, wrong == "" && !scope.covers(question.Class):
		return answer{code: protocol.AccessDenied}
	case wrong != "":
		return answer{code: protocol.InvalidSearch, note: wrong}
	}
	most := q.Max
	if most == 0 {
		most = defaultMax
	}
	found, err := s.inPlace(ctx, func(ctx context.Context) ([]listed, error) {
		return s.find(ctx, scope.Lists, question, most+1)
	})
	if len(found) > most {
		return answer{code: protocol.TooManyAnswers}
	}
	return conclude(found, err)
}

// check returns what is asked for, or which field is wrong and how.
func (q search) check() (question Question, wrong string) {
	number, err := list.Clean(nil, q.Number)
	if err != nil {
		return Question{}, "din: it needs 1 to 25 of A-Z and 0-9"
	}
	issuer, ok := registry.ParseState(q.IssuingState)
	if !ok {
		return Question{}, "country_of_registration: it has three letters, or is D"
	}
	class, ok := registry.ParseType(q.Type)
	if !ok {
		return Question{}, "type_of_document: it is P, I, V or O, or a code such as PAS"
	}
	if q.Max < 0 || q.Max > mostAnswers {
		return Question{}, fmt.Sprintf("nb_record: it is 1 to %d", mostAnswers)
	}
	if loggable(q.Reference) != q.Reference {
		return Question{}, fmt.Sprintf("reference: it has up to %d characters of ASCII", maxReference)
	}
	return Question{Number: string(number), Class: class, Issuer: issuer}, ""
}

// loggable returns a reference that an entry can hold, or nothing.
func loggable(s string) string {
	if len(s) > maxReference || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return s
}

// find asks lists one after the other until enough is found. What was found
// counts even when another list fails.
func (s *Service) find(ctx context.Context, lists []string, q Question, most int) (all []listed, failed error) {
	for _, name := range lists {
		records := s.options.Lists[name]
		if records == nil {
			failed = errors.Join(failed, errAbsent)
			continue
		}
		found, err := guard(func() ([]Record, error) { return records.Find(ctx, q, most-len(all)) })
		for _, r := range found {
			if r.Class != q.Class || r.Issuer != q.Issuer {
				return all, errors.Join(failed, errOther)
			}
			all = append(all, listed{name, r})
		}
		failed = errors.Join(failed, err, ctx.Err())
		if len(all) >= most {
			break
		}
	}
	return all, failed
}

// inPlace runs f once there is a place for it. A list that outstays its time
// keeps its place, so that it cannot take up all there is.
func (s *Service) inPlace(ctx context.Context, f func(context.Context) ([]listed, error)) ([]listed, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.Deadline)
	defer cancel()
	leave, err := s.places.take(ctx)
	if err != nil {
		return nil, err
	}
	return within(ctx, func(ctx context.Context) ([]listed, error) {
		defer leave()
		return f(ctx)
	})
}

// conclude is the one place that says that a document is not listed.
func conclude(found []listed, err error) answer {
	switch {
	case len(found) > 0 && err != nil:
		return answer{code: protocol.NoError, note: "but not every list answered", records: found}
	case len(found) > 0:
		return answer{code: protocol.NoError, records: found}
	case err != nil:
		return answer{code: codeOf(err)}
	}
	return answer{code: protocol.NoAnswer}
}

// codeOf names a failure. What somebody must mend goes before what passes.
func codeOf(err error) protocol.ResultCode {
	switch {
	case errors.Is(err, errAbsent), errors.Is(err, errOther):
		return protocol.OtherError
	case errors.Is(err, context.DeadlineExceeded):
		return protocol.TimeOut
	}
	return protocol.UnexpectedError
}

// details is a question for the rest of a record.
type details struct{ protocol.DetailsRequest }

func (q details) ask(ctx context.Context, s *Service, c Caller, e *journal.Entry) answer {
	scope := s.options.Scopes.of(c)
	if len(scope.Lists) == 0 {
		return answer{code: protocol.AccessDenied}
	}
	if e.Reference = loggable(q.Reference); e.Reference != q.Reference {
		return answer{code: protocol.InvalidSearch, note: fmt.Sprintf("reference: it has up to %d characters of ASCII", maxReference)}
	}
	i, ok := s.items.open(q.ID, c, e.Time)
	if !ok {
		return answer{code: protocol.InvalidSearch, note: "item_id: it is none that a search of yours found lately: search again"}
	}
	e.Number, e.Class, e.Issuer = i.Number, i.Class.String(), i.Issuer
	if !slices.Contains(scope.Lists, i.List) || !scope.covers(i.Class) {
		return answer{code: protocol.AccessDenied}
	}
	found, err := s.inPlace(ctx, func(ctx context.Context) ([]listed, error) { return s.record(ctx, i) })
	return conclude(found, err)
}

// record returns the record of an item, or none if it is withdrawn.
func (s *Service) record(ctx context.Context, i item) ([]listed, error) {
	records := s.options.Lists[i.List]
	if records == nil {
		return nil, errAbsent
	}
	r, err := records.Record(ctx, i.Key)
	switch {
	case errors.Is(err, ErrGone):
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	case r.Class != i.Class || r.Issuer != i.Issuer:
		return nil, errOther
	}
	return []listed{{i.List, r}}, nil
}
