//! The template language: literals, `{field}`, `[optional group]`. `{{`-style escapes are not needed: no loader prints these brackets around a name.

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

/// A template's parts, each with the number of the optional group it stands in (0: none).
fn parts(template: &'static str) -> Vec<(Part, u32)> {
    let mut parts = Vec::new();
    let (mut rest, mut group, mut groups) = (template, 0, 0);
    while !rest.is_empty() {
        let at = rest.find(['{', '[', ']']).unwrap_or(rest.len());
        if at > 0 {
            parts.push((Part::Literal(&rest[..at]), group));
        }
        rest = &rest[at..];
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').expect("a template's field is closed");
            parts.push((Part::Field(&inner[..end]), group));
            rest = &inner[end + 1..];
        } else if let Some(inner) = rest.strip_prefix('[') {
            groups += 1;
            group = groups;
            rest = inner;
        } else if let Some(inner) = rest.strip_prefix(']') {
            group = 0;
            rest = inner;
        }
    }
    parts
}

/// Fills the holes. A group with a missing field is left out; a missing field outside a group prints nothing.
pub(super) fn format(template: &'static str, fields: &Fields) -> Vec<u8> {
    let parts = parts(template);
    let complete = |wanted: u32| {
        parts.iter().all(|(part, group)| match part {
            Part::Field(name) if *group == wanted => fields.get(name).is_some(),
            _ => true,
        })
    };
    let mut text = Vec::new();
    for (part, group) in &parts {
        if *group != 0 && !complete(*group) {
            continue;
        }
        match part {
            Part::Literal(literal) => text.extend_from_slice(literal.as_bytes()),
            Part::Field(name) => text.extend_from_slice(fields.get(name).unwrap_or_default()),
        }
    }
    text
}

/// Reads a whole text back. Fields are as short as the literals behind them allow; groups are tried present first.
pub(super) fn parse(template: &'static str, text: &[u8]) -> Option<Fields> {
    let parts = parts(template);
    let mut fields = Fields::new();
    matches(&parts, text, &mut fields).then_some(fields)
}

fn matches(parts: &[(Part, u32)], text: &[u8], fields: &mut Fields) -> bool {
    let Some(((part, group), rest)) = parts.split_first() else {
        return text.is_empty();
    };
    let here = match part {
        Part::Literal(literal) => text
            .strip_prefix(literal.as_bytes())
            .is_some_and(|text| matches(rest, text, fields)),
        Part::Field(name) => (1..=text.len()).any(|end| {
            // A later literal must follow at once, so most ends are refused without a look further on.
            let follows = match rest.first() {
                Some((Part::Literal(literal), 0)) => text[end..].starts_with(literal.as_bytes()),
                None => end == text.len(),
                _ => true,
            };
            if !follows {
                return false;
            }
            let before = fields.clone();
            *fields = std::mem::take(fields).with(name, &text[..end]);
            let found = matches(rest, &text[end..], fields);
            if !found {
                *fields = before;
            }
            found
        }),
    };
    if here || *group == 0 {
        return here;
    }
    // The first part of a group failed: try without the whole group.
    let is_first = matches!(part, Part::Literal(_));
    let skipped = rest
        .iter()
        .position(|(_, other)| other != group)
        .map_or(&rest[rest.len()..], |at| &rest[at..]);
    is_first && matches(skipped, text, fields)
}
