//! The template language: literals, `{field}`, `[optional group]`; `[[` and `]]` are the brackets themselves (`dyld[[{pid}]]: `).
//! `{{` is not needed: nobody prints braces around a name.

use std::collections::HashSet;

use crate::limits::MESSAGE_BYTES_MAX;

/// What fills a template's holes, in no particular order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, Vec<u8>)>);

impl Fields {
    /// No field.
    pub fn new() -> Fields {
        Fields::default()
    }
    /// With one field more (or instead of the one of that name).
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Fields {
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value.as_ref().to_vec()));
        self
    }
    /// A field's value.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_slice())
    }
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.0.iter().map(|(name, value)| (*name, value.as_slice()))
    }
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Literal(&'static str),
    Field(&'static str),
}

/// A template's element: one part, or several that stand or fall together.
#[derive(Debug, Clone)]
enum Element {
    One(Part),
    Group(Vec<Part>),
}

/// Takes a template apart. Groups do not nest.
fn elements(template: &'static str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut group: Option<Vec<Part>> = None;
    let mut rest = template;
    while !rest.is_empty() {
        let at = rest.find(['{', '[', ']']).unwrap_or(rest.len());
        let (part, after) = if at > 0 {
            (Some(Part::Literal(&rest[..at])), &rest[at..])
        } else if rest.starts_with("[[") || rest.starts_with("]]") {
            (Some(Part::Literal(&rest[..1])), &rest[2..])
        } else if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').expect("a template's field is closed");
            (Some(Part::Field(&inner[..end])), &inner[end + 1..])
        } else {
            match group.take() {
                Some(parts) => elements.push(Element::Group(parts)),
                None => group = Some(Vec::new()),
            }
            (None, &rest[1..])
        };
        rest = after;
        match (part, &mut group) {
            (None, _) => {}
            (Some(part), Some(group)) => group.push(part),
            (Some(part), None) => elements.push(Element::One(part)),
        }
    }
    elements
}

/// Fills the holes. A group with a missing field is left out; a missing field outside a group prints nothing.
pub(super) fn format(template: &'static str, fields: &Fields) -> Vec<u8> {
    let mut text = Vec::new();
    for element in elements(template) {
        let parts = match element {
            Element::One(part) => vec![part],
            Element::Group(parts) => parts,
        };
        let is_missing =
            |part: &Part| matches!(part, Part::Field(name) if fields.get(name).is_none());
        if parts.len() > 1 && parts.iter().any(is_missing) {
            continue;
        }
        for part in parts {
            match part {
                Part::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
                Part::Field(name) => text.extend_from_slice(fields.get(name).unwrap_or_default()),
            }
        }
    }
    text
}

/// Reads a whole text back. Fields are as short as what follows them allows; a group is tried present before it is tried absent.
///
/// The work is bounded: a template has at most two groups, so there are at most four sequences of parts, and in each no place of
/// the text is tried twice for the same part.
pub(super) fn parse(template: &'static str, text: &[u8]) -> Option<Fields> {
    if text.len() > MESSAGE_BYTES_MAX {
        return None;
    }
    let mut sequences: Vec<Vec<Part>> = vec![Vec::new()];
    for element in elements(template) {
        match element {
            Element::One(part) => {
                for parts in &mut sequences {
                    parts.push(part);
                }
            }
            Element::Group(group) => {
                let without = sequences.clone();
                for parts in &mut sequences {
                    parts.extend(&group);
                }
                sequences.extend(without);
            }
        }
    }
    sequences.iter().find_map(|parts| {
        let mut matcher = Matcher {
            parts,
            text,
            failed: HashSet::new(),
        };
        matcher.run(0, 0)
    })
}

/// One sequence of parts against one text.
struct Matcher<'t> {
    parts: &'t [Part],
    text: &'t [u8],
    /// (part, place) from where the rest does not match.
    failed: HashSet<(usize, usize)>,
}

