// Command undefined calls a C function that nobody defines, unless somebody does.
package main

// #cgo LDFLAGS: -Wl,--unresolved-symbols=ignore-all
// extern int answer(void);
import "C"

func F() int { return int(C.answer()) }
