// Command empty exports nothing.
package main

func main() {}
