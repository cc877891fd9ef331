package subject_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/firmware/subject"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, now time.Time) *subject.Keys {
	t.Helper()
	k, err := subject.Open(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func of(t *testing.T, k *subject.Keys, now time.Time, number string) subject.Pseudonym {
	t.Helper()
	p, err := k.Of(now, "UTO", "P", number)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestADocumentHasOneNameADayAlsoAfterARestart(t *testing.T) {
	dir := t.TempDir()
	a := of(t, open(t, dir, noon), noon, "L898902C3")
	b := of(t, open(t, dir, noon), noon.Add(time.Hour), "L898902C3")
	if a != b || len(a.Today) != 16 {
		t.Errorf("one document has the names %+v and %+v", a, b)
	}
}

func TestDocumentsThatDifferInOneFieldHaveDifferentNames(t *testing.T) {
	k := open(t, t.TempDir(), noon)
	names := map[string]bool{}
	for _, f := range [][3]string{{"UTO", "P", "AB1"}, {"UTO", "P", "AB2"}, {"UTO", "I", "AB1"}, {"D", "P", "AB1"}, {"UTOP", "", "AB1"}, {"UTO", "PA", "B1"}} {
		p, err := k.Of(noon, f[0], f[1], f[2])
		if err != nil {
			t.Fatal(err)
		}
		names[p.Today] = true
	}
	if len(names) != 6 {
		t.Errorf("six documents have %d names", len(names))
	}
}

func TestTwoAppliancesNameADocumentDifferently(t *testing.T) {
	a := of(t, open(t, t.TempDir(), noon), noon, "L898902C3")
	b := of(t, open(t, t.TempDir(), noon), noon, "L898902C3")
	if a == b {
		t.Error("two random keys gave one name")
	}
}

func TestASecondUseAfterMidnightIsSeen(t *testing.T) {
	k := open(t, t.TempDir(), noon)
	var seen subject.Seen
	before := time.Date(2026, 11, 22, 23, 58, 0, 0, time.UTC)
	after := before.Add(5 * time.Minute)
	seen.Mark(before, of(t, k, before, "L898902C3"))
	if got := seen.Last(after, of(t, k, after, "L898902C3")); !got.Equal(before) {
		t.Errorf("the use before midnight: got %v", got)
	}
	if got := seen.Last(after, of(t, k, after, "D23145890")); !got.IsZero() {
		t.Errorf("another document: got %v", got)
	}
}

func TestAUseIsForgottenAfterTheWindowOrWhenTakenBack(t *testing.T) {
	k := open(t, t.TempDir(), noon)
	p := of(t, k, noon, "L898902C3")
	seen := subject.Seen{Window: time.Minute}
	seen.Mark(noon, p)
	if seen.Last(noon.Add(time.Minute), p).IsZero() {
		t.Error("forgotten within the window")
	}
	if !seen.Last(noon.Add(time.Minute+1), p).IsZero() {
		t.Error("remembered beyond the window")
	}
	seen.Mark(noon, p)
	seen.Forget(p)
	if !seen.Last(noon, p).IsZero() {
		t.Error("remembered though taken back")
	}
	seen.Mark(noon, subject.Pseudonym{})
	if !seen.Last(noon, subject.Pseudonym{}).IsZero() {
		t.Error("no document at all was seen")
	}
}

func TestAKeyIsDestroyedAfterTheNextDay(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir, noon)
	first := of(t, k, noon, "L898902C3")
	next := of(t, k, noon.AddDate(0, 0, 1), "L898902C3")
	if next.Yesterday != first.Today || next.Today == first.Today {
		t.Errorf("names of two days in a row: %+v, %+v", first, next)
	}
	late := time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)
	if err := k.Expire(late); err != nil || len(keyFiles(t, dir)) != 2 {
		t.Errorf("before the end of the next day: %q, %v", keyFiles(t, dir), err)
	}
	if err := k.Expire(late.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if got := keyFiles(t, dir); len(got) != 1 || got[0] != "2026-11-23.key" {
		t.Errorf("after the end of the next day: %q", got)
	}
	back := of(t, open(t, dir, late), noon, "L898902C3")
	if back.Today == first.Today {
		t.Error("a destroyed key came back")
	}
}

func TestOldKeysAreDestroyedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	of(t, open(t, dir, noon), noon, "L898902C3")
	for _, left := range []string{"2026-11-20.key", "2026-11-20.key.new", "2031-01-01.key", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, left), make([]byte, 32), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir, noon)
	if got := strings.Join(keyFiles(t, dir), " "); got != "2026-11-22.key notes.txt" {
		t.Errorf("left are %s", got)
	}
}

func TestOnlyTheUserMayReadAKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	of(t, open(t, dir, noon), noon, "L898902C3")
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "2026-11-22.key"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestACutOffKeyIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "2026-11-22.key"), make([]byte, 31), 0o600)
	if _, err := subject.Open(dir, noon); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("got %v", err)
	}
}

func keyFiles(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func Example() {
	dir, _ := os.MkdirTemp("", "keys")
	defer os.RemoveAll(dir)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

	keys, err := subject.Open(dir, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	var seen subject.Seen
	p, _ := keys.Of(now, "UTO", "P", "L898902C3")
	seen.Mark(now, p)

	p, _ = keys.Of(now.Add(time.Minute), "UTO", "P", "L898902C3")
	fmt.Println(seen.Last(now.Add(time.Minute), p).Format(time.TimeOnly))
	// Output: 12:00:00
}
