package viz_test

import (
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

func BenchmarkCompose(b *testing.B) {
	v := specimen(mrz.TD3)
	for b.Loop() {
		if _, err := viz.Compose(mrz.TD3, v, viz.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompareName(b *testing.B) {
	d := named(b, mrz.TD1, "NILAVADHANANANDA<<CHAYAPA<DE<K")
	for b.Loop() {
		if viz.Compare(mrz.Name, "Nilavadhanananda, Chayapa Dejthamrong Krasuang", d, viz.Options{}) != viz.Truncated {
			b.Fatal("another name")
		}
	}
}
