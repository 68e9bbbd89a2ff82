// Package side imports nothing, and nothing but main imports it.
package side

// Label is inlinable.
func Label() string { return "side" }
