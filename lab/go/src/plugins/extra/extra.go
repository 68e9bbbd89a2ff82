// Command extra imports a package that the host lacks.
package main

import "example.com/shared/extra"

func F() int { return extra.Answer() }
