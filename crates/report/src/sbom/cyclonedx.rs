//! CycloneDX 1.6 as JSON. A file's `dependsOn` are the files that the loader model finds for its `DT_NEEDED` names and the modules that Go
//! built into it; a package's are its loadable files.

use std::collections::{BTreeMap, BTreeSet};

use sayso_advice::packages::licence::Licence;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Bill, date, facts, module_purl, path, uuid};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Value,
    components: Vec<Value>,
    dependencies: Vec<Dependency>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: String,
    depends_on: BTreeSet<String>,
}

/// The document.
#[expect(
    clippy::too_many_lines,
    reason = "one document, laid out in its own order"
)]
pub fn cyclonedx(bill: &Bill<'_>) -> String {
    let packages = bill.packages();
    let purls: BTreeMap<usize, &String> = packages
        .iter()
        .map(|(number, _, purl)| (*number, purl))
        .collect();
    let mut components = Vec::new();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, package, purl) in &packages {
        let mut component = json!({
            "type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl,
        });
        if let Some(vendor) = &package.vendor {
            component["publisher"] = vendor.as_str().into();
        }
        if let Some(text) = &package.licence {
            component["licenses"] = json!([match Licence::of(text) {
                Licence::Identifier(id) => json!({ "license": { "id": id } }),
                Licence::Expression(expression) => json!({ "expression": expression }),
                Licence::Words(words) => json!({ "license": { "name": words } }),
            }]);
        }
        components.push(component);
        edges.entry((*purl).clone()).or_default();
    }
    for (purl, (name, version, sum)) in bill.modules() {
        let mut module = json!({ "type": "library", "bom-ref": purl, "name": name, "purl": purl });
        if !version.is_empty() {
            module["version"] = version.into();
        }
        if !sum.is_empty() {
            module["properties"] = json!([{ "name": "sayso:go:h1", "value": sum }]);
        }
        components.push(module);
        edges.entry(purl).or_default();
    }
    let listed: BTreeSet<_> = bill.files.iter().map(|file| &file.path).collect();
    for file in bill.files {
        let reference = format!("file:{}", path(file));
        let owner = file.owner.and_then(|number| purls.get(&number));
        let mut properties: Vec<Value> = facts(file, true)
            .into_iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let to = edges.entry(reference.clone()).or_default();
        for need in &file.needs {
            match &need.found {
                Some(found) if listed.contains(found) => {
                    to.insert(format!("file:{}", sayso_advice::show(found)));
                }
                Some(found) => properties.push(json!({
                    "name": "sayso:needed:elsewhere", "value": format!("{} => {}", need.name, sayso_advice::show(found)),
                })),
                None => {}
            }
        }
        to.extend(
            file.modules
                .iter()
                .map(|(path, version, _)| module_purl(path, version)),
        );
        if let Some(owner) = owner {
            properties.push(json!({ "name": "sayso:package", "value": owner }));
            edges
                .entry((*owner).clone())
                .or_default()
                .insert(reference.clone());
        }
        let mut hashes = Vec::new();
        if let Some(digest) = file.sha256 {
            hashes.push(json!({ "alg": "SHA-256", "content": digest.to_string() }));
        }
        components.push(json!({
            "type": "file", "bom-ref": reference, "name": path(file), "hashes": hashes, "properties": properties,
        }));
    }
    let os = &bill.installed.os;
    if !os.id.is_empty() {
        components.push(json!({
            "type": "operating-system", "bom-ref": format!("os:{}-{}", os.id, os.version), "name": os.id,
            "version": os.version, "description": os.name,
        }));
    }
    let dependencies: Vec<Dependency> = edges
        .into_iter()
        .map(|(reference, depends_on)| Dependency {
            reference,
            depends_on,
        })
        .collect();
    let mut metadata = json!({
        "tools": { "components": [{ "type": "application", "name": "sayso", "version": env!("CARGO_PKG_VERSION") }] },
        "component": { "type": "container", "bom-ref": "root", "name": bill.name },
    });
    if !bill.installed.unread.is_empty() {
        let rows = bill.installed.unread.iter();
        let rows: Vec<Value> = rows
            .map(|text| json!({ "name": "sayso:not-read", "value": text }))
            .collect();
        metadata["properties"] = rows.into();
    }
    if let Some(time) = bill.time {
        metadata["timestamp"] = date(time).into();
    }
    let content = serde_json::to_string(&(&metadata, &components)).unwrap_or_default();
    let document = Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", uuid(&content)),
        version: 1,
        metadata,
        components,
        dependencies,
    };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}
