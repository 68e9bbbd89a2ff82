//! The same messages in other languages: what glibc's `dlerror`, shells, Windows and wine say where the system does not speak English.
//!
//! glibc's start never does (ld.so reads no catalogue): only `dlerror`'s sentence and the `strerror` behind it are translated, and texts that
//! are put together from parts ("undefined symbol: …") are not. A [`Translation`] has the same fields as the message it stands for, so that
//! everything behind the reading works on the English row; a [`Reason`] is an errno's text, which stands in a `{reason}`.
//! French words hold no-break spaces, which people lose when they copy: compare with plain ones.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{FRAMES, Fields, Message, PARTS, TABLES, template};

/// A message in another language.
#[derive(Debug)]
pub struct Translation {
    /// ISO 639, with a territory where it matters: `de`, `pt_BR`, `zh_CN`, `zh_TW`.
    pub language: &'static str,
    /// The words, with the holes of `of` (a frame's `{message}` too).
    pub template: &'static str,
    /// The message that it is.
    pub of: &'static Message,
    /// The catalogue or the kind of report that it was read in.
    pub source: &'static str,
}

/// An errno's text in another language.
#[derive(Debug)]
pub struct Reason {
    /// As of a [`Translation`].
    pub language: &'static str,
    /// The words.
    pub text: &'static str,
    /// glibc's English words.
    pub english: &'static str,
    /// The catalogue that it was read in.
    pub source: &'static str,
}

impl Translation {
    /// Fills the holes.
    pub fn format(&self, fields: &Fields) -> Vec<u8> {
        template::format(self.template, fields)
    }
    /// Reads a whole text back; `None` if it is not this one.
    pub fn parse(&self, text: &[u8]) -> Option<Fields> {
        template::parse(self.template, text)
    }
}

/// Both tables, and where each reason's text leads.
struct Tables {
    translations: Vec<Translation>,
    reasons: Vec<Reason>,
    by_text: HashMap<&'static str, usize>,
}

static TEXT: &str = include_str!("localised.tsv");

fn tables() -> &'static Tables {
    static TABLES_READ: OnceLock<Tables> = OnceLock::new();
    TABLES_READ.get_or_init(|| {
        let ids: HashMap<&str, &'static Message> = [TABLES, FRAMES, PARTS]
            .into_iter()
            .flatten()
            .copied()
            .flatten()
            .map(|message| (message.id, *message))
            .collect();
        let mut read = Tables {
            translations: Vec::new(),
            reasons: Vec::new(),
            by_text: HashMap::new(),
        };
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(language), Some(of), Some(text), Some(source)) = (
                columns.next(),
                columns.next(),
                columns.next(),
                columns.next(),
            ) else {
                continue;
            };
            if let Some(english) = of.strip_prefix("strerror:") {
                read.by_text.entry(text).or_insert(read.reasons.len());
                read.reasons.push(Reason {
                    language,
                    text,
                    english,
                    source,
                });
            } else if let Some(of) = ids.get(of) {
                read.translations.push(Translation {
                    language,
                    template: text,
                    of,
                    source,
                });
            }
        }
        read
    })
}

/// Every translated message.
pub fn translations() -> &'static [Translation] {
    &tables().translations
}

/// Every translated errno text.
pub fn reasons() -> &'static [Reason] {
    &tables().reasons
}

/// What a text of `strerror` says in English. Some languages share a text; the first one is given.
pub fn reason(text: &str) -> Option<&'static Reason> {
    let tables = tables();
    tables.by_text.get(text).map(|&at| &tables.reasons[at])
}

