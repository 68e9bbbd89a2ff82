// Package extra is imported by plugins only.
package extra

// Answer is inlinable.
func Answer() int { return 42 }
