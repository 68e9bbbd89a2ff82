// Package leaf is imported by the host and by plugins, and imports nothing.
package leaf

// State crosses the border between host and plugin.
type State struct {
	Count int
	Name  string
}

// Shape is asserted across the border.
type Shape interface {
	Area() int
}

type hidden struct {
	x int
	y int
}

var state = hidden{1, 2}

// Counter is one variable in the whole process.
var Counter int

// Inlinable has a body that is part of the export data.
func Inlinable() int { return 17 }

// Solid has a body that is not.
//
//go:noinline
func Solid() int { return 17 + lower(state.y) }

//go:noinline
func lower(n int) int { return n + state.x }

// The end.
