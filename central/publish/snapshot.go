package publish

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// snapshot writes the whole of the release that is being made, and its leaf
// hashes. The records are gone through once, and are nowhere all in memory.
func (w *work) snapshot(d *draft, records iter.Seq2[list.Record, error]) error {
	t, err := w.folder.create()
	if err != nil {
		return err
	}
	defer t.drop()
	p := d.release.Params
	lengths := make([]int, 0, p.Shards())
	if err := feed.WriteSnapshotHead(t, make([]int, p.Shards())); err != nil {
		return err
	}
	coder, room, c := list.NewCoder(p), []byte(nil), newCensus(p)
	c.each = func(id uint32, records []list.Record) (err error) {
		room = room[:0]
		if len(records) > 0 {
			room, err = coder.Encode(room, id, records)
		}
		lengths = append(lengths, len(room))
		if err == nil {
			_, err = t.Write(room)
		}
		return err
	}
	for r, err := range records {
		if err != nil {
			return err
		}
		if c.add(r); c.err != nil {
			return c.err
		}
	}
	if d.leaves, err = c.end(); err != nil {
		return err
	}
	if d.release.Root, err = list.Root(d.leaves); err != nil {
		return err
	}
	d.release.Records, d.state.Issuers = c.count, c.issuers
	return w.placeSnapshot(d, t, lengths)
}

// placeSnapshot writes the lengths of the shards, which are known at the end.
func (w *work) placeSnapshot(d *draft, t *temp, lengths []int) error {
	if err := t.Flush(); err != nil {
		return err
	}
	if _, err := t.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := feed.WriteSnapshotHead(t, lengths); err != nil {
		return err
	}
	r := d.release
	s := feed.Step{To: r.Position(), Issued: r.Issued, Records: r.Records}
	var err error
	if s.File, err = t.place(fmt.Sprintf("%d-snapshot-%%s.bin", r.Sequence)); err != nil {
		return err
	}
	var tree bytes.Buffer
	if err := feed.WriteTree(&tree, d.leaves); err != nil {
		return err
	}
	s.Tree, err = w.folder.add(fmt.Sprintf("%d-tree-%%s.bin", r.Sequence), tree.Bytes())
	d.snapshot = s
	return err
}

// checkContent reads a file of a release as a device does.
func (p *Publisher) checkContent(v feed.Verified, s feed.Step) error {
	f, err := os.Open(p.folder.file(s.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := v.Content(s, f)
	if err != nil || s.Kind() == feed.Delta {
		return err
	}
	r := c.Release()
	all := newCensus(r.Params)
	for raw, err := range c.Shards() {
		if err != nil {
			return err
		}
		shard, err := r.Params.Shard(raw.ID, raw.Data)
		if err != nil {
			return err
		}
		records, err := shard.All()
		if err != nil {
			return err
		}
		for _, r := range records {
			all.add(r)
		}
	}
	leaves, err := all.end()
	if err != nil {
		return err
	}
	if root, err := list.Root(leaves); err != nil || root != r.Root || all.count != r.Records {
		return fmt.Errorf("%s has another root", s.Name)
	}
	tree, err := os.ReadFile(p.folder.file(s.Tree.Name))
	if err == nil {
		_, err = feed.ReadTree(tree, r.Params, r.Root)
	}
	return err
}
