//! `tree`: who needs what, found where, by which rule.

use std::collections::HashSet;

use sayso_advice::show;
use sayso_loader::{Event, Object, ObjectId, SearchRule, Trace, Verdict};

use crate::style::{Paint, Style};
use crate::text::check::probe_table;
use crate::{Answer, words};

/// One line of the tree still to be written.
struct Branch {
    /// The rails to the left of it.
    prefix: String,
    /// The last of its siblings.
    last: bool,
    what: Twig,
}

enum Twig {
    /// A need and who asks.
    Need { name: Vec<u8>, asker: ObjectId },
    /// A tree of its own below the program: a preload, or what a step opened.
    Object { id: ObjectId, why: String },
}

/// The tree of needs. An object that was shown before is named, not unfolded again.
pub fn tree(answer: &Answer, style: &Style) -> String {
    let trace = &answer.trace;
    let mut text = String::new();
    let title = show(&answer.named);
    let loader = trace.loader.as_ref().map(words::loader);
    let loader = loader.map_or(String::new(), |loader| {
        style.paint(Paint::Dim, format!("  ({loader})"))
    });
    text.push_str(&format!("{}{loader}\n", style.paint(Paint::Strong, title)));
    let Some(root) = trace.objects.first() else {
        return text + &failures(answer, style);
    };
    let mut unfolded = HashSet::from([root.id]);
    let mut waiting = Vec::new();
    let mut twigs: Vec<Twig> = trace
        .objects
        .iter()
        .filter(|object| matches!(object.rule, SearchRule::Preload(_)))
        .map(|object| Twig::Object {
            id: object.id,
            why: words::rule(trace, &object.rule),
        })
        .collect();
    twigs.extend(needs(root));
    for (at, step) in trace.steps.iter().enumerate() {
        if let Some(&id) = step.objects.first() {
            twigs.push(Twig::Object {
                id,
                why: format!("step {}", at + 1),
            });
        }
    }
    push(&mut waiting, "", twigs);
    while let Some(branch) = waiting.pop() {
        line(
            trace,
            &branch,
            &mut unfolded,
            &mut waiting,
            &mut text,
            style,
        );
    }
    text + &failures(answer, style)
}

fn needs(object: &Object) -> impl Iterator<Item = Twig> {
    object.image.needed().map(|name| Twig::Need {
        name: name.to_vec(),
        asker: object.id,
    })
}

fn push(waiting: &mut Vec<Branch>, prefix: &str, twigs: Vec<Twig>) {
    let count = twigs.len();
    for (at, what) in twigs.into_iter().enumerate().rev() {
        waiting.push(Branch {
            prefix: prefix.to_owned(),
            last: at + 1 == count,
            what,
        });
    }
}

fn line(
    trace: &Trace,
    branch: &Branch,
    unfolded: &mut HashSet<ObjectId>,
    waiting: &mut Vec<Branch>,
    text: &mut String,
    style: &Style,
) {
    let rail = if branch.last {
        "└── "
    } else {
        "├── "
    };
    text.push_str(&style.paint(Paint::Dim, format!("{}{rail}", branch.prefix)));
    let (name, id, why) = match &branch.what {
        Twig::Need { name, asker } => {
            let id = provider(trace, *asker, name);
            let why = id.map(|id| words::rule(trace, &trace.object(id).rule));
            (name.clone(), id, why)
        }
        Twig::Object { id, why } => (trace.object(*id).name.clone(), Some(*id), Some(why.clone())),
    };
    let below = format!(
        "{}{}",
        branch.prefix,
        if branch.last { "    " } else { "│   " }
    );
    let Some(id) = id.filter(|&id| !trace.object(id).missing) else {
        text.push_str(&format!(
            "{}  {}\n",
            show(&name),
            style.paint(Paint::Bad, "not found")
        ));
        probes(trace, branch, &below, text, style);
        return;
    };
    let object = trace.object(id);
    let path = show(&object.path);
    let first = unfolded.insert(id);
    let place = if path == show(&name) {
        String::new()
    } else {
        format!(" → {path}")
    };
    if first {
        let why = why.map_or(String::new(), |why| {
            style.paint(Paint::Dim, format!("  [{why}]"))
        });
        text.push_str(&format!(
            "{}{place}{why}\n",
            style.paint(Paint::Good, show(&name))
        ));
        probes(trace, branch, &below, text, style);
        push(waiting, &below, needs(object).collect());
    } else {
        text.push_str(&format!(
            "{}\n",
            style.paint(Paint::Dim, format!("{} (above)", show(&name)))
        ));
    }
}

/// With `-v`, every place that was tried for a need: by whoever asked for it first, for whom it was really looked for.
fn probes(trace: &Trace, branch: &Branch, below: &str, text: &mut String, style: &Style) {
    let Twig::Need { name, asker } = &branch.what else {
        return;
    };
    if style.verbose == 0 {
        return;
    }
    let first = provider(trace, *asker, name).and_then(|id| {
        let object = trace.object(id);
        search(trace, object.needed_by?, &object.name)
    });
    if let Some(Event::Search { probes, .. }) = first.or_else(|| search(trace, *asker, name)) {
        for line in probe_table(trace, probes, style) {
            text.push_str(&format!("{}  {line}\n", style.paint(Paint::Dim, below)));
        }
    }
}

/// The search that an asker made for a name.
pub(crate) fn search<'a>(trace: &'a Trace, by: ObjectId, wanted: &[u8]) -> Option<&'a Event> {
    trace.events.iter().find(|event| matches!(event, Event::Search { name, asker, .. } if name == wanted && *asker == Some(by)))
}

/// The object that serves a need: by the search that was made, else one that is in the process under this name.
pub(crate) fn provider(trace: &Trace, asker: ObjectId, name: &[u8]) -> Option<ObjectId> {
    if let Some(Event::Search {
        result: Some(id), ..
    }) = search(trace, asker, name)
    {
        return Some(*id);
    }
    let namespace = trace.object(asker).namespace;
    trace
        .objects
        .iter()
        .find(|object| {
            object.namespace == namespace
                && (object.name == name
                    || object.path.as_bytes() == name
                    || object.image.soname() == Some(name))
        })
        .map(|object| object.id)
}

fn failures(answer: &Answer, style: &Style) -> String {
    match &answer.trace.verdict {
        Verdict::Fails { failure, .. } => format!(
            "\n{}\n{}",
            style.paint(Paint::Bad, show(failure.text())),
            style.entry(
                "more",
                0,
                6,
                &format!("sayso check {}", show(&answer.named))
            )
        ),
        Verdict::Unknown { gaps } => gaps
            .iter()
            .map(|gap| style.entry("unknown", 0, 9, &gap.what))
            .collect(),
        Verdict::Loads => String::new(),
    }
}
