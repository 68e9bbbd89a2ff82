//! Symbol names as their authors wrote them.

use sayso_advice::show;

/// The readable form of a mangled C++ or Rust name; `None` for a plain name.
pub fn demangled(symbol: &[u8]) -> Option<String> {
    // Names may be of any length; a demangler's work is not, so long ones stay as they are.
    const LENGTH_MAX: usize = 4096;
    let text = std::str::from_utf8(symbol)
        .ok()
        .filter(|text| text.len() <= LENGTH_MAX)?;
    if let Ok(rust) = rustc_demangle::try_demangle(text) {
        return Some(show(format!("{rust:#}")));
    }
    if !text.starts_with("_Z") {
        return None;
    }
    let name = cpp_demangle::Symbol::new(text).ok()?;
    name.demangle().ok().map(show)
}

/// The name, with its readable form in brackets where it has one.
pub fn readable(symbol: &[u8]) -> String {
    match demangled(symbol) {
        Some(readable) => format!("{} ({readable})", show(symbol)),
        None => show(symbol),
    }
}

#[cfg(test)]
mod tests {
    use super::demangled;

    #[test]
    fn cpp_and_rust_names_are_read_and_plain_ones_left() {
        assert_eq!(demangled(b"_ZN3foo3barEv").as_deref(), Some("foo::bar()"));
        assert_eq!(
            demangled(b"_ZN4core3fmt9Formatter3new17h0123456789abcdefE").as_deref(),
            Some("core::fmt::Formatter::new")
        );
        assert_eq!(demangled(b"inflate"), None);
        assert_eq!(demangled(b"_Z"), None);
    }
}
