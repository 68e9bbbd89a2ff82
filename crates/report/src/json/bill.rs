//! `sayso/sbom-verify/v1`, and bills of others as they are read: CycloneDX and SPDX JSON, whoever wrote them.

use sayso_advice::integrity::Digest;
use sayso_advice::integrity::bill::Claims;
use serde::Serialize;
use serde_json::Value;

use crate::held::HeldBill;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    bill: &'a str,
    format: &'a str,
    tool: &'a str,
    holds: bool,
    files: usize,
    faults: Vec<FaultRow<'a>>,
    not_read: &'a [String],
}

#[derive(Serialize)]
struct FaultRow<'a> {
    rule: &'static str,
    subject: &'a str,
    why: &'a str,
}

/// The document about one bill.
pub fn bill(held: &HeldBill<'_>) -> String {
    super::line(&Document {
        schema: "sayso/sbom-verify/v1",
        bill: held.bill,
        format: &held.claims.format,
        tool: &held.claims.tool,
        holds: held.faults.is_empty(),
        files: held.files,
        faults: held
            .faults
            .iter()
            .map(|fault| FaultRow {
                rule: fault.rule.name(),
                subject: &fault.subject,
                why: &fault.why,
            })
            .collect(),
        not_read: held.unread,
    }) + "\n"
}

/// Reads a bill.
///
/// # Errors
/// What is wrong with it.
pub fn read_bill(json: &[u8]) -> Result<Claims, String> {
    let value: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if value["bomFormat"] == "CycloneDX" {
        return Ok(cyclonedx(&value));
    }
    if let Some(version) = value["spdxVersion"].as_str() {
        return Ok(spdx(&value, version));
    }
    Err("it is neither CycloneDX JSON (bomFormat) nor SPDX 2 JSON (spdxVersion)".into())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// An absolute path from `./usr/bin/x`, `usr/bin/x` or `/usr/bin/x`.
fn absolute(name: &str) -> String {
    let name = name.strip_prefix('.').unwrap_or(name);
    format!("/{}", name.trim_start_matches('/'))
}

fn cyclonedx(value: &Value) -> Claims {
    let tools = &value["metadata"]["tools"];
    let tool = list(&tools["components"]).first().or(list(tools).first());
    let mut claims = Claims {
        format: format!("CycloneDX {}", text(&value["specVersion"])),
        tool: tool.map(|tool| text(&tool["name"])).unwrap_or_default(),
        ..Claims::default()
    };
    // Components may stand in components.
    let mut waiting: Vec<&Value> = list(&value["components"]).iter().collect();
    while let Some(component) = waiting.pop() {
        waiting.extend(list(&component["components"]));
        let name = text(&component["name"]);
        if component["type"] == "file" {
            let mut hashes = list(&component["hashes"]).iter();
            let sha256 = hashes.find(|hash| hash["alg"] == "SHA-256");
            let digest = sha256.and_then(|hash| Digest::parse(text(&hash["content"]).as_bytes()));
            claims.files.insert(absolute(&name), digest);
        } else if component["type"] != "operating-system" {
            claims.packages.insert((name, text(&component["version"])));
        }
    }
    claims
}

fn spdx(value: &Value, version: &str) -> Claims {
    let creators = list(&value["creationInfo"]["creators"]).iter();
    let mut tools = creators.filter_map(|creator| creator.as_str()?.strip_prefix("Tool: "));
    let mut claims = Claims {
        format: version.replacen('-', " ", 1),
        tool: tools.next().unwrap_or_default().to_owned(),
        ..Claims::default()
    };
    for file in list(&value["files"]) {
        let mut checksums = list(&file["checksums"]).iter();
        let sha256 = checksums.find(|checksum| checksum["algorithm"] == "SHA256");
        let digest = sha256.and_then(|sum| Digest::parse(text(&sum["checksumValue"]).as_bytes()));
        claims
            .files
            .insert(absolute(&text(&file["fileName"])), digest);
    }
    for package in list(&value["packages"]) {
        claims
            .packages
            .insert((text(&package["name"]), text(&package["versionInfo"])));
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::read_bill;

    #[test]
    fn the_flavours_of_the_writers() {
        // syft writes tools as an object, trivy too; older writers as a list. syft's file names have no slash at their start in SPDX.
        let digest = "ab".repeat(32);
        let cyclonedx = format!(
            r#"{{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{{"tools":{{"components":[{{"type":"application","name":"syft"}}]}}}},
            "components":[{{"type":"library","name":"libc6","version":"2.36-9"}},{{"type":"operating-system","name":"debian"}},
            {{"type":"file","name":"/usr/bin/x","hashes":[{{"alg":"SHA-1","content":"00"}},{{"alg":"SHA-256","content":"{digest}"}}]}}]}}"#
        );
        let spdx = format!(
            r#"{{"spdxVersion":"SPDX-2.3","creationInfo":{{"creators":["Organization: Anchore, Inc","Tool: syft-1.18.1"]}},
            "packages":[{{"name":"libc6","versionInfo":"2.36-9"}}],
            "files":[{{"fileName":"usr/bin/x","checksums":[{{"algorithm":"SHA1","checksumValue":"00"}},{{"algorithm":"SHA256","checksumValue":"{digest}"}}]}}]}}"#
        );
        for (json, format) in [(cyclonedx, "CycloneDX 1.6"), (spdx, "SPDX 2.3")] {
            let claims = read_bill(json.as_bytes()).expect("a bill");
            assert_eq!(claims.format, format);
            assert!(claims.tool.starts_with("syft"));
            let packages: Vec<_> = claims.packages.iter().collect();
            assert_eq!(packages, [&("libc6".to_owned(), "2.36-9".to_owned())]);
            let told = claims.files["/usr/bin/x"].expect("a digest");
            assert_eq!(told.to_string(), digest);
        }
        assert!(read_bill(b"{}").is_err());
        assert!(read_bill(b"[1]").is_err());
        assert!(read_bill(b"").is_err());
    }
}
