package trust

import "context"

// A Disk does the steps of a shelf's disk, each through Step: it may do it, or
// not, or half.
type Disk struct {
	Dir  string
	Step func(Op) error
}

// An Op is one step.
type Op struct {
	Kind     string // write, rename, remove or sync
	Name, To string
	Data     []byte
}

// Do does a step on the real disk.
func (d Disk) Do(o Op) error {
	switch f := folder(d.Dir); o.Kind {
	case "write":
		return f.write(o.Name, o.Data)
	case "rename":
		return f.rename(o.Name, o.To)
	case "remove":
		return f.remove(o.Name)
	default:
		return f.sync()
	}
}

func (d Disk) write(name string, data []byte) error {
	return d.Step(Op{Kind: "write", Name: name, Data: data})
}
func (d Disk) rename(from, to string) error { return d.Step(Op{Kind: "rename", Name: from, To: to}) }
func (d Disk) remove(name string) error     { return d.Step(Op{Kind: "remove", Name: name}) }
func (d Disk) sync() error                  { return d.Step(Op{Kind: "sync"}) }

// RefreshOn is Refresh with another disk.
func RefreshOn(ctx context.Context, d Disk, o Options, src Source) (*Metadata, error) {
	o.Limits = o.Limits.orDefaults()
	s := newShelf(o)
	s.disk = d
	return s.refresh(ctx, o, src)
}
