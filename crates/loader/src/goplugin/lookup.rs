//! `Lookup`, and the type assertion on what it returns (`runtime/iface.go`, `runtime/error.go: TypeAssertionError`).

use sayso_facts::go::{Program, TypeFacts};

use super::{Answer, Plugin, plain};
use crate::messages::{Fields, go as message};
use crate::trace::{GoEnd, GoOutcome};

/// `plugin_dlopen.go: lookup`, then `symbol.(WANTED)` in the program.
pub(super) fn lookup(
    host: &Program,
    plugin: &Plugin,
    name: &[u8],
    wanted: Option<&[u8]>,
) -> Answer {
    let mut exports = plugin.program.exports.iter();
    let export = exports.find(|export| export.name.as_bytes() == name);
    let is_readable = plugin
        .program
        .module
        .as_ref()
        .is_ok_and(|module| module.layout.is_some());
    let mut answer = match (export, wanted) {
        (None, _) if !is_readable => Answer::unknown(
            "go-layout-unknown",
            "the plugin's symbols cannot be read: the layout of its release's moduledata is not known",
        ),
        (None, _) => {
            let fields = Fields::new().with("symbol", name);
            Answer::error(
                &message::SYMBOL_NOT_FOUND,
                fields.with("plugin", &plugin.path),
            )
        }
        (Some(_), None) => opens(),
        (Some(export), Some(wanted)) => match plugin.program.export_type(&export.name) {
            Some(found) => {
                let wanted = canonical(&String::from_utf8_lossy(wanted));
                asserted(host, &plugin.program, &found, &wanted)
            }
            None => Answer::unknown(
                "go-type-unreadable",
                format!("the type of {} cannot be read", export.name),
            ),
        },
    };
    answer.told.go_type = export.and_then(|export| export.go_type.clone());
    answer.told.object = Some(plugin.object);
    answer.told.plugin_path = Some(plugin.path.clone());
    answer
}

fn opens() -> Answer {
    Answer {
        failure: None,
        gaps: Vec::new(),
        told: GoOutcome {
            end: GoEnd::Opens,
            ..GoOutcome::default()
        },
    }
}

