// Command alone imports nothing.
package main

var V int

func F() int { return 7 }
