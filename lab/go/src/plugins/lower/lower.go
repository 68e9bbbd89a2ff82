// Command lower has names, and none of them is exported.
package main

import "example.com/shared/leaf"

var value = leaf.Inlinable()

func lower() int { return value }

func main() { println(lower()) }