/// Reads a whole sentence in any of the languages; the language is that of its reason where one stands in it, because that decides between
/// languages that share a sentence.
pub fn read(text: &[u8]) -> Option<(&'static Translation, Fields)> {
    let mut found: Option<(&'static Translation, Fields)> = None;
    for translation in translations() {
        let Some(fields) = translation.parse(text) else {
            continue;
        };
        let language = fields
            .get("reason")
            .and_then(|reason_text| std::str::from_utf8(reason_text).ok())
            .and_then(reason)
            .map(|known| known.language);
        if language == Some(translation.language) {
            return Some((translation, fields));
        }
        found.get_or_insert((translation, fields));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(
            translations().len() + reasons().len(),
            lines,
            "a line names no message, or lacks a column"
        );
    }

    #[test]
    fn a_translation_has_the_holes_of_its_message() {
        for translation in translations() {
            let holes = |template| {
                let mut names: Vec<_> = super::super::shapes(template)
                    .concat()
                    .into_iter()
                    .filter_map(|part| match part {
                        super::super::Part::Field(name) => Some(name),
                        super::super::Part::Literal(_) => None,
                    })
                    .collect();
                names.sort_unstable();
                names.dedup();
                names
            };
            let known = holes(translation.of.template);
            for hole in holes(translation.template) {
                assert!(
                    known.contains(&hole),
                    "{}: {hole} of {}",
                    translation.template,
                    translation.of.id
                );
            }
        }
    }

    #[test]
    fn every_translation_reads_back_what_it_writes() {
        for translation in translations() {
            for [path, interpreter, digits, word] in [
                ["libz.so.1", "/no/such", "32", "GLIBC_2.34"],
                ["C:\\a b\\é.dll", "/bin/bash\r", "64", "?f@@YAXXZ"],
            ] {
                let fields = Fields::new()
                    .with("object", path)
                    .with("path", path)
                    .with("script", "bash")
                    .with("tool", "timeout")
                    .with("interpreter", interpreter)
                    .with("bits", digits)
                    .with("line", digits)
                    .with("ordinal", digits)
                    .with("status", "c000007b")
                    .with("symbol", word)
                    .with("token", word)
                    .with("reason", "Datei nicht gefunden")
                    .with("error", "Das angegebene Modul wurde nicht gefunden.")
                    .with("message", "x");
                let text = translation.format(&fields);
                let back = translation.parse(&text).unwrap_or_else(|| {
                    panic!(
                        "{} does not read {}",
                        translation.template,
                        String::from_utf8_lossy(&text)
                    )
                });
                for (name, value) in back.iter() {
                    assert_eq!(
                        fields.get(name),
                        Some(value),
                        "{name} of {}",
                        String::from_utf8_lossy(&text)
                    );
                }
            }
        }
    }

    #[test]
    fn real_texts() {
        let is = |text: &str, id: &str, language: &str| {
            let (found, _) = read(text.as_bytes()).unwrap_or_else(|| panic!("{text} is not read"));
            assert_eq!((found.of.id, found.language), (id, language), "{text}");
        };
        is(
            "libnosuch.so: Kann die Shared-Object-Datei nicht öffnen: Datei oder Verzeichnis nicht gefunden",
            "glibc/cannot-open",
            "de",
        );
        is(
            "libnosuch.so: 无法打开共享对象文件: 没有那个文件或目录",
            "glibc/cannot-open",
            "zh_CN",
        );
        is("./bad.so: ELF 헤더가 잘못됨", "glibc/invalid-header", "ko");
        is(
            "/a/x\u{a0}: /no/python\u{a0}: mauvais interpréteur: Permission non accordée",
            "shell/bad-interpreter",
            "fr",
        );
        is(
            "%1 不是有效的 Win32 应用程序。",
            "windows/bad-exe-format",
            "zh_CN",
        );
        is(
            "指定されたモジュールが見つかりません",
            "windows/mod-not-found",
            "ja",
        );
        is(
            "由于找不到 VCRUNTIME140.dll，无法继续执行代码。重新安装程序可能会解决此问题。",
            "windows/dialogue-dll-not-found",
            "zh_CN",
        );
        assert_eq!(
            reason("Нет такого файла или каталога").map(|found| found.english),
            Some("No such file or directory")
        );
        assert!(read(b"Der Zug hat keine Versp\xc3\xa4tung.").is_none());
    }
}
