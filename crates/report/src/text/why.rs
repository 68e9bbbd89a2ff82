//! `why FILE NAME`: one library or symbol, and everything that decided about it.

use sayso_advice::{askers, show};
use sayso_loader::{Event, ObjectId, SearchRule, Trace};

use crate::names::{demangled, readable};
use crate::style::{Paint, Style};
use crate::text::check::probe_table;
use crate::text::tree::provider;
use crate::{Answer, words};

/// What a name turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A library that somebody asks for, or that is loaded.
    Library,
    /// A symbol that somebody refers to or defines.
    Symbol,
    /// Nothing in this process.
    Nothing,
}

/// The whole story of a name, and what it turned out to be.
pub fn why(answer: &Answer, name: &[u8], style: &Style) -> (Wanted, String) {
    let title = format!(
        "{} in {}",
        style.paint(Paint::Strong, show(name)),
        show(&answer.named)
    );
    let loader = answer.trace.loader.as_ref().map(words::loader);
    let loader = loader.map_or(String::new(), |loader| {
        style.paint(Paint::Dim, format!(" ({loader})"))
    });
    let (wanted, body) = if let Some(body) = library(&answer.trace, name, style) {
        (Wanted::Library, body)
    } else if let Some(body) = symbol(&answer.trace, name, style) {
        (Wanted::Symbol, body)
    } else {
        (Wanted::Nothing, nothing(answer, name, style))
    };
    (wanted, format!("{title}{loader}\n\n{body}"))
}

/// Whether a name in a need, a search or an object is the one that is asked about: the whole name, or its file name.
fn is_called(known: &[u8], name: &[u8]) -> bool {
    known == name || (!name.contains(&b'/') && known.rsplit(|&b| b == b'/').next() == Some(name))
}

fn library(trace: &Trace, name: &[u8], style: &Style) -> Option<String> {
    let objects: Vec<ObjectId> = trace
        .objects
        .iter()
        .filter(|object| {
            !object.missing
                && (is_called(&object.name, name)
                    || is_called(object.path.as_bytes(), name)
                    || object.image.soname() == Some(name))
        })
        .map(|object| object.id)
        .collect();
    let askers: Vec<(ObjectId, Vec<u8>)> = trace
        .objects
        .iter()
        .flat_map(|object| object.image.needed().map(|need| (object.id, need.to_vec())))
        .filter(|(_, need)| {
            is_called(need, name)
                || objects
                    .iter()
                    .any(|&id| trace.object(id).image.soname() == Some(need))
        })
        .collect();
    let searches: Vec<&Event> = trace
        .events
        .iter()
        .filter(|event| matches!(event, Event::Search { name: searched, .. } if is_called(searched, name)))
        .collect();
    if objects.is_empty() && askers.is_empty() && searches.is_empty() {
        return None;
    }
    let mut text = String::new();
    for (at, (id, need)) in askers.iter().enumerate() {
        let label = if at == 0 { "asked" } else { "" };
        let answered = if provider(trace, *id, need).is_some() {
            ""
        } else {
            "  (gets nothing)"
        };
        text.push_str(&style.entry(label, 0, 9, &format!("by {}{answered}", chain(trace, *id))));
    }
    if let (true, Some(&id)) = (askers.is_empty(), objects.first()) {
        text.push_str(&style.entry(
            "asked",
            0,
            9,
            &asked_otherwise(&trace.object(id).rule, trace),
        ));
    }
    for event in searches {
        if let Event::Search { probes, .. } = event {
            text.push_str(&probe_table(trace, probes, style, 0, 9));
        }
    }
    for (at, id) in objects.iter().enumerate() {
        let label = if at == 0 { "found" } else { "also" };
        let object = trace.object(*id);
        let path = style.paint(Paint::Good, words::path(trace, *id));
        text.push_str(&format!(
            "{}{path}\n",
            style.paint(Paint::Dim, format!("{label:9}"))
        ));
        text.push_str(&style.entry(
            "decided",
            0,
            9,
            &format!("by {}", words::rule(trace, &object.rule)),
        ));
        if let Some(soname) = object.image.soname().filter(|soname| *soname != name) {
            text.push_str(&style.entry("soname", 0, 9, &show(soname)));
        }
    }
    if objects.is_empty() {
        text.push_str(&format!(
            "{}{}\n",
            style.paint(Paint::Dim, "found    "),
            style.paint(Paint::Bad, "nowhere")
        ));
    }
    Some(text)
}

fn asked_otherwise(rule: &SearchRule, trace: &Trace) -> String {
    match rule {
        SearchRule::Given => "by you: it is the file itself".into(),
        SearchRule::Interpreter => "by the program's PT_INTERP".into(),
        other => format!("by {}", words::rule(trace, other)),
    }
}

