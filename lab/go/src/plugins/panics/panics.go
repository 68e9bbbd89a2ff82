// Command panics passes every check and then does not survive its own initialisation.
package main

import "example.com/shared/leaf"

var V = leaf.Inlinable()

func init() { panic("not today") }
