//! The template language: literals, `{field}`, `[optional group]`; `[[` and `]]` are the brackets themselves (`dyld[[{pid}]]: `).
//! `{{` is not needed: nobody prints braces around a name. `{line:d}` is a field of decimal digits only, `{mode:x}` of hexadecimal ones.

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

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Words that stand as they are. Two may follow each other.
    Literal(&'static str),
    /// A hole, by its name.
    Field(&'static str),
}

/// A part, and what may stand in it if it is a hole.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Literal(&'static str),
    Field(&'static str, Kind),
}

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Decimal,
    Hexadecimal,
}

impl Kind {
    fn allows(self, value: &[u8]) -> bool {
        match self {
            Kind::Any => true,
            Kind::Decimal => value.iter().all(u8::is_ascii_digit),
            Kind::Hexadecimal => value.iter().all(u8::is_ascii_hexdigit),
        }
    }
}

/// `name`, `name:d` or `name:x`.
fn field(hole: &'static str) -> Piece {
    match hole.split_once(':') {
        Some((name, "d")) => Piece::Field(name, Kind::Decimal),
        Some((name, _)) => Piece::Field(name, Kind::Hexadecimal),
        None => Piece::Field(hole, Kind::Any),
    }
}

/// A template's element: one part, or several that stand or fall together.
#[derive(Debug, Clone)]
enum Element {
    One(Piece),
    Group(Vec<Piece>),
}

/// Takes a template apart. Groups do not nest.
fn elements(template: &'static str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut group: Option<Vec<Piece>> = None;
    let mut rest = template;
    while !rest.is_empty() {
        let at = rest.find(['{', '[', ']']).unwrap_or(rest.len());
        let (part, after) = if at > 0 {
            (Some(Piece::Literal(&rest[..at])), &rest[at..])
        } else if rest.starts_with("[[") || rest.starts_with("]]") {
            (Some(Piece::Literal(&rest[..1])), &rest[2..])
        } else if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').expect("a template's field is closed");
            (Some(field(&inner[..end])), &inner[end + 1..])
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
            |part: &Piece| matches!(part, Piece::Field(name, _) if fields.get(name).is_none());
        if parts.len() > 1 && parts.iter().any(is_missing) {
            continue;
        }
        for part in parts {
            match part {
                Piece::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
                Piece::Field(name, _) => {
                    text.extend_from_slice(fields.get(name).unwrap_or_default());
                }
            }
        }
    }
    text
}

/// The sequences of parts that a template stands for: every optional group is there before it is left out.
pub fn shapes(template: &'static str) -> Vec<Vec<Part>> {
    let public = |piece| match piece {
        Piece::Literal(literal) => Part::Literal(literal),
        Piece::Field(name, _) => Part::Field(name),
    };
    let strip = |pieces: Vec<Piece>| pieces.into_iter().map(public).collect();
    sequences(template).into_iter().map(strip).collect()
}

/// The same with what each hole may hold.
fn sequences(template: &'static str) -> Vec<Vec<Piece>> {
    let mut sequences: Vec<Vec<Piece>> = vec![Vec::new()];
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
    sequences
}

/// Reads a whole text back. Fields are as short as what follows them allows; a group is tried present before it is tried absent.
///
/// The work is bounded: a template has at most two groups, so there are at most four sequences of parts, and in each no place of
/// the text is tried twice for the same part.
pub(super) fn parse(template: &'static str, text: &[u8]) -> Option<Fields> {
    if text.len() > MESSAGE_BYTES_MAX {
        return None;
    }
    sequences(template).iter().find_map(|parts| {
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
    parts: &'t [Piece],
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
            Some(Piece::Literal(literal)) => {
                text[at..].strip_prefix(literal.as_bytes())?;
                self.run(part + 1, at + literal.len())
            }
            Some(Piece::Field(name, kind)) => match self.parts.get(part + 1) {
                Some(Piece::Literal(next)) => {
                    let next = next.as_bytes();
                    (at + 1..=text.len()).find_map(|end| {
                        text[end..].strip_prefix(next)?;
                        if !kind.allows(&text[at..end]) {
                            return None;
                        }
                        let fields = self.run(part + 1, end)?;
                        // A field that stands twice must be the same in both places.
                        let same = fields.get(name).is_none_or(|value| value == &text[at..end]);
                        same.then(|| fields.with(name, &text[at..end]))
                    })
                }
                _ => (at < text.len() && part + 1 == self.parts.len() && kind.allows(&text[at..]))
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

    /// The value that hole number `index` gets in turn number `turn`: one that it may hold.
    fn value(kind: Kind, turn: usize, index: usize) -> &'static str {
        match kind {
            Kind::Any => VALUES[(turn + index * 3) % VALUES.len()],
            Kind::Decimal => ["7", "42", "3000000000"][(turn + index) % 3],
            Kind::Hexadecimal => ["7e", "C000007B", "0001"][(turn + index) % 3],
        }
    }

    fn holes(template: &'static str) -> Vec<(&'static str, Kind)> {
        let parts = elements(template)
            .into_iter()
            .flat_map(|element| match element {
                Element::One(part) => vec![part],
                Element::Group(parts) => parts,
            });
        parts
            .filter_map(|part| match part {
                Piece::Field(name, kind) => Some((name, kind)),
                Piece::Literal(_) => None,
            })
            .collect()
    }

    #[test]
    fn every_message_reads_back_what_it_writes() {
        for message in [TABLES, FRAMES, PARTS].concat().into_iter().flatten() {
            let names = holes(message.template);
            for turn in 0..VALUES.len() {
                let mut fields = Fields::new();
                for (index, (name, kind)) in names.iter().enumerate() {
                    fields = fields.with(name, value(*kind, turn, index));
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
                let tame = names.iter().enumerate().all(|(index, (_, kind))| {
                    !["x: y", "/a b/c"].contains(&value(*kind, turn, index))
                });
                for (name, _) in names.iter().filter(|_| tame) {
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
    fn a_field_of_digits_takes_nothing_else() {
        let template = "{script}: line {line:d}: {text}";
        let fields = parse(template, b"./a: line x: line 7: y").expect("a line number is there");
        assert_eq!(fields.get("script"), Some(b"./a: line x".as_slice()));
        assert_eq!(parse(template, b"./a: line x: y"), None);
        assert_eq!(
            parse("0x{code:x}", b"0x8007007e").and_then(|found| found.get("code").map(<[u8]>::len)),
            Some(8)
        );
        assert_eq!(parse("0x{code:x}", b"0x8007g07e"), None);
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
