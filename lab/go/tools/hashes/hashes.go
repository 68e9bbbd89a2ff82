// Command hashes prints the package hashes of Go binaries, as their dynamic symbols have them: a second opinion, written with
// Go's own ELF reader.
package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
)

func hashes(path string) ([]string, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if errors.Is(err, elf.ErrNoSymbols) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, symbol := range symbols {
		name := strings.TrimPrefix(strings.Replace(symbol.Name, "go.link.", "go:link.", 1), "go:link.pkghashbytes.")
		if name == symbol.Name || strings.HasPrefix(name, "go:link.") || symbol.Section == elf.SHN_UNDEF {
			continue
		}
		section := file.Sections[symbol.Section]
		data := make([]byte, symbol.Size)
		if _, err := section.ReadAt(data, int64(symbol.Value-section.Addr)); err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%s %x", name, data))
	}
	sort.Strings(lines)
	return lines, nil
}

func main() {
	for _, path := range os.Args[1:] {
		lines, err := hashes(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, "hashes:", err)
			os.Exit(1)
		}
		fmt.Println(strings.Join(lines, "\n"))
	}
}
