//! Documents for programs, held against the schemas that the project ships.

use std::path::Path;

/// The document is what `schemas/<name>.v1.json` says; `asked` is shown if it is not.
///
/// # Panics
/// If it is something else, or the schema is none.
pub(crate) fn keeps(name: &str, value: &serde_json::Value, asked: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../schemas")
        .join(format!("{name}.v1.json"));
    let schema = std::fs::read_to_string(path).expect("a schema");
    let schema = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a sound schema");
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{name} {asked:?}: {errors:?}");
}
