// Command extra2 imports the same package as extra.
package main

import "example.com/shared/extra"

func F() int { return extra.Answer() + 1 }
