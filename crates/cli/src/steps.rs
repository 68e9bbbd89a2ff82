//! The step language of `--then`: one step a text, words apart by blanks, quotes as in a shell.
//!
//! ```text
//! dlopen PATH [FLAGS] [from OBJECT]     FLAGS: now|lazy,global,noload,nodelete,deepbind (now if none is given)
//! dlmopen PATH [FLAGS] [from OBJECT]
//! dlsym N|default|next NAME[@VERSION]   N: the number of the step that gave the handle
//! dlclose N
//! setenv NAME VALUE
//! plugin.Open PATH                      Go's, called by the program
//! Lookup N NAME[:TYPE]                  Go's; TYPE is what the program asserts, as %T prints it
//! ```

use std::fmt;

use sayso_loader::request::Handle;
use sayso_loader::{DlopenFlags, Step};

/// What is wrong with a step's text, and what to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepError {
    Empty,
    Quote,
    Verb(String),
    Missing {
        verb: &'static str,
        what: &'static str,
    },
    Extra {
        verb: &'static str,
        word: String,
    },
    Flag(String),
    Local,
    Handle(String),
}

const VERBS: &str = "dlopen, dlmopen, dlsym, dlclose, setenv, plugin.Open or Lookup";

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StepError::Empty => write!(f, "the step is empty: it begins with {VERBS}"),
            StepError::Quote => write!(f, "a quote is not closed"),
            StepError::Verb(verb) => write!(f, "no step is called {verb}: it begins with {VERBS}"),
            StepError::Missing { verb, what } => write!(f, "{verb} lacks {what}: {}", usage(verb)),
            StepError::Extra { verb, word } => write!(f, "{word} is too much: {}", usage(verb)),
            StepError::Flag(flag) => write!(
                f,
                "no flag is called {flag}: now, lazy, global, local, noload, nodelete, deepbind or none, with commas between"
            ),
            StepError::Local => write!(f, "local and global exclude each other"),
            StepError::Handle(handle) => write!(
                f,
                "{handle} is no handle: the number of a step (from 1), default or next"
            ),
        }
    }
}

fn usage(verb: &str) -> &'static str {
    match verb {
        "dlopen" => "dlopen PATH [FLAGS] [from OBJECT]",
        "dlmopen" => "dlmopen PATH [FLAGS] [from OBJECT]",
        "dlsym" => "dlsym STEP|default|next NAME[@VERSION]",
        "dlclose" => "dlclose STEP",
        "plugin.Open" => "plugin.Open PATH",
        "Lookup" => "Lookup STEP NAME[:TYPE]",
        _ => "setenv NAME VALUE",
    }
}

/// Reads one step.
pub(crate) fn parse(text: &[u8]) -> Result<Step, StepError> {
    let mut words = words(text)?.into_iter();
    let verb = words.next().ok_or(StepError::Empty)?;
    match verb.as_slice() {
        b"dlopen" => {
            let (name, flags, from) = opening("dlopen", words)?;
            Ok(Step::Dlopen { name, flags, from })
        }
        b"dlmopen" => {
            let (name, flags, from) = opening("dlmopen", words)?;
            Ok(Step::Dlmopen { name, flags, from })
        }
        b"dlsym" => {
            let handle = handle(&needed(&mut words, "dlsym", "a handle")?)?;
            let symbol = needed(&mut words, "dlsym", "a symbol")?;
            finished("dlsym", words)?;
            // A version stands behind the last "@"; "@@" is how symbols are often shown.
            let (name, version) = match symbol.iter().position(|&b| b == b'@') {
                Some(at) if at > 0 => {
                    let version = symbol[at..].trim_prefix_at();
                    (
                        symbol[..at].to_vec(),
                        (!version.is_empty()).then(|| version.to_vec()),
                    )
                }
                _ => (symbol, None),
            };
            Ok(Step::Dlsym {
                handle,
                name,
                version,
            })
        }
        b"dlclose" => {
            let word = needed(&mut words, "dlclose", "the step that gave the handle")?;
            finished("dlclose", words)?;
            match handle(&word)? {
                Handle::Step(handle) => Ok(Step::Dlclose { handle }),
                _ => Err(StepError::Handle(lossy(&word))),
            }
        }
        b"setenv" => {
            let key = needed(&mut words, "setenv", "a name")?;
            let value = needed(&mut words, "setenv", "a value (\"\" for an empty one)")?;
            finished("setenv", words)?;
            Ok(Step::Setenv { key, value })
        }
        b"plugin.Open" => {
            let path = needed(&mut words, "plugin.Open", "a path")?;
            finished("plugin.Open", words)?;
            Ok(Step::PluginOpen { path })
        }
        b"Lookup" => {
            let word = needed(&mut words, "Lookup", "the step that opened the plugin")?;
            let Handle::Step(plugin) = handle(&word)? else {
                return Err(StepError::Handle(lossy(&word)));
            };
            let symbol = needed(&mut words, "Lookup", "a name")?;
            finished("Lookup", words)?;
            // No Go name holds a colon; types may (struct tags).
            let colon = symbol.iter().position(|&b| b == b':');
            let (name, go_type) = match colon {
                Some(at) => (symbol[..at].to_vec(), Some(symbol[at + 1..].to_vec())),
                None => (symbol, None),
            };
            let go_type = go_type.filter(|go_type| !go_type.is_empty());
            Ok(Step::Lookup {
                plugin,
                name,
                go_type,
            })
        }
        other => Err(StepError::Verb(lossy(other))),
    }
}

