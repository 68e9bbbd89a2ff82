// Command plain is a plugin with an export of every kind.
package main

import (
	"errors"

	"example.com/shared/leaf"
	"example.com/shared/mid"
	"example.com/shared/side"
)

var (
	V     int
	Name  = "plain"
	Fn    = func() int { return 1 }
	S     leaf.State
	Sp    = &leaf.State{Count: 1}
	W     mid.Wrapper
	Table = map[string]int{"one": 1}
	List  []leaf.State
	Send  chan<- int
	Err   = errors.New("plain")
	Any   interface{}
	Shape leaf.Shape = T{}
)

const C = 3

type T struct{ side int }

func (t T) Area() int { return t.side * t.side }

func G[E any](e E) E { return e }

func F() int                 { return mid.F() + mid.Counter() }
func Label() string          { return side.Label() }
func Add(a, b int) int       { return a + b }
func Take(s leaf.State) int  { return s.Count + leaf.Inlinable() }
func Give(s *leaf.State) int { s.Count = leaf.Solid(); return s.Count }
func Check(s string) error   { return Err }
func Nothing()               {}

func lower() int { return V }

var kept = lower
