package guest

import (
	"encoding/json"
	"maps"
	"net"
)

// QMP has the machine monitor do something, and returns what that returned.
func (g *Guest) QMP(command string, arguments map[string]any) json.RawMessage {
	g.t.Helper()
	reply, err := g.monitor.execute(g.ctx, command, arguments)
	g.must(err)
	return reply
}

// WaitEvent waits for an event that the machine monitor tells of, such as
// "WATCHDOG". One that was waited for is not told again.
func (g *Guest) WaitEvent(name string) Event {
	g.t.Helper()
	e, err := g.monitor.wait(g.ctx, func(e Event) bool { return e.Name == name })
	g.must(err)
	return e
}

// DeviceAdd plugs a device of a kind of QEMU's into the machine's USB.
func (g *Guest) DeviceAdd(driver, id string, properties map[string]any) {
	g.t.Helper()
	args := map[string]any{"driver": driver, "id": id, "bus": "usb.0"}
	maps.Copy(args, properties)
	g.QMP("device_add", args)
}

// DeviceDel pulls a device, and returns when it is out. What was sent to it and not
// yet taken is lost with its line.
func (g *Guest) DeviceDel(id string) {
	g.t.Helper()
	g.QMP("device_del", map[string]any{"id": id})
	_, err := g.monitor.wait(g.ctx, func(e Event) bool {
		var data struct{ Device string }
		return e.Name == "DEVICE_DELETED" && json.Unmarshal(e.Data, &data) == nil && data.Device == id
	})
	g.must(err)
	if line, ok := g.lines[id]; ok {
		g.QMP("chardev-remove", map[string]any{"id": id})
		_ = line.Close() // the other end is gone
		delete(g.lines, id)
	}
}

// PlugSerial plugs a serial port of FTDI's into the machine, and returns the line
// behind it: what is written there arrives at the port. Every plug has a line of its
// own, for QEMU would keep what an old one still holds for the next device.
func (g *Guest) PlugSerial(id string) net.Conn {
	g.t.Helper()
	line := g.chardev(id)
	g.DeviceAdd("usb-serial", id, map[string]any{"chardev": id})
	return line
}

// chardev makes a line that a device can be plugged onto.
func (g *Guest) chardev(id string) net.Conn {
	g.t.Helper()
	l := g.listen("line-" + id)
	defer l.Close()
	g.QMP("chardev-add", map[string]any{"id": id, "backend": map[string]any{
		"type": "socket", "data": map[string]any{
			"server": false,
			"addr":   map[string]any{"type": "unix", "data": map[string]any{"path": g.path("line-" + id)}},
		},
	}})
	g.lines[id] = g.accept(l)
	return g.lines[id]
}
