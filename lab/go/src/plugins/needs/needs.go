// Command needs calls a function of a C library that is its own dependency.
package main

// #cgo LDFLAGS: -Wl,--unresolved-symbols=ignore-all
// extern int answer(void);
import "C"

func F() int { return int(C.answer()) }
