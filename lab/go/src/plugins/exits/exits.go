// Command exits passes every check and then ends the process from its initialisation.
package main

import "os"

var V int

func init() { os.Exit(3) }
