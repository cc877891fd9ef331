package list_test

import (
	"testing"

	"portcullis/cache/list"
)

// The benchmarks are of a shard as a list of 140 million records has them.
const (
	benchBits    = 18
	benchShard   = 4711
	benchRecords = 534
)

func BenchmarkFindMiss(b *testing.B) {
	p, records := syntheticShard(b, benchBits, benchShard, benchRecords)
	s := encode(b, p, benchShard, records)
	benchFind(b, s, records[benchRecords/2].Digest+1)
}

func BenchmarkFindHit(b *testing.B) {
	p, records := syntheticShard(b, benchBits, benchShard, benchRecords)
	s := encode(b, p, benchShard, records)
	benchFind(b, s, records[benchRecords/2].Digest)
}

func benchFind(b *testing.B, s list.Shard, d list.Digest) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Find(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendAll(b *testing.B) {
	p, records := syntheticShard(b, benchBits, benchShard, benchRecords)
	s := encode(b, p, benchShard, records)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if records, err = s.AppendAll(records[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	p, records := syntheticShard(b, benchBits, benchShard, benchRecords)
	coder := list.NewCoder(p)
	var data []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if data, err = coder.Encode(data[:0], benchShard, records); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data))/float64(len(records)), "bytes/record")
}

func BenchmarkLeaf(b *testing.B) {
	_, records := syntheticShard(b, benchBits, benchShard, benchRecords)
	b.ReportAllocs()
	for b.Loop() {
		list.Leaf(benchShard, records)
	}
}