impl Matcher<'_> {
    fn run(&mut self, part: usize, at: usize) -> Option<Fields> {
        if self.failed.contains(&(part, at)) {
            return None;
        }
        let found = self.step(part, at);
        if found.is_none() {
            self.failed.insert((part, at));
        }
        found
    }

    fn step(&mut self, part: usize, at: usize) -> Option<Fields> {
        let text = self.text;
        match self.parts.get(part) {
            None => (at == text.len()).then(Fields::new),
            Some(Part::Literal(literal)) => {
                text[at..].strip_prefix(literal.as_bytes())?;
                self.run(part + 1, at + literal.len())
            }
            Some(Part::Field(name)) => match self.parts.get(part + 1) {
                Some(Part::Literal(next)) => {
                    let next = next.as_bytes();
                    (at + 1..=text.len()).find_map(|end| {
                        text[end..].strip_prefix(next)?;
                        let fields = self.run(part + 1, end)?;
                        // A field that stands twice must be the same in both places.
                        let same = fields.get(name).is_none_or(|value| value == &text[at..end]);
                        same.then(|| fields.with(name, &text[at..end]))
                    })
                }
                _ => (at < text.len() && part + 1 == self.parts.len())
                    .then(|| Fields::new().with(name, &text[at..])),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{FRAMES, PARTS, TABLES};

    /// Values that could confuse a careless parser, without what no name in a text can hold.
    const VALUES: &[&str] = &[
        "libz.so.1",
        "/a b/c",
        "GLIBC_2.34",
        "_ZN1aC2Ev",
        "x: y",
        "é",
        "64",
        "a`b",
    ];

    fn holes(template: &'static str) -> Vec<&'static str> {
        let parts = elements(template)
            .into_iter()
            .flat_map(|element| match element {
                Element::One(part) => vec![part],
                Element::Group(parts) => parts,
            });
        parts
            .filter_map(|part| match part {
                Part::Field(name) => Some(name),
                Part::Literal(_) => None,
            })
            .collect()
    }

    #[test]
    fn every_message_reads_back_what_it_writes() {
        for message in [TABLES, FRAMES, PARTS].concat().into_iter().flatten() {
            let names = holes(message.template);
            for turn in 0..VALUES.len() {
                let mut fields = Fields::new();
                for (index, name) in names.iter().enumerate() {
                    fields = fields.with(name, VALUES[(turn + index * 3) % VALUES.len()]);
                }
                let text = message.format(&fields);
                let back = message.parse(&text).unwrap_or_else(|| {
                    panic!(
                        "{} does not read {:?}",
                        message.id,
                        String::from_utf8_lossy(&text)
                    )
                });
                assert_eq!(message.format(&back), text, "{}", message.id);
                let tame = names.iter().enumerate().all(|(index, _)| {
                    !["x: y", "/a b/c"].contains(&VALUES[(turn + index * 3) % VALUES.len()])
                });
                for name in names.iter().filter(|_| tame) {
                    assert_eq!(
                        back.get(name),
                        fields.get(name),
                        "{} field {name} of {:?}",
                        message.id,
                        String::from_utf8_lossy(&text)
                    );
                }
            }
        }
    }

    #[test]
    fn optional_groups_are_left_out_whole() {
        let template = "{object}: undefined symbol: {symbol}[, version {version}]";
        let bare = Fields::new().with("object", "./a").with("symbol", "f");
        assert_eq!(format(template, &bare), b"./a: undefined symbol: f");
        assert_eq!(
            parse(template, b"./a: undefined symbol: f")
                .as_ref()
                .and_then(|fields| fields.get("version")),
            None
        );
        let versioned = parse(template, b"./a: undefined symbol: f, version V_1")
            .expect("the text is the message");
        assert_eq!(versioned.get("version"), Some(b"V_1".as_slice()));
        assert_eq!(versioned.get("symbol"), Some(b"f".as_slice()));
    }

    #[test]
    fn doubled_brackets_are_brackets() {
        let template = "dyld[[{pid}]]: {text}";
        let fields = Fields::new().with("pid", "7").with("text", "x");
        assert_eq!(format(template, &fields), b"dyld[7]: x");
        assert_eq!(
            parse(template, b"dyld[7]: x"),
            Some(Fields::new().with("text", "x").with("pid", "7"))
        );
    }

    #[test]
    fn a_long_text_full_of_separators_is_refused_at_once() {
        let text = ": undefined symbol: x, version ".repeat(400);
        for message in TABLES.iter().copied().flatten() {
            message.parse(text.as_bytes());
        }
    }

    #[test]
    fn a_text_beyond_the_limit_is_no_message() {
        let template = "{object}: file too short";
        let text =
            |length: usize| ["x".repeat(length - 16).as_bytes(), b": file too short"].concat();
        assert!(parse(template, &text(MESSAGE_BYTES_MAX)).is_some());
        assert!(parse(template, &text(MESSAGE_BYTES_MAX + 1)).is_none());
    }

    #[test]
    fn other_texts_are_not_this_message() {
        assert_eq!(
            parse("{object}: file too short", b"liba.so: file too shorter"),
            None
        );
        assert_eq!(parse("{object}: file too short", b": file too short"), None);
    }
}
