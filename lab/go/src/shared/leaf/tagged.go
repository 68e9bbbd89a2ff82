//go:build special

package leaf

// Special is only there with -tags special.
func Special() string { return "special" }
