//! CycloneDX 1.2 to 1.7, JSON. `metadata.tools` is a list up to 1.4 and may be an object from 1.5 on.

use sayso_advice::integrity::bill::Claims;
use serde_json::Value;

use super::{digests, list, text};

pub(super) fn read(value: &Value) -> Claims {
    let tools = &value["metadata"]["tools"];
    let tool = list(&tools["components"]).first().or(list(tools).first());
    let mut claims = Claims {
        format: format!("CycloneDX {}", text(&value["specVersion"])),
        tool: tool.map_or(String::new(), |tool| text(&tool["name"]).to_owned()),
        ..Claims::default()
    };
    // Components may stand in components.
    let mut waiting: Vec<&Value> = list(&value["components"]).iter().collect();
    while let Some(component) = waiting.pop() {
        waiting.extend(list(&component["components"]));
        let name = text(&component["name"]);
        if component["type"] == "file" {
            let hashes = || digests(&component["hashes"], "alg", "content");
            let places: Vec<&str> = list(&component["evidence"]["occurrences"])
                .iter()
                .map(|place| text(&place["location"]))
                .filter(|place| place.contains('/'))
                .collect();
            // syft and sayso name a file by its path; others only by its last part, and the path is among the evidence.
            if name.contains('/') {
                claims.add_file(name, hashes());
            } else if places.is_empty() {
                claims.placeless += 1;
            } else {
                for place in places {
                    claims.add_file(place, hashes());
                }
            }
        } else if component["type"] != "operating-system" {
            claims.add_package(name, text(&component["version"]), text(&component["purl"]));
        }
    }
    claims
}