/// The asker with everybody above it.
fn chain(trace: &Trace, id: ObjectId) -> String {
    let mut names: Vec<String> = askers(trace, id)
        .into_iter()
        .map(|id| words::path(trace, id))
        .collect();
    names.reverse();
    names.join(", asked for by ")
}

fn symbol(trace: &Trace, name: &[u8], style: &Style) -> Option<String> {
    let is_it = |symbol: &[u8]| {
        symbol == name || demangled(symbol).is_some_and(|readable| readable.as_bytes() == name)
    };
    let mut text = String::new();
    let mut providers: Vec<ObjectId> = Vec::new();
    let mut mangled = name.to_vec();
    for event in &trace.events {
        if let Event::Bound {
            by,
            symbol,
            version,
            to,
        } = event
        {
            if !is_it(symbol) {
                continue;
            }
            mangled.clone_from(symbol);
            let version = version.as_ref().map_or(String::new(), |version| {
                format!(", version {}", show(version))
            });
            let label = if text.is_empty() { "used" } else { "" };
            text.push_str(&style.entry(
                label,
                0,
                9,
                &format!(
                    "by {}{version} → {}",
                    words::path(trace, *by),
                    words::path(trace, *to)
                ),
            ));
            if !providers.contains(to) {
                providers.push(*to);
            }
        }
    }
    let complaints = trace
        .problems
        .iter()
        .filter_map(|&id| match trace.event(id) {
            Event::Problem(failure) if failure.field("symbol").is_some_and(is_it) => Some(failure),
            _ => None,
        });
    for failure in complaints {
        mangled = failure.field("symbol").unwrap_or_default().to_vec();
        text.push_str(&style.entry(
            "missing",
            0,
            9,
            &style.paint(Paint::Bad, show(failure.text())),
        ));
    }
    for expected in trace
        .expected_from_host
        .iter()
        .chain(&trace.unbound_lazily)
        .filter(|expected| is_it(&expected.name))
    {
        mangled.clone_from(&expected.name);
        text.push_str(&style.entry(
            "used",
            0,
            9,
            &format!(
                "by {}: nobody here defines it",
                words::path(trace, expected.by)
            ),
        ));
    }
    let definers = definers(trace, &mangled);
    if text.is_empty() && definers.is_empty() {
        return None;
    }
    if let Some(readable) = demangled(&mangled) {
        text.insert_str(0, &style.entry("that is", 0, 9, &readable));
    }
    for (at, id) in providers.iter().enumerate() {
        let label = if at == 0 { "provider" } else { "" };
        text.push_str(&style.entry(label, 0, 9, &words::path(trace, *id)));
    }
    if let Some(&first) = providers.first() {
        text.push_str(&style.entry("decided", 0, 9, &decision(trace, first, &definers)));
    }
    let others: Vec<ObjectId> = definers
        .into_iter()
        .filter(|id| !providers.contains(id))
        .collect();
    for (at, id) in others.iter().enumerate() {
        let label = if at == 0 { "offered" } else { "" };
        let too = if providers.is_empty() {
            ""
        } else {
            " too, later in the scope or under another version"
        };
        text.push_str(&style.entry(label, 0, 9, &format!("by {}{too}", words::path(trace, *id))));
    }
    Some(text)
}

fn decision(trace: &Trace, provider: ObjectId, definers: &[ObjectId]) -> String {
    let object = trace.object(provider);
    if definers.len() <= 1 {
        return "it is the only one that defines it".into();
    }
    match &object.rule {
        SearchRule::Given => "the program itself comes first in the global scope".into(),
        SearchRule::Preload(_) => format!(
            "{} puts it before every library",
            words::rule(trace, &object.rule)
        ),
        _ => format!(
            "it is the first in scope of the {} that define it",
            definers.len()
        ),
    }
}

/// Every object that defines a symbol of this name.
fn definers(trace: &Trace, symbol: &[u8]) -> Vec<ObjectId> {
    let hash = sayso_facts::elf::gnu_hash(symbol);
    trace
        .objects
        .iter()
        .filter(|object| !object.missing)
        .filter(|object| {
            object.image.lookup(symbol, hash).any(|index| {
                object
                    .image
                    .symbol(index)
                    .is_some_and(|found| found.shndx != 0)
            })
        })
        .map(|object| object.id)
        .collect()
}

fn nothing(answer: &Answer, name: &[u8], style: &Style) -> String {
    let mut text = format!(
        "nobody in this process asks for {}, and nobody defines it\n",
        readable(name)
    );
    let near: Vec<String> = answer
        .trace
        .objects
        .iter()
        .map(|object| show(object.image.soname().unwrap_or(object.path.file_name())))
        .filter(|known| known.contains(&show(name)))
        .collect();
    if !near.is_empty() {
        text.push_str(&style.entry("near", 0, 9, &near.join(", ")));
    }
    text
}
