//! Texts of Go: what real hosts said of real plugins.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::go::case::{self, Case};
use crate::go::record::{Stage, StepTold};
use crate::texts::Text;

/// The texts of every case of the Go lab on every release that is here, each text once.
///
/// # Errors
/// A case that cannot be read, built or run.
pub fn make() -> Result<Vec<Text>> {
    let mut texts = Vec::new();
    let mut seen = BTreeSet::new();
    for case in case::all()? {
        for release in &case.on {
            for (_, case) in case.on_release(release) {
                for text in of_case(&case, release)? {
                    if seen.insert(text.bytes.clone()) {
                        texts.push(text);
                    }
                }
            }
        }
    }
    Ok(texts)
}

fn of_case(case: &Case, release: &str) -> Result<Vec<Text>> {
    let stage = Stage::set(case, &format!("{}-{release}-texts", case.name))?;
    let here = stage.folder().display().to_string();
    let mut texts = Vec::new();
    for (number, run) in case.runs.iter().enumerate() {
        let told = stage.run(case, run)?;
        let mut said: Vec<String> = told
            .steps
            .iter()
            .filter_map(|step| match step {
                StepTold::Error(text) => Some(text.clone()),
                StepTold::Ok(_) => None,
            })
            .collect();
        if !told.death.is_empty() {
            said.push(told.death.join("\n"));
        }
        for (index, said) in said.iter().enumerate() {
            // Where the lab stands is nobody's business.
            let said = said.replace(&here, "/srv/gateway");
            let Some((class, entities)) = expected(&said) else {
                continue;
            };
            texts.push(Text {
                name: format!("go/{}-{release}-{}-{}", case.name, number + 1, index + 1),
                class: class.into(),
                tool: format!("Go {release}"),
                made_by: vec![format!("cargo xtask lab go show {} {release}", case.name)],
                entities,
                bytes: format!("{said}\n").into_bytes(),
                ..Text::default()
            });
        }
    }
    Ok(texts)
}

/// A class, and what is found in the text.
type Expected = (&'static str, Vec<(String, String)>);

/// What Go's words leave no doubt of; `None` where the words of the C loader or of the program itself are what counts.
fn expected(said: &str) -> Option<Expected> {
    let entity = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let quoted = said
        .strip_prefix("plugin.Open(\"")
        .and_then(|rest| rest.split_once("\"): "));
    if let Some((_, rest)) = said.split_once("different version of package ") {
        let package = rest.lines().next()?.trim_end_matches(" (previous failure)");
        // The standard library's packages have no dot in their first element.
        let is_standard = !package.split('/').next()?.contains('.');
        let class = if is_standard {
            "go-pkg-mismatch-std"
        } else {
            "go-pkg-mismatch-dep"
        };
        let mut entities = vec![entity("package", package)];
        entities.extend(quoted.map(|(name, _)| entity("name", name)));
        return Some((class, entities));
    }
    let plugin = || {
        quoted
            .map(|(name, _)| entity("name", name))
            .into_iter()
            .collect()
    };
    if said.contains("realpath failed") {
        return Some(("go-plugin-path-not-found", plugin()));
    }
    if said.contains("plugin already loaded") {
        return Some(("go-plugin-already-loaded", plugin()));
    }
    if said.contains("plugin: not implemented") {
        return Some(("go-plugin-not-implemented", Vec::new()));
    }
    if said.contains("no plugin module data") {
        return Some(("go-no-plugin-module-data", Vec::new()));
    }
    if let Some(rest) = said.strip_prefix("plugin: symbol ") {
        let (symbol, rest) = rest.split_once(" not found in plugin ")?;
        return Some((
            "go-plugin-symbol-lookup",
            vec![entity("symbol", symbol), entity("plugin", rest.trim_end())],
        ));
    }
    if said.contains("interface conversion: plugin.Symbol is") {
        return Some(("go-plugin-type-assert", Vec::new()));
    }
    let damaged = [
        "invalid runtime symbol table",
        "invalid function symbol table",
        "plugin has bad symbol table",
        "abi mismatch",
    ];
    if damaged.iter().any(|words| said.contains(words)) {
        return Some(("go-plugin-runtime-corrupt", Vec::new()));
    }
    let (_, inner) = quoted?;
    of_the_c_loader(inner)
}

/// What the C loader said, within Go's words.
fn of_the_c_loader(inner: &str) -> Option<Expected> {
    let entity = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    if let Some(rest) = inner.strip_prefix("could not find symbol ") {
        // It looked for an exported name under the plugin's path, which is another one than when it was built.
        let (symbol, _) = rest.split_once(": ")?;
        return Some(("go-plugin-symbol-lookup", vec![entity("symbol", symbol)]));
    }
    let tail = |words: &str| {
        inner
            .strip_suffix(words)
            .map(|library| vec![entity("library", library)])
    };
    if let Some(entities) = tail(": file too short") {
        return Some(("elf-file-too-short", entities));
    }
    if let Some(entities) = tail(": invalid ELF header") {
        return Some(("elf-invalid-header", entities));
    }
    if let Some(entities) = tail(": cannot open shared object file: No such file or directory") {
        return Some(("library-not-found", entities));
    }
    if let Some((object, symbol)) = inner.split_once(": undefined symbol: ") {
        return Some((
            "undefined-symbol",
            vec![entity("required_by", object), entity("symbol", symbol)],
        ));
    }
    if let Some(entities) = tail(": cannot dynamically load position-independent executable") {
        return Some(("not-a-shared-library", entities));
    }
    None
}
