//! What stands around a loader's sentence when a shell, an interpreter or a runtime passes it on.

/// One way of passing a loader's sentence on.
#[derive(Debug)]
pub struct Wrapper {
    /// Kebab-case, with its runtime first: `python-import`, `node-dlopen`, `shell-line`.
    pub name: &'static str,
    /// Its words, in the language of message templates; `{inner}` is the loader's sentence, or absent where the wrapper hides it.
    pub template: &'static str,
    /// Where the wrapper hides the loader's own words: how to get them.
    pub reveal: Option<&'static str>,
    /// Where it was read, or the command that printed it.
    pub source: &'static str,
}