trait TrimAt {
    fn trim_prefix_at(&self) -> &[u8];
}
impl TrimAt for [u8] {
    /// Without the "@"s at the beginning.
    fn trim_prefix_at(&self) -> &[u8] {
        let at = self.iter().position(|&b| b != b'@').unwrap_or(self.len());
        &self[at..]
    }
}

type Words = std::vec::IntoIter<Vec<u8>>;
/// Name, flags, and who calls.
type Opening = (Vec<u8>, DlopenFlags, Option<Vec<u8>>);

fn opening(verb: &'static str, mut words: Words) -> Result<Opening, StepError> {
    let name = needed(&mut words, verb, "a path (\"\" for the program itself)")?;
    let mut flags = DlopenFlags {
        now: true,
        ..DlopenFlags::default()
    };
    let mut from = None;
    let mut word = words.next();
    if let Some(list) = word.take_if(|word| word.as_slice() != b"from") {
        flags = self::flags(&list)?;
        word = words.next();
    }
    match word {
        Some(word) if word == b"from" => {
            from = Some(needed(&mut words, verb, "the object behind from")?);
        }
        Some(word) => {
            return Err(StepError::Extra {
                verb,
                word: lossy(&word),
            });
        }
        None => {}
    }
    finished(verb, words)?;
    Ok((name, flags, from))
}

fn flags(list: &[u8]) -> Result<DlopenFlags, StepError> {
    let mut flags = DlopenFlags::default();
    let (mut local, mut none) = (false, false);
    for flag in list.split(|&b| b == b',' || b == b'|') {
        let flag = lossy(flag).to_ascii_lowercase();
        match flag.strip_prefix("rtld_").unwrap_or(&flag) {
            "now" => flags.now = true,
            "lazy" => flags.lazy = true,
            "global" => flags.global = true,
            "local" => local = true,
            "noload" => flags.noload = true,
            "nodelete" => flags.nodelete = true,
            "deepbind" => flags.deepbind = true,
            "none" => none = true,
            _ => return Err(StepError::Flag(flag)),
        }
    }
    if local && flags.global {
        return Err(StepError::Local);
    }
    // Whoever says nothing about binding means the usual; "none" is there to ask what happens without either.
    if !flags.lazy && !none {
        flags.now = true;
    }
    Ok(flags)
}

fn handle(word: &[u8]) -> Result<Handle, StepError> {
    match word {
        b"default" => Ok(Handle::Default),
        b"next" => Ok(Handle::Next),
        _ => std::str::from_utf8(word)
            .ok()
            .and_then(|text| text.parse().ok())
            .filter(|&step| step > 0)
            .map(Handle::Step)
            .ok_or_else(|| StepError::Handle(lossy(word))),
    }
}

fn needed(words: &mut Words, verb: &'static str, what: &'static str) -> Result<Vec<u8>, StepError> {
    words.next().ok_or(StepError::Missing { verb, what })
}

fn finished(verb: &'static str, mut words: Words) -> Result<(), StepError> {
    match words.next() {
        None => Ok(()),
        Some(word) => Err(StepError::Extra {
            verb,
            word: lossy(&word),
        }),
    }
}

fn lossy(bytes: &[u8]) -> String {
    sayso_advice::show(bytes)
}

