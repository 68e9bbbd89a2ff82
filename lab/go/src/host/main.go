// Command host carries out its arguments, one step each, and tells what came of each:
//
//	open PATH            plugin.Open
//	lookup N NAME        Lookup in the plugin that step N opened
//	lookup N NAME:TYPE   … and assert that the symbol has the type
//	must N NAME:TYPE     … without recovering when the assertion fails
//	call N NAME          … and call it
package main

import (
	"fmt"
	"os"
	"plugin"
	"strconv"
	"strings"

	"example.com/shared/leaf"
	"example.com/shared/mid"
	"example.com/shared/side"
)

// Each type is written as reflection writes it.
var asserted = map[string]func(plugin.Symbol){
	"int":                   func(s plugin.Symbol) { _ = s.(int) },
	"*int":                  func(s plugin.Symbol) { _ = s.(*int) },
	"*string":               func(s plugin.Symbol) { _ = s.(*string) },
	"func()":                func(s plugin.Symbol) { _ = s.(func()) },
	"func() int":            func(s plugin.Symbol) { _ = s.(func() int) },
	"*func() int":           func(s plugin.Symbol) { _ = s.(*func() int) },
	"func() string":         func(s plugin.Symbol) { _ = s.(func() string) },
	"func(int, int) int":    func(s plugin.Symbol) { _ = s.(func(int, int) int) },
	"func(string) error":    func(s plugin.Symbol) { _ = s.(func(string) error) },
	"func(leaf.State) int":  func(s plugin.Symbol) { _ = s.(func(leaf.State) int) },
	"func(*leaf.State) int": func(s plugin.Symbol) { _ = s.(func(*leaf.State) int) },
	"leaf.State":            func(s plugin.Symbol) { _ = s.(leaf.State) },
	"*leaf.State":           func(s plugin.Symbol) { _ = s.(*leaf.State) },
	"**leaf.State":          func(s plugin.Symbol) { _ = s.(**leaf.State) },
	"*mid.Wrapper":          func(s plugin.Symbol) { _ = s.(*mid.Wrapper) },
	"*map[string]int":       func(s plugin.Symbol) { _ = s.(*map[string]int) },
	"*[]leaf.State":         func(s plugin.Symbol) { _ = s.(*[]leaf.State) },
	"*chan<- int":           func(s plugin.Symbol) { _ = s.(*chan<- int) },
	"*error":                func(s plugin.Symbol) { _ = s.(*error) },
	"*interface {}":         func(s plugin.Symbol) { _ = s.(*interface{}) },
	"*leaf.Shape":           func(s plugin.Symbol) { _ = s.(*leaf.Shape) },
	"leaf.Shape":            func(s plugin.Symbol) { _ = s.(leaf.Shape) },
	"error":                 func(s plugin.Symbol) { _ = s.(error) },
}

func assert(symbol plugin.Symbol, name string) (err error) {
	with, known := asserted[name]
	if !known {
		fmt.Fprintln(os.Stderr, "host: no such assertion:", name)
		os.Exit(64)
	}
	defer func() {
		if r := recover(); r != nil {
			err = r.(error)
		}
	}()
	with(symbol)
	return nil
}

func call(symbol plugin.Symbol) (string, error) {
	switch f := symbol.(type) {
	case func() int:
		return strconv.Itoa(f()), nil
	case func() string:
		return f(), nil
	}
	return "", fmt.Errorf("host: cannot call a %T", symbol)
}

func find(plugins map[int]*plugin.Plugin, number, name string) (plugin.Symbol, error) {
	at, _ := strconv.Atoi(number)
	p := plugins[at]
	if p == nil {
		return nil, fmt.Errorf("host: step %s opened nothing", number)
	}
	return p.Lookup(name)
}

func step(plugins map[int]*plugin.Plugin, number int, words []string) (string, error) {
	switch words[0] {
	case "open":
		p, err := plugin.Open(words[1])
		if err == nil {
			plugins[number] = p
		}
		return "", err
	case "lookup":
		name, kind, typed := strings.Cut(words[2], ":")
		symbol, err := find(plugins, words[1], name)
		if err == nil && typed {
			err = assert(symbol, kind)
		}
		return fmt.Sprintf("%T", symbol), err
	case "must":
		name, kind, _ := strings.Cut(words[2], ":")
		symbol, err := find(plugins, words[1], name)
		if err == nil {
			asserted[kind](symbol)
		}
		return fmt.Sprintf("%T", symbol), err
	case "call":
		symbol, err := find(plugins, words[1], words[2])
		if err != nil {
			return "", err
		}
		return call(symbol)
	}
	return "", fmt.Errorf("host: no such step")
}

func main() {
	leaf.Counter = mid.F() + leaf.Solid() + len(side.Label())
	plugins := map[int]*plugin.Plugin{}
	for i, argument := range os.Args[1:] {
		words := strings.SplitN(argument, " ", 2)
		if words[0] != "open" {
			words = strings.SplitN(argument, " ", 3)
		}
		told, err := step(plugins, i+1, words)
		if err != nil {
			fmt.Printf("%d error %s\n", i+1, strconv.Quote(err.Error()))
		} else {
			fmt.Printf("%d ok %s\n", i+1, told)
		}
	}
}
