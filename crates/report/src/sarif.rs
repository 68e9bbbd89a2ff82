//! SARIF 2.1.0, for code scanning. Rules come from the catalogue with their pages as help.

use sayso_advice::{Level, Rule};
use serde::Serialize;

use crate::remark::{Remark, Remarks};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    results: Vec<ResultRow<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<RuleRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleRow<'a> {
    id: &'a str,
    short_description: Text<'a>,
    help: Help<'a>,
    default_configuration: Configuration,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Text<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
struct Help<'a> {
    text: &'a str,
    markdown: &'a str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties<'a> {
    tags: [&'a str; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultRow<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Text<'a>,
    locations: [Location<'a>; 1],
    partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical,
    logical_locations: [Logical<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    fully_qualified_name: &'a str,
    kind: &'static str,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "sayso/v1")]
    sayso: String,
}

/// The whole log.
pub fn sarif(remarks: &Remarks) -> String {
    let mut rules: Vec<&'static Rule> = Vec::new();
    let mut results = Vec::new();
    for remark in &remarks.remarks {
        let place = rules.iter().position(|rule| rule.name == remark.rule.name);
        let rule_index = place.unwrap_or_else(|| {
            rules.push(remark.rule);
            rules.len() - 1
        });
        results.push(result(remark, rule_index));
    }
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "sayso",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.into_iter().map(rule).collect(),
                },
            },
            column_kind: "utf16CodeUnits",
            results,
        }],
    };
    crate::json::line(&log) + "\n"
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn rule(rule: &'static Rule) -> RuleRow<'static> {
    RuleRow {
        id: rule.name,
        short_description: Text {
            text: rule.summary.into(),
        },
        help: Help {
            text: rule.summary,
            markdown: rule.page,
        },
        default_configuration: Configuration {
            level: level(rule.level),
        },
        properties: Properties {
            tags: ["loader", rule.phase.name()],
        },
    }
}

fn result(remark: &Remark, rule_index: usize) -> ResultRow<'_> {
    ResultRow {
        rule_id: remark.rule.name,
        rule_index,
        level: level(remark.level),
        message: Text {
            text: remark.with_fixes().into(),
        },
        locations: [Location {
            physical_location: Physical {
                artifact_location: Artifact {
                    uri: uri(&remark.file),
                },
            },
            logical_locations: [Logical {
                fully_qualified_name: &remark.object,
                kind: "module",
            }],
        }],
        partial_fingerprints: Fingerprints {
            sayso: fingerprint(remark),
        },
    }
}

/// A path as a URI reference: what must be escaped is; an absolute path becomes a file URI.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for &byte in path.trim_start_matches("./").as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/+@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    if uri.is_empty() { ".".into() } else { uri }
}

/// The same finding in the next run has the same one: rule, object and sentence, by FNV-1a.
fn fingerprint(remark: &Remark) -> String {
    let text = [remark.rule.name, &remark.object, &remark.message].join("\u{1f}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./dist/a b.so"), "dist/a%20b.so");
        assert_eq!(uri("/opt/x:y#z"), "file:///opt/x%3Ay%23z");
        assert_eq!(uri("dist/ä.whl"), "dist/%C3%A4.whl");
    }
}
