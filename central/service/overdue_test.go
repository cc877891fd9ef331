package service_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"portcullis/central/service"
	"portcullis/protocol"
)

func TestThe48HourRuleIsSeenOnThePageInTheInventoryAndInMetrics(t *testing.T) {
	r := newRig(t, func(o *service.Options) { o.Newest = func() map[string]uint64 { return map[string]uint64{"sltd": 5} } })
	must(r.inventory.Report(noon, "gate-7", r.status("gate-7", 3)))(t)
	r.at(noon.Add(48 * time.Hour))
	must(r.inventory.Report(r.clock(), "gate-8", r.status("gate-8", 5)))(t)
	r.code("gate-9", "") // and never heard of
	tool := r.as(protocol.Fleet, "tool")
	for _, c := range []struct {
		after            time.Duration
		standing, cells  string
		overdue, heldNow string
	}{
		{0, "silent", `<th scope="row">sltd</th><td>5</td><td>2</td><td>1</td><td>1</td><td>0</td>`, "0", "2"},
		{time.Second, "overdue", `<th scope="row">sltd</th><td>5</td><td>2</td><td>1</td><td>1</td><td class="bad">1</td>`, "1", "1"},
	} {
		r.at(noon.Add(48*time.Hour + c.after))
		if page := string(tool.get("/").body); !strings.Contains(page, c.cells) {
			t.Errorf("after %v the page has no %s in\n%s", c.after, c.cells, page)
		}
		inv := read[protocol.Inventory](t, tool.get(protocol.DevicesPath))
		if d := inv.Devices[0]; d.Name != "gate-7" || d.Standing != c.standing || d.Copies[0].Behind != 2 {
			t.Errorf("after %v the inventory says %+v", c.after, d)
		}
		metrics := string(tool.get("/metrics").body)
		for _, line := range []string{
			`portcullis_fleet_list_copies{list="sltd",state="overdue"} ` + c.overdue,
			`portcullis_fleet_list_copies{list="sltd",state="held"} ` + c.heldNow,
			`portcullis_fleet_list_behind{list="sltd",releases="2"} 1`,
			`portcullis_fleet_list_newest_release{list="sltd"} 5`,
			`portcullis_fleet_list_age_seconds_bucket{list="sltd",le="3600"} 1`,
			`portcullis_fleet_devices_never_heard 1`,
		} {
			if !strings.Contains(metrics, line+"\n") {
				t.Errorf("after %v the metrics have no %s in\n%s", c.after, line, metrics)
			}
		}
		if strings.Contains(metrics, "gate-7") {
			t.Error("a device has a label of its own")
		}
	}
	names := regexp.MustCompile(`<th scope="row">(gate-\d)</th>`).FindAllStringSubmatch(string(tool.get("/").body), -1)
	if len(names) != 3 || names[0][1] != "gate-7" || names[1][1] != "gate-9" || names[2][1] != "gate-8" {
		t.Errorf("the worst is not first: %v", names)
	}
}

func TestNoTextOfADeviceIsMarkupOnThePage(t *testing.T) {
	r := newRig(t)
	evil := `"><script>alert(1)</script>{{.}}`
	r.code("gate-7", evil)
	s := r.status("gate-7", 3)
	s.Software, s.Faults, s.Site = evil, []string{evil}, evil
	must(r.inventory.Report(noon, "gate-7", s))(t)
	tool := r.as(protocol.Fleet, "tool")
	q := must(http.NewRequest("GET", "https://"+r.address+"/?q=%22%3E%3Cscript%3E&state=%22%3E%3Cscript%3E", nil))(t)
	resp := must(tool.client.Do(q))(t)
	resp.Body.Close()
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self';") {
		t.Errorf("the policy is %q", csp)
	}
	for _, path := range []string{"/", "/?q=%22%3E%3Cscript%3E", "/?state=%22%3E%3Cscript%3E"} {
		page := string(tool.get(path).body)
		if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") && path != "/?state=%22%3E%3Cscript%3E" {
			t.Errorf("%s has markup of a device:\n%s", path, page)
		}
	}
}

func TestTheInventoryIsNarrowedDownAndPaged(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"a-1", "a-2", "b-1"} {
		r.code(name, "hall "+name[:1])
		must(r.inventory.Report(noon, name, r.status(name, 3)))(t)
	}
	tool := r.as(protocol.Fleet, "tool")
	names := func(query string) (all []string, next string) {
		inv := read[protocol.Inventory](t, tool.get(protocol.DevicesPath+query))
		for _, d := range inv.Devices {
			all = append(all, d.Name)
		}
		return all, inv.Next
	}
	for query, want := range map[string]string{
		"": "a-1 a-2 b-1", "?site=HALL+A": "a-1 a-2", "?name=b": "b-1", "?list=sltd": "a-1 a-2 b-1", "?list=x": "", "?state=good": "a-1 a-2 b-1",
		"?state=overdue": "", "?limit=2": "a-1 a-2", "?limit=2&after=a-2": "b-1",
	} {
		if all, _ := names(query); strings.Join(all, " ") != want {
			t.Errorf("%s: %v", query, all)
		}
	}
	if _, next := names("?limit=2"); next != "a-2" {
		t.Errorf("next is %q", next)
	}
	if _, next := names("?limit=3"); next != "" {
		t.Errorf("there is no more, and next is %q", next)
	}
	tool.get(protocol.DevicesPath+"?limit=-1").want(t, "a bad limit", http.StatusBadRequest, protocol.ProblemRequest)
}

func TestThePageWithoutCertificatesIsForThisMachineAlone(t *testing.T) {
	r := newRig(t)
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	address := "http://" + l.Addr().String()
	r.run(func(ctx context.Context) error { return r.service.ServePages(ctx, l) })
	resp := must(http.Get(address + "/"))(t)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the page: %s", resp.Status)
	}
	q := must(http.NewRequest("GET", address+"/", nil))(t)
	q.Host = "rebound.example"
	if resp = must(http.DefaultClient.Do(q))(t); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("by another's name: %s", resp.Status)
	}
	resp.Body.Close()
	if resp = must(http.Get(address + protocol.DevicesPath))(t); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the inventory: %s", resp.Status)
	}
	resp.Body.Close()
	all := must(net.Listen("tcp", "0.0.0.0:0"))(t)
	if err := r.service.ServePages(context.Background(), all); err == nil {
		t.Error("it is served to everyone")
	}
}

func TestALargeInventoryComesInPages(t *testing.T) {
	r := newRig(t)
	for i := range 1001 {
		name := fmt.Sprintf("gate-%04d", i)
		must(r.inventory.Report(noon, name, r.status(name)))(t)
	}
	tool := r.as(protocol.Fleet, "tool")
	first := read[protocol.Inventory](t, tool.get(protocol.DevicesPath+"?limit=5000"))
	rest := read[protocol.Inventory](t, tool.get(protocol.DevicesPath+"?after="+first.Next))
	if len(first.Devices) != 1000 || len(rest.Devices) != 1 || rest.Next != "" {
		t.Errorf("%d devices, then %d, then %q", len(first.Devices), len(rest.Devices), rest.Next)
	}
}
