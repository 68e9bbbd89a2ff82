// Package mid imports leaf and re-exports some of it.
package mid

import "example.com/shared/leaf"

// Wrapper has leaf's type within.
type Wrapper struct {
	State leaf.State
}

// F is inlinable and calls what is inlinable.
func F() int { return leaf.Inlinable() + 1 }

// Counter does not show leaf in its export data.
//
//go:noinline
func Counter() int { leaf.Counter++; return leaf.Counter + leaf.Solid() }
