//! SPDX 2.3 as JSON. A file `DYNAMIC_LINK`s the files that the loader model finds for its `DT_NEEDED` names; what owns a file is told by an
//! `OTHER` relationship (`CONTAINS` is for packages whose every file was analysed); what the format has no field for stands in the file's comment, a line each.

use std::collections::BTreeMap;

use sayso_advice::packages::licence::Licence;
use sayso_advice::show;
use serde_json::{Value, json};

use super::{Bill, date, facts, module_purl, path, uuid};

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const ROOT: &str = "SPDXRef-Root";

/// The document.
#[expect(
    clippy::too_many_lines,
    reason = "one document, laid out in its own order"
)]
pub fn spdx(bill: &Bill<'_>) -> String {
    let mut relationships = Vec::new();
    let mut relate = |from: &str, kind: &str, to: &str| {
        let mut row = json!({
            "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to,
        });
        if kind == "OTHER" {
            row["comment"] = "the file is owned by this package".into();
        }
        relationships.push(row);
    };
    relate(DOCUMENT, "DESCRIBES", ROOT);
    let mut packages = vec![package(ROOT, bill.name, None, None)];
    let mut of_number = BTreeMap::new();
    // What packagers wrote in words of their own, by number.
    let mut wordings: Vec<&str> = Vec::new();
    let mut number_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, (number, known, purl)) in bill.packages().into_iter().enumerate() {
        let id = format!("SPDXRef-Package-{at}");
        let mut row = package(&id, &known.name, Some(&known.version), Some(&purl));
        if let Some(vendor) = &known.vendor {
            row["supplier"] = format!("Organization: {}", on_one_line(vendor)).into();
        }
        if let Some(text) = &known.licence {
            row["licenseDeclared"] = match Licence::of(text) {
                Licence::Identifier(text) | Licence::Expression(text) => text.into(),
                Licence::Words(words) => {
                    let number = *number_of.entry(words).or_insert_with(|| {
                        wordings.push(words);
                        wordings.len() - 1
                    });
                    format!("LicenseRef-{number}").into()
                }
            };
        }
        packages.push(row);
        relate(ROOT, "CONTAINS", &id);
        of_number.insert(number, id);
    }
    let mut of_module = BTreeMap::new();
    for (at, (purl, (name, version, _))) in bill.modules().into_iter().enumerate() {
        let id = format!("SPDXRef-GoModule-{at}");
        let version = Some(version).filter(|version| !version.is_empty());
        packages.push(package(&id, name, version, Some(&purl)));
        of_module.insert(purl, id);
    }
    let of_path: BTreeMap<_, String> = bill
        .files
        .iter()
        .enumerate()
        .map(|(at, file)| (&file.path, format!("SPDXRef-File-{at}")))
        .collect();
    let mut files = Vec::new();
    for file in bill.files {
        let id = &of_path[&file.path];
        relate(DOCUMENT, "DESCRIBES", id);
        if let Some(owner) = file.owner.and_then(|number| of_number.get(&number)) {
            relate(id, "OTHER", owner);
        }
        let mut lines: Vec<String> = facts(file, true)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        for need in &file.needs {
            let Some(found) = &need.found else { continue };
            match of_path.get(found) {
                Some(to) => relate(id, "DYNAMIC_LINK", to),
                None => lines.push(format!(
                    "sayso:needed:elsewhere={} => {}",
                    need.name,
                    show(found)
                )),
            }
        }
        for (path, version, _) in &file.modules {
            if let Some(to) = of_module.get(&module_purl(path, version)) {
                relate(id, "STATIC_LINK", to);
            }
        }
        let mut checksums = Vec::new();
        if let Some(sha1) = file.sha1 {
            checksums.push(json!({ "algorithm": "SHA1", "checksumValue": sha1.to_string() }));
        }
        if let Some(sha256) = file.sha256 {
            checksums.push(json!({ "algorithm": "SHA256", "checksumValue": sha256.to_string() }));
        }
        let mut row = json!({
            "SPDXID": id, "fileName": format!(".{}", path(file)), "fileTypes": ["BINARY"], "checksums": checksums,
            "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION",
        });
        if !lines.is_empty() {
            row["comment"] = lines.join("\n").into();
        }
        files.push(row);
    }
    let licences: Vec<Value> = wordings
        .iter()
        .enumerate()
        .map(|(number, words)| {
            json!({
                "licenseId": format!("LicenseRef-{number}"), "name": on_one_line(words),
                "extractedText": words, "comment": "As the package states it.",
            })
        })
        .collect();
    let content = serde_json::to_string(&(&packages, &files, &relationships)).unwrap_or_default();
    let mut creation = json!({
        "created": date(bill.time.unwrap_or(0)),
        "creators": [format!("Tool: sayso-{}", env!("CARGO_PKG_VERSION"))],
    });
    if bill.time.is_none() {
        creation["comment"] = "The time is left out so that the same files give the same document; set SOURCE_DATE_EPOCH to have one.".into();
    }
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": bill.name,
        "documentNamespace": format!("https://sayso.invalid/spdx/{}", uuid(&content)),
        "creationInfo": creation,
        "packages": packages,
        "files": files,
        "relationships": relationships,
    });
    if !licences.is_empty() {
        document["hasExtractedLicensingInfos"] = licences.into();
    }
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn package(id: &str, name: &str, version: Option<&str>, purl: Option<&str>) -> Value {
    let mut package = json!({
        "SPDXID": id, "name": name, "downloadLocation": "NOASSERTION", "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
    });
    if let Some(version) = version {
        package["versionInfo"] = version.into();
    }
    if let Some(purl) = purl {
        package["externalRefs"] = json!([{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl,
        }]);
    }
    package
}
