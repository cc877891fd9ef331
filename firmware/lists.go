package firmware

import (
	"context"
	"time"

	"portcullis/cache"
	"portcullis/firmware/inspect"
)

// A ListReport is the state of one list, for programs.
type ListReport struct {
	Name    string     `json:"name"`
	Release uint64     `json:"release"`
	Records uint64     `json:"records"`
	Root    string     `json:"root"`
	Issued  *time.Time `json:"issued"`  // null when nothing was ever loaded
	Checked *time.Time `json:"checked"` // when it was last known to be the newest
	Age     int64      `json:"age"`     // seconds since then; -1 when not known
	State   string     `json:"state"`   // fresh, ageing, stale, missing or broken
	Damaged int64      `json:"damaged"` // look-ups since the start that met a damaged part
	Problem string     `json:"problem,omitempty"`
}

// ReportLists tells the state of every list under a policy.
func ReportLists(status []cache.ListStatus, policy inspect.Policy, now time.Time) []ListReport {
	reports := []ListReport{}
	for _, s := range status {
		r := ListReport{
			Name: s.Name, Release: s.Release, Records: s.Records, Root: s.Root, Damaged: s.Damaged,
			Age: seconds(policy.Age(s, now)), State: policy.Freshness(s, now).String(),
		}
		if s.Release > 0 {
			r.Issued, r.Checked = &s.Issued, &s.Checked
		}
		if s.Err != nil {
			r.Problem = s.Err.Error()
		}
		reports = append(reports, r)
	}
	return reports
}

// A VerifyReport is what reading a list back has shown, for programs.
type VerifyReport struct {
	Name    string   `json:"name"`
	Sound   bool     `json:"sound"`
	Release uint64   `json:"release"`
	Records uint64   `json:"records"`
	Shards  int      `json:"shards"`
	Bad     []uint32 `json:"bad_shards"`
	Root    string   `json:"root"`
	Signed  string   `json:"signed_root"`
	Problem string   `json:"problem,omitempty"`
}

// VerifyLists reads every list of a store back.
func VerifyLists(ctx context.Context, store *cache.Store) []VerifyReport {
	reports := []VerifyReport{}
	for _, l := range store.Status() {
		r, err := store.Verify(ctx, l.Name)
		reports = append(reports, reportVerify(l.Name, r, err))
	}
	return reports
}

func reportVerify(name string, r cache.Report, err error) VerifyReport {
	if err != nil {
		return VerifyReport{Name: name, Bad: []uint32{}, Problem: err.Error()}
	}
	return VerifyReport{
		Name: name, Sound: r.Sound(), Release: r.Release, Records: r.Records, Shards: r.Shards,
		Bad: append([]uint32{}, r.Bad...), Root: r.Root.String(), Signed: r.Signed.String(),
	}
}
