package tty

import (
	"maps"
	"slices"
)

// Rates returns the rates that Open accepts.
func Rates() []int { return slices.Sorted(maps.Keys(rates)) }
