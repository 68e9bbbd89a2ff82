//! syft's own JSON, schema 16: `artifacts` are packages, `files` what its file cataloger looked at.

use sayso_advice::integrity::bill::Claims;
use serde_json::Value;

use super::{digests, list, text};

pub(super) fn read(value: &Value) -> Claims {
    let descriptor = &value["descriptor"];
    let version = text(&value["schema"]["version"]);
    let mut claims = Claims {
        format: format!("syft JSON {version}").trim_end().to_owned(),
        tool: format!("syft-{}", text(&descriptor["version"])),
        ..Claims::default()
    };
    for file in list(&value["files"]) {
        // Folders, links, and the folders above the one that syft was given.
        if file["metadata"]["type"]
            .as_str()
            .is_some_and(|kind| kind != "RegularFile")
        {
            continue;
        }
        claims.add_file(
            text(&file["location"]["path"]),
            digests(&file["digests"], "algorithm", "value"),
        );
    }
    for package in list(&value["artifacts"]) {
        claims.add_package(
            text(&package["name"]),
            text(&package["version"]),
            text(&package["purl"]),
        );
    }
    claims
}
