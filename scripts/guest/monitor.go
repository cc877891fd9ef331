package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
)

// A monitor is the line to the machine monitor of QEMU, which plugs, pulls, types
// and tells. Both ends send JSON objects (docs/interop/qmp-spec.rst of QEMU):
//
//	<- {"QMP": {...}}
//	-> {"execute": "qmp_capabilities"}                        <- {"return": {}}
//	-> {"execute": "device_del", "arguments": {"id": "a"}}    <- {"return": {}}
//	                                                          <- {"error": {"desc": "..."}}
//	<- {"event": "DEVICE_DELETED", "data": {"device": "a"}}
type monitor struct {
	line    net.Conn
	replies chan message // of the one command that is being executed
	ended   chan struct{}

	asking sync.Mutex // guards the line: one command at a time

	mu     sync.Mutex    // guards what follows
	events []Event       // that nobody has waited for yet
	more   chan struct{} // closed when there are more
}

// An Event is something that the machine monitor told.
type Event struct {
	Name string          `json:"event"`
	Data json.RawMessage `json:"data"`
}

// A message is what the monitor sends.
type message struct {
	Event
	Greeting json.RawMessage `json:"QMP"`
	Return   json.RawMessage `json:"return"`
	Error    *struct {
		Text string `json:"desc"`
	} `json:"error"`
}

var errMonitorEnded = errors.New("the machine has ended")

// newMonitor greets a monitor. It listens until the line ends.
func newMonitor(ctx context.Context, line net.Conn) (*monitor, error) {
	m := &monitor{line: line, replies: make(chan message, 1), ended: make(chan struct{}), more: make(chan struct{})}
	go m.listen()
	_, err := m.execute(ctx, "qmp_capabilities", nil)
	return m, err
}

func (m *monitor) listen() {
	defer close(m.ended)
	from := json.NewDecoder(m.line)
	for {
		var next message
		if from.Decode(&next) != nil {
			return
		}
		switch {
		case next.Name != "":
			m.tell(next.Event)
		case next.Greeting == nil:
			m.replies <- next
		}
	}
}

func (m *monitor) tell(e Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, e)
	close(m.more)
	m.more = make(chan struct{})
}

// execute has the monitor do something, and returns what that returned.
func (m *monitor) execute(ctx context.Context, command string, arguments any) (json.RawMessage, error) {
	m.asking.Lock()
	defer m.asking.Unlock()
	ask := struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
	}{command, arguments}
	if err := json.NewEncoder(m.line).Encode(ask); err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	select {
	case reply := <-m.replies:
		return reply.result(command)
	case <-m.ended:
		select {
		case reply := <-m.replies: // given before the end
			return reply.result(command)
		default:
			return nil, fmt.Errorf("%s: %w", command, errMonitorEnded)
		}
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", command, ctx.Err())
	}
}

// result is what a command returned.
func (m message) result(command string) (json.RawMessage, error) {
	if m.Error != nil {
		return nil, fmt.Errorf("%s: %s", command, m.Error.Text)
	}
	return m.Return, nil
}

// wait returns the first event that is wanted, of those that nobody has waited for.
func (m *monitor) wait(ctx context.Context, wanted func(Event) bool) (Event, error) {
	for {
		e, more, ok := m.take(wanted)
		if ok {
			return e, nil
		}
		select {
		case <-more:
		case <-m.ended:
			if e, _, ok := m.take(wanted); ok { // told while we looked
				return e, nil
			}
			return Event{}, errMonitorEnded
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

func (m *monitor) take(wanted func(Event) bool) (_ Event, more <-chan struct{}, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, e := range m.events {
		if wanted(e) {
			m.events = append(m.events[:i:i], m.events[i+1:]...)
			return e, nil, true
		}
	}
	return Event{}, m.more, false
}
