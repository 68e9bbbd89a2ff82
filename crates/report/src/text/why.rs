//! `why FILE NAME`: one library or symbol, and everything that decided about it.

use sayso_advice::{askers, show};
use sayso_loader::{Event, ObjectId, Probe, SearchRule, Trace};

use crate::names::{demangled, readable};
use crate::style::{Paint, Style};
use crate::text::check::{column, probe_table};
use crate::text::tree::provider;
use crate::{Answer, words};

/// Column behind the labels, the longest of which is "provider".
const COLUMN: usize = 9;

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
        .filter(|object| !object.missing)
        .filter(|object| {
            is_called(&object.name, name)
                || is_called(object.path.as_bytes(), name)
                || object.image.soname() == Some(name)
        })
        .map(|object| object.id)
        .collect();
    let is_soname = |need: &[u8]| {
        let mut sonames = objects.iter().map(|&id| trace.object(id).image.soname());
        sonames.any(|soname| soname == Some(need))
    };
    let askers: Vec<(ObjectId, Vec<u8>)> = trace
        .objects
        .iter()
        .flat_map(|object| object.image.needed().map(|need| (object.id, need.to_vec())))
        .filter(|(_, need)| is_called(need, name) || is_soname(need))
        .collect();
    let searches: Vec<(Option<ObjectId>, &[Probe])> = trace
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Search {
                name: asked,
                asker,
                probes,
                ..
            } if is_called(asked, name) => Some((*asker, &probes[..])),
            _ => None,
        })
        .collect();
    if objects.is_empty() && askers.is_empty() && searches.is_empty() {
        return None;
    }
    let mut text = String::new();
    for (at, (id, need)) in askers.iter().enumerate() {
        let answered = provider(trace, *id, need).is_some();
        let remark = if answered { "" } else { "  (gets nothing)" };
        let line = format!("by {}{remark}", chain(trace, *id));
        text.push_str(&row(style, "asked", at, &line));
    }
    if let (true, Some(&id)) = (askers.is_empty(), objects.first()) {
        let line = asked_otherwise(&trace.object(id).rule, trace);
        text.push_str(&row(style, "asked", 0, &line));
    }
    for (asker, probes) in searches {
        let mut lines = probe_table(trace, probes, style);
        if let (Some(asker), Some(first)) = (asker, lines.first_mut()) {
            *first = format!("for {}: {first}", words::short(trace, asker));
        }
        text.push_str(&column("looked", &lines, 0, COLUMN, style));
    }
    Some(text + &found(trace, &objects, name, style))
}

/// Where it was found in the end, and why there.
fn found(trace: &Trace, objects: &[ObjectId], name: &[u8], style: &Style) -> String {
    if objects.is_empty() {
        return row(style, "found", 0, &style.paint(Paint::Bad, "nowhere"));
    }
    let mut text = String::new();
    for (at, id) in objects.iter().enumerate() {
        let object = trace.object(*id);
        let path = style.paint(Paint::Good, words::path(trace, *id));
        text.push_str(&row(
            style,
            if at == 0 { "found" } else { "also" },
            0,
            &path,
        ));
        let rule = words::rule(trace, &object.rule);
        text.push_str(&row(style, "decided", 0, &rule));
        if let Some(soname) = object.image.soname().filter(|soname| *soname != name) {
            text.push_str(&row(style, "soname", 0, &show(soname)));
        }
    }
    text
}

/// One entry; the label stands at the first of its kind only.
fn row(style: &Style, label: &str, at: usize, prose: &str) -> String {
    style.entry(if at == 0 { label } else { "" }, 0, COLUMN, prose)
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

/// Everything said about a symbol's references, and who answers them.
#[derive(Default)]
struct References {
    text: String,
    providers: Vec<ObjectId>,
    /// The symbol as it stands in the files.
    mangled: Option<Vec<u8>>,
}

fn references(trace: &Trace, name: &[u8], style: &Style) -> References {
    let is_it = |symbol: &[u8]| {
        symbol == name || demangled(symbol).is_some_and(|readable| readable.as_bytes() == name)
    };
    let mut all = References::default();
    let mut uses = 0;
    for event in &trace.events {
        let Event::Bound {
            by,
            symbol,
            version,
            to,
        } = event
        else {
            continue;
        };
        if !is_it(symbol) {
            continue;
        }
        all.mangled = Some(symbol.clone());
        let version = version
            .as_ref()
            .map(|version| format!(", version {}", show(version)));
        let (by, place) = (words::path(trace, *by), words::path(trace, *to));
        let line = format!("by {by}{} → {place}", version.unwrap_or_default());
        all.text.push_str(&row(style, "used", uses, &line));
        uses += 1;
        if !all.providers.contains(to) {
            all.providers.push(*to);
        }
    }
    for &id in &trace.problems {
        if let Event::Problem(failure) = trace.event(id)
            && let Some(symbol) = failure.field("symbol").filter(|symbol| is_it(symbol))
        {
            all.mangled = Some(symbol.to_vec());
            let line = style.paint(Paint::Bad, show(failure.text()));
            all.text.push_str(&row(style, "missing", 0, &line));
        }
    }
    for expected in trace.expected_from_host.iter().chain(&trace.unbound_lazily) {
        if is_it(&expected.name) {
            all.mangled = Some(expected.name.clone());
            let line = format!(
                "by {}: nobody here defines it",
                words::path(trace, expected.by)
            );
            all.text.push_str(&row(style, "used", 0, &line));
        }
    }
    all
}

fn symbol(trace: &Trace, name: &[u8], style: &Style) -> Option<String> {
    let References {
        text: uses,
        providers,
        mangled,
    } = references(trace, name, style);
    let mangled = mangled.unwrap_or_else(|| name.to_vec());
    let definers = definers(trace, &mangled);
    if uses.is_empty() && definers.is_empty() {
        return None;
    }
    let mut text =
        demangled(&mangled).map_or(String::new(), |name| row(style, "that is", 0, &name));
    text.push_str(&uses);
    for (at, id) in providers.iter().enumerate() {
        text.push_str(&row(style, "provider", at, &words::path(trace, *id)));
    }
    if let Some(&first) = providers.first() {
        text.push_str(&row(
            style,
            "decided",
            0,
            &decision(trace, first, &definers),
        ));
    }
    let others = definers.iter().filter(|id| !providers.contains(id));
    for (at, id) in others.enumerate() {
        let too = if providers.is_empty() {
            ""
        } else {
            " too, later in the scope or under another version"
        };
        let line = format!("by {}{too}", words::path(trace, *id));
        text.push_str(&row(style, "offered", at, &line));
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
