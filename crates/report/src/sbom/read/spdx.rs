//! SPDX 2.2 and 2.3, JSON.

use sayso_advice::integrity::bill::Claims;
use serde_json::Value;

use super::{digests, list, text};

pub(super) fn read(value: &Value, version: &str) -> Claims {
    let creators = list(&value["creationInfo"]["creators"]).iter();
    let mut tools = creators.filter_map(|creator| creator.as_str()?.strip_prefix("Tool: "));
    let mut claims = Claims {
        format: version.replacen('-', " ", 1),
        tool: tools.next().unwrap_or_default().to_owned(),
        ..Claims::default()
    };
    for file in list(&value["files"]) {
        claims.add_file(
            text(&file["fileName"]),
            digests(&file["checksums"], "algorithm", "checksumValue"),
        );
    }
    for package in list(&value["packages"]) {
        let purl = list(&package["externalRefs"])
            .iter()
            .find(|reference| reference["referenceType"] == "purl");
        claims.add_package(
            text(&package["name"]),
            text(&package["versionInfo"]),
            purl.map_or("", |purl| text(&purl["referenceLocator"])),
        );
    }
    claims
}
