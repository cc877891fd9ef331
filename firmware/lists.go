package firmware

import (
	"context"
	"time"

	"portcullis/cache"
	"portcullis/cache/sync"
	"portcullis/firmware/inspect"
)

// A ListReport is the state of one list, for programs.
type ListReport struct {
	Name    string     `json:"name"`
	Release uint64     `json:"release"`
	Records uint64     `json:"records"`
	Root    string     `json:"root"`
	Issued  *time.Time `json:"issued"`     // null when nothing was ever loaded
	Checked *time.Time `json:"checked"`    // when it was last known to be the newest
	Age     int64      `json:"age"`        // seconds since then; -1 when not known
	State   string     `json:"state"`      // fresh, ageing, stale, missing or broken
	Damaged int64      `json:"damaged"`    // look-ups since the start that met a damaged part
	Bad     int        `json:"bad_shards"` // that are marked for repair
	Scrub   *Scrub     `json:"scrub"`      // how far it was read back of late; null when never
	Problem string     `json:"problem,omitempty"`
}

// Scrub is how far a list has been read back in the background.
type Scrub struct {
	Began    time.Time  `json:"began"`    // this pass
	Percent  float64    `json:"percent"`  // of it done
	Bad      int        `json:"bad"`      // shards that it has found bad
	Finished *time.Time `json:"finished"` // the last whole pass
}

func reportScrub(s *cache.ScrubStatus) *Scrub {
	if s == nil || s.Shards == 0 {
		return nil
	}
	r := &Scrub{Began: s.Began, Percent: float64(1000*s.Next/s.Shards) / 10, Bad: s.Bad}
	if !s.Finished.IsZero() {
		r.Finished = &s.Finished
	}
	return r
}

// finished is when the last whole pass ended, in Unix time; 0 for never.
func (s *Scrub) finished() float64 {
	if s == nil || s.Finished == nil {
		return 0
	}
	return float64(s.Finished.Unix())
}

// ReportLists tells the state of every list under a policy.
func ReportLists(status []cache.ListStatus, policy inspect.Policy, now time.Time) []ListReport {
	reports := []ListReport{}
	for _, s := range status {
		r := ListReport{
			Name: s.Name, Release: s.Release, Records: s.Records, Root: s.Root, Damaged: s.Damaged,
			Age: seconds(policy.Age(s, now)), State: policy.Freshness(s, now).String(),
			Bad: s.Bad, Scrub: reportScrub(s.Scrub),
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

// A RepairRequest asks for the repair of a list.
type RepairRequest struct {
	List string `json:"list"` // "" for all
	From string `json:"from"` // path or address of a snapshot file; "" to read again what is there
}

// A RepairReport is what a repair has done to a list, for programs.
type RepairReport struct {
	Name     string   `json:"name"`
	Sound    bool     `json:"sound"` // nothing is bad any more
	Release  uint64   `json:"release"`
	Bad      []uint32 `json:"bad_shards"`
	Repaired []uint32 `json:"repaired"`
	Left     []uint32 `json:"left"`
	Pages    bool     `json:"pages"` // what says which parts there are was made anew
	Problem  string   `json:"problem,omitempty"`
}

// RepairLists repairs lists of a store.
func RepairLists(ctx context.Context, store *cache.Store, r RepairRequest) []RepairReport {
	reports := []RepairReport{}
	for _, l := range store.Status() {
		if r.List != "" && r.List != l.Name {
			continue
		}
		done, err := repairList(ctx, store, l.Name, r.From)
		report := RepairReport{
			Name: l.Name, Sound: err == nil && len(done.Left) == 0, Release: done.Release,
			Bad: append([]uint32{}, done.Bad...), Repaired: append([]uint32{}, done.Repaired...), Left: append([]uint32{}, done.Left...), Pages: done.Pages,
		}
		if err != nil {
			report.Problem = err.Error()
		}
		reports = append(reports, report)
	}
	return reports
}

func repairList(ctx context.Context, store *cache.Store, name, from string) (cache.RepairReport, error) {
	if from == "" {
		return store.Repair(ctx, name, nil)
	}
	file, err := sync.OpenRanges(ctx, from)
	if err != nil {
		return cache.RepairReport{}, err
	}
	defer file.Close()
	snapshot, err := store.OpenSnapshot(name, file, file.Size())
	if err != nil {
		return cache.RepairReport{}, err
	}
	return store.Repair(ctx, name, snapshot)
}
