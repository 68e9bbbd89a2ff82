//! `Lookup`, and the type assertion on what it returns.

use sayso_facts::go::Export;

use super::{Answer, Plugin, plain};
use crate::messages::{Fields, go as message};
use crate::trace::{GoEnd, GoOutcome};

/// `plugin_dlopen.go: lookup`, then `symbol.(TYPE)`.
pub(super) fn lookup(plugin: &Plugin, name: &[u8], wanted: Option<&[u8]>) -> Answer {
    let mut exports = plugin.program.exports.iter();
    let mut answer = match exports.find(|export| export.name.as_bytes() == name) {
        None => {
            let fields = Fields::new()
                .with("symbol", name)
                .with("plugin", &plugin.path);
            Answer::error(&message::SYMBOL_NOT_FOUND, fields)
        }
        Some(export) => asserted(export, wanted),
    };
    answer.told.object = Some(plugin.object);
    answer.told.plugin_path = Some(plugin.path.clone());
    answer
}

fn opens(export: &Export) -> Answer {
    Answer {
        failure: None,
        gaps: Vec::new(),
        told: GoOutcome {
            end: GoEnd::Opens,
            go_type: export.go_type.clone(),
            ..GoOutcome::default()
        },
    }
}

fn asserted(export: &Export, wanted: Option<&[u8]>) -> Answer {
    let Some(wanted) = wanted else {
        return opens(export);
    };
    let Some(found) = export.go_type.as_deref() else {
        return Answer::unknown("go-type-unreadable", "the symbol's type cannot be read");
    };
    let wanted = String::from_utf8_lossy(wanted).trim().to_owned();
    let mut answer = match judge(found, &wanted) {
        Judgement::Holds => opens(export),
        Judgement::Fails => {
            let fields = Fields::new().with("found", found).with("wanted", &wanted);
            Answer::ended(GoEnd::Dies, plain(&message::ASSERTION, fields))
        }
        Judgement::LacksMethod(method) => {
            let fields = Fields::new()
                .with("found", found)
                .with("wanted", &wanted)
                .with("method", method);
            Answer::ended(GoEnd::Dies, plain(&message::ASSERTION_METHOD, fields))
        }
        Judgement::Unknown(what) => Answer::unknown("go-type-identity", what),
    };
    answer.told.go_type = Some(found.to_owned());
    answer
}

enum Judgement {
    Holds,
    Fails,
    LacksMethod(&'static str),
    Unknown(String),
}

/// Whether a type's name has another package's name in it (`leaf.Pair`); `...` and a number's point are none.
fn is_qualified(go_type: &str) -> bool {
    let bytes = go_type.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let outside = outside_quotes(bytes);
    (1..bytes.len().saturating_sub(1)).any(|at| {
        bytes[at] == b'.' && outside[at] && is_name(bytes[at - 1]) && is_name(bytes[at + 1])
    })
}

/// For each byte, whether it stands outside of quoted struct tags.
fn outside_quotes(bytes: &[u8]) -> Vec<bool> {
    let mut quoted = false;
    let mut escaped = false;
    bytes
        .iter()
        .map(|&byte| {
            let was = quoted;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ => {}
            }
            !was && !quoted
        })
        .collect()
}

/// Types without a name of their own have no methods; a pointer has those of the named type behind it.
fn has_no_methods(go_type: &str) -> bool {
    let plain = go_type.strip_prefix('*').unwrap_or(go_type);
    let made = [
        "func(",
        "map[",
        "[",
        "chan ",
        "<-chan ",
        "struct {",
        "interface {",
        "*",
    ];
    made.iter().any(|start| plain.starts_with(start)) || (!is_qualified(plain) && plain != "error")
}

fn judge(found: &str, wanted: &str) -> Judgement {
    match wanted {
        "any" | "interface {}" => return Judgement::Holds,
        "error" if has_no_methods(found) => return Judgement::LacksMethod("Error"),
        _ => {}
    }
    let is_named = is_qualified(wanted)
        && !["*", "func(", "map[", "[", "chan ", "<-chan ", "struct {"]
            .iter()
            .any(|start| wanted.starts_with(start));
    let is_interface = wanted.starts_with("interface {") || wanted == "error";
    if found == wanted {
        if is_qualified(found) || found.contains("struct {") {
            let what = format!(
                "whether the program's {wanted} is the plugin's depends on the packages that the names stand for"
            );
            return Judgement::Unknown(what);
        }
        return Judgement::Holds;
    }
    if is_interface || is_named {
        let what = format!(
            "whether {found} is a {wanted} depends on what {wanted} is: an interface asks for methods"
        );
        return Judgement::Unknown(what);
    }
    Judgement::Fails
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualified_names() {
        let check = |text: &str, want: bool| assert_eq!(is_qualified(text), want, "{text}");
        check("func(string, ...int) (string, error)", false);
        check("*map[string][]leaf.Pair", true);
        check("*struct { A int \"json:\\\"a.b\\\"\" }", false);
        check("*struct { A time.Time \"x\" }", true);
        check("", false);
        check(".", false);
    }

    #[test]
    fn assertions_are_judged() {
        let check = |found: &str, wanted: &str, want: &str| {
            let got = match judge(found, wanted) {
                Judgement::Holds => "holds",
                Judgement::Fails => "fails",
                Judgement::LacksMethod(method) => method,
                Judgement::Unknown(_) => "unknown",
            };
            assert_eq!(got, want, "{found} as {wanted}");
        };
        check("*int", "int", "fails");
        check("*int", "*int", "holds");
        check("func() int", "any", "holds");
        check("func() int", "error", "Error");
        check("*main.T", "error", "unknown");
        check("*main.T", "*main.T", "unknown");
        check("**main.T", "api.Shape", "unknown");
        check("*int", "*api.Shape", "fails");
    }
}