/// Blanks part words; `'…'` and `"…"` hold them together; a backslash takes the next byte as it is.
fn words(text: &[u8]) -> Result<Vec<Vec<u8>>, StepError> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (None | Some(b'"'), b'\\') => word.get_or_insert_default().extend(bytes.next()),
            (None, b' ' | b'\t' | b'\n') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    if quote.is_some() {
        return Err(StepError::Quote);
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DlopenFlags {
        DlopenFlags {
            now: true,
            ..DlopenFlags::default()
        }
    }

    fn check(text: &str, want: Step) {
        assert_eq!(parse(text.as_bytes()), Ok(want), "{text}");
    }

    #[test]
    fn steps_are_read() {
        let dlopen = |name: &str, flags, from: Option<&str>| Step::Dlopen {
            name: name.into(),
            flags,
            from: from.map(Into::into),
        };
        check("dlopen libx.so", dlopen("libx.so", now(), None));
        check(
            "dlopen libx.so global",
            dlopen(
                "libx.so",
                DlopenFlags {
                    global: true,
                    ..now()
                },
                None,
            ),
        );
        check(
            "dlopen 'a b.so' lazy,nodelete from liby.so",
            dlopen(
                "a b.so",
                DlopenFlags {
                    lazy: true,
                    nodelete: true,
                    ..DlopenFlags::default()
                },
                Some("liby.so"),
            ),
        );
        check("dlopen x RTLD_NOW|RTLD_LOCAL", dlopen("x", now(), None));
        check("dlopen x none", dlopen("x", DlopenFlags::default(), None));
        check("dlopen \"\" from x", dlopen("", now(), Some("x")));
        check(
            "dlsym 1 init",
            Step::Dlsym {
                handle: Handle::Step(1),
                name: b"init".to_vec(),
                version: None,
            },
        );
        check(
            "dlsym default f@@V1",
            Step::Dlsym {
                handle: Handle::Default,
                name: b"f".to_vec(),
                version: Some(b"V1".to_vec()),
            },
        );
        check("dlclose 2", Step::Dlclose { handle: 2 });
        check(
            "setenv A ''",
            Step::Setenv {
                key: b"A".to_vec(),
                value: Vec::new(),
            },
        );
    }

    #[test]
    fn steps_of_go_hosts_are_read() {
        check(
            "plugin.Open ./p.so",
            Step::PluginOpen {
                path: b"./p.so".to_vec(),
            },
        );
        check(
            "Lookup 1 'Hello:func(string) (string, error)'",
            Step::Lookup {
                plugin: 1,
                name: b"Hello".to_vec(),
                go_type: Some(b"func(string) (string, error)".to_vec()),
            },
        );
        check(
            "Lookup 2 V",
            Step::Lookup {
                plugin: 2,
                name: b"V".to_vec(),
                go_type: None,
            },
        );
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in [
            "dlopen libx.so now,global from liba.so",
            "dlmopen x lazy",
            "dlsym next f@V",
            "dlclose 1",
            "setenv A B",
            "plugin.Open a/p.so",
            "Lookup 1 Hello",
            "Lookup 1 'Hello:func(string) (string, error)'",
        ] {
            let step = parse(text.as_bytes()).expect(text);
            assert_eq!(sayso_report::words::step(&step), text);
        }
    }

    #[test]
    fn errors_say_what_to_type() {
        let check = |text: &str, want: &str| {
            let error = parse(text.as_bytes()).expect_err(text);
            assert_eq!(error.to_string(), want, "{text}");
        };
        check(
            "",
            "the step is empty: it begins with dlopen, dlmopen, dlsym, dlclose, setenv, plugin.Open or Lookup",
        );
        check(
            "open x",
            "no step is called open: it begins with dlopen, dlmopen, dlsym, dlclose, setenv, plugin.Open or Lookup",
        );
        check(
            "dlopen",
            "dlopen lacks a path (\"\" for the program itself): dlopen PATH [FLAGS] [from OBJECT]",
        );
        check(
            "dlopen x fast",
            "no flag is called fast: now, lazy, global, local, noload, nodelete, deepbind or none, with commas between",
        );
        check(
            "dlopen x global,local",
            "local and global exclude each other",
        );
        check(
            "dlopen x now y",
            "y is too much: dlopen PATH [FLAGS] [from OBJECT]",
        );
        check(
            "dlsym 0 f",
            "0 is no handle: the number of a step (from 1), default or next",
        );
        check(
            "dlclose default",
            "default is no handle: the number of a step (from 1), default or next",
        );
        check(
            "setenv A",
            "setenv lacks a value (\"\" for an empty one): setenv NAME VALUE",
        );
        check("dlopen 'x", "a quote is not closed");
        check(
            "Lookup next V",
            "next is no handle: the number of a step (from 1), default or next",
        );
    }
}