fn asserted(host: &Program, plugin: &Program, found: &TypeFacts, wanted: &str) -> Answer {
    let fields = || {
        Fields::new()
            .with("found", &found.name)
            .with("wanted", wanted)
    };
    let fails = |fields| Answer::ended(GoEnd::Dies, plain(&message::ASSERTION, fields));
    match judge(host, plugin, found, wanted) {
        Judgement::Holds => opens(),
        Judgement::Fails => fails(fields()),
        Judgement::OtherType(scope) => fails(fields().with("scope", scope)),
        Judgement::LacksMethod(method) => {
            let fields = fields().with("method", method);
            Answer::ended(GoEnd::Dies, plain(&message::ASSERTION_METHOD, fields))
        }
        Judgement::Unknown(what) => Answer::unknown("go-type-identity", what),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    Holds,
    /// Another type, with another name.
    Fails,
    /// Another type of the same name: from different `packages`, or `scopes`.
    OtherType(&'static str),
    /// An interface that asks for a method more.
    LacksMethod(String),
    Unknown(String),
}

/// A type as Go prints it: aliases of the language by what they stand for, one blank before a brace, an interface's methods by name.
fn canonical(written: &str) -> String {
    let mut text = String::new();
    let mut rest = written.trim();
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let end = match rest.find(|c| !is_name(c)) {
            Some(0) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (word, after) = rest.split_at(end);
        let is_qualified = text.ends_with('.') && !text.ends_with("...");
        text.push_str(match word {
            "any" if !is_qualified => "interface {}",
            "byte" if !is_qualified => "uint8",
            "rune" if !is_qualified => "int32",
            word => word,
        });
        if matches!(word, "interface" | "struct") && after.starts_with('{') {
            text.push(' ');
        }
        rest = after;
    }
    match interface_methods(&text) {
        Some(methods) if !methods.is_empty() => {
            let shown = methods
                .iter()
                .map(|(name, go_type)| format!("{name}{}", &go_type["func".len()..]));
            format!("interface {{ {} }}", shown.collect::<Vec<_>>().join("; "))
        }
        _ => text,
    }
}

/// Interfaces that every program means the same by.
fn known_interface(name: &str) -> Option<Vec<(String, String)>> {
    let method = |name: &str| Some(vec![(name.into(), "func() string".into())]);
    match name {
        "error" => method("Error"),
        "fmt.Stringer" => method("String"),
        _ => interface_methods(name),
    }
}

/// The methods of an interface that is written out: `interface { Close() error; Len() int }`.
fn interface_methods(name: &str) -> Option<Vec<(String, String)>> {
    let body = name.strip_prefix("interface {")?.strip_suffix('}')?.trim();
    let mut methods = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    let ends = body.char_indices().chain([(body.len(), ';')]);
    for (at, c) in ends {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => {
                let method = body[start..at].trim();
                start = (at + 1).min(body.len());
                if !method.is_empty() {
                    let (name, signature) = method.split_at(method.find('(')?);
                    methods.push((name.to_owned(), format!("func{signature}")));
                }
            }
            _ => {}
        }
    }
    // `runtime/iface.go: itabInit` goes through them by name and tells the first that is missing.
    methods.sort();
    Some(methods)
}

/// A type with a name of some package, which may be an interface.
fn is_named(go_type: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    go_type.contains('.')
        && go_type
            .split('[')
            .next()
            .is_some_and(|plain| plain.chars().all(is_name))
}

fn judge(host: &Program, plugin: &Program, found: &TypeFacts, wanted: &str) -> Judgement {
    if let Some(asked) = known_interface(wanted) {
        return judge_methods(found, &asked, None);
    }
    if found.name == wanted {
        return judge_identity(host, found);
    }
    if !is_named(wanted) {
        return Judgement::Fails;
    }
    // A name of some package may be an interface. The program has the type if it asserts it; else the plugin may.
    let mut types = host.named_types(wanted);
    if types.is_empty() {
        types = plugin.named_types(wanted);
    }
    let judged = types.iter().map(|named| match &named.asks_for {
        Some(asked) => judge_methods(found, asked, named.package.as_deref()),
        None => Judgement::Fails,
    });
    let mut judged: Vec<Judgement> = judged.collect();
    judged.dedup();
    match judged.len() {
        1 => judged.swap_remove(0),
        0 => Judgement::Unknown(format!(
            "no type {wanted} is seen: whether {} is one depends on whether it is an interface",
            found.name
        )),
        _ => Judgement::Unknown(format!(
            "several packages have a type {wanted}: it depends on which of them the program means"
        )),
    }
}

/// `runtime/iface.go: itabInit`. A method that begins with a small letter counts only within its package.
fn judge_methods(
    found: &TypeFacts,
    asked: &[(String, String)],
    package: Option<&str>,
) -> Judgement {
    let Some(methods) = &found.methods else {
        return Judgement::Unknown(format!("the methods of {} cannot be read", found.name));
    };
    let has = |asked: &(String, String)| {
        let is_exported = asked.0.chars().next().is_some_and(char::is_uppercase);
        let mut methods = methods.iter();
        (is_exported || found.package.as_deref() == package)
            && methods.any(|(name, go_type)| *name == asked.0 && go_type.as_ref() == Some(&asked.1))
    };
    match asked.iter().find(|asked| !has(asked)) {
        None => Judgement::Holds,
        Some((name, _)) => Judgement::LacksMethod(name.clone()),
    }
}

/// The names are the same: whether the types are depends on the packages. One that the program does not hold cannot be what it means.
fn judge_identity(host: &Program, found: &TypeFacts) -> Judgement {
    let Some(packages) = &found.packages else {
        return Judgement::Unknown(format!("what {} is made of cannot be read", found.name));
    };
    if packages
        .iter()
        .all(|package| host.offered_hash(package).is_some())
    {
        Judgement::Holds
    } else {
        let scope = if found.package.is_some() {
            "packages"
        } else {
            "scopes"
        };
        Judgement::OtherType(scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_are_taken_apart() {
        let check = |text: &str, want: &[(&str, &str)]| {
            let got = known_interface(text).expect(text);
            let got: Vec<(&str, &str)> =
                got.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
            assert_eq!(got, want, "{text}");
        };
        check("interface {}", &[]);
        check("error", &[("Error", "func() string")]);
        check(
            "interface { Write([]uint8) (int, error); Close(func(a struct { X int; Y int })) }",
            &[
                ("Close", "func(func(a struct { X int; Y int }))"),
                ("Write", "func([]uint8) (int, error)"),
            ],
        );
        assert_eq!(known_interface("*int"), None);
        assert_eq!(known_interface("interface { io.Writer }"), None);
    }

    #[test]
    fn types_as_go_prints_them() {
        let check = |written: &str, want: &str| assert_eq!(canonical(written), want);
        check("any", "interface {}");
        check(
            "func([]byte, ...any) rune",
            "func([]uint8, ...interface {}) int32",
        );
        check("*api.any", "*api.any");
        check(
            "interface{Zip(); Name() string}",
            "interface { Name() string; Zip() }",
        );
        check("map[string]struct{}", "map[string]struct {}");
        check(" *bytes.Buffer ", "*bytes.Buffer");
    }

    #[test]
    fn named_types_may_be_interfaces() {
        assert!(is_named("api.Shape") && is_named("api.Box[int]"));
        assert!(!is_named("*api.Shape") && !is_named("func(api.Shape)") && !is_named("int"));
    }
}
