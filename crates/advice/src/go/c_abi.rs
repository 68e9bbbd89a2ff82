//! What a c-shared library offers to C, and what its header says.

use sayso_facts::elf::{Image, stt};

/// What the linker puts before the Go side of an exported function (`cmd/cgo`: `_cgoexp_<hash>_<name>`).
const EXPORTED: &str = "_cgoexp_";

/// Names of the C functions behind `//export`, sorted: those that have a Go side. In a stripped file only the dynamic symbols are left, in
/// which cgo's own helpers are told by their names.
pub fn exports(image: &Image) -> Vec<String> {
    let functions = image
        .symbols()
        .filter(|(_, symbol)| !symbol.is_undefined() && symbol.kind() == stt::FUNC);
    let names: Vec<String> = functions
        .map(|(_, symbol)| String::from_utf8_lossy(image.string(symbol.name)).into_owned())
        .collect();
    let behind = |name: &str| Some(name.strip_prefix(EXPORTED)?.split_once('_')?.1.to_owned());
    let mut exported: Vec<String> = names.iter().filter_map(|name| behind(name)).collect();
    if exported.is_empty() {
        let is_own = |name: &&String| {
            !name.contains('.')
                && !name.starts_with('_')
                && !name.starts_with("x_cgo")
                && !name.starts_with("crosscall")
                && *name != "setg_gcc"
                && *name != "fatalf"
        };
        exported = names.iter().filter(is_own).cloned().collect();
    }
    exported.sort();
    exported.dedup();
    exported
}

/// Names that a header of `go build -buildmode=c-shared` declares: `extern TYPE NAME(…);`, sorted.
pub fn declared(header: &str) -> Vec<String> {
    let name = |line: &str| {
        let line = line.trim_start().strip_prefix("extern ")?;
        let plain = line.replace("__declspec(dllexport)", "");
        let before = plain.split_once('(')?.0.trim_end();
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(0, |at| at + 1);
        Some(before[start..].to_owned()).filter(|name| !name.is_empty() && !name.starts_with('_'))
    };
    let mut names: Vec<String> = header.lines().filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn headers_declare_functions() {
        let header = "#include <stddef.h>\nextern \"C\" {\n#endif\nextern size_t _GoStringLen(_GoString_ s);\nextern GoInt Add(GoInt a, GoInt b);\nextern __declspec(dllexport) char* Hello(char* who);\nextern int value;\n";
        assert_eq!(declared(header), ["Add", "Hello"]);
    }
}
