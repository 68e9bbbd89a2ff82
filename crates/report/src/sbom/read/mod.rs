//! Bills of others as they are read, whoever wrote them: CycloneDX and SPDX 2 JSON, SPDX 2 tag-value, syft's own JSON, and each of the JSON
//! ones inside an in-toto statement.

mod cyclonedx;
mod spdx;
mod syft;
mod tag_value;

use sayso_advice::integrity::bill::Claims;
use serde_json::Value;

/// Reads a bill.
///
/// # Errors
/// What is wrong with it, and what can be read instead.
pub fn read(bytes: &[u8]) -> Result<Claims, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.trim_ascii_start();
    if start.starts_with(b"<") {
        let what = if start.windows(9).take(4096).any(|part| part == b"cyclonedx") {
            "CycloneDX XML"
        } else {
            "XML"
        };
        return Err(format!("it is {what}, which is not read: {INSTEAD}"));
    }
    if let Some(claims) = tag_value::read(bytes) {
        return Ok(claims);
    }
    let mut value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("{error}: {INSTEAD}"))?;
    // BuildKit and cosign wrap a bill in a statement about an image.
    if value["predicateType"].is_string() {
        value = value["predicate"].take();
        // cosign's way of older days.
        if value["Data"].is_object() {
            value = value["Data"].take();
        }
    }
    if value["bomFormat"] == "CycloneDX" {
        return Ok(cyclonedx::read(&value));
    }
    if let Some(version) = value["spdxVersion"].as_str() {
        return Ok(spdx::read(&value, version));
    }
    if value["@context"].is_string() && value["@graph"].is_array() {
        return Err(format!("it is SPDX 3, which is not read: {INSTEAD}"));
    }
    if value["descriptor"]["name"] == "syft" && value["artifacts"].is_array() {
        return Ok(syft::read(&value));
    }
    Err(format!("it is no bill of a kind that is known: {INSTEAD}"))
}

const INSTEAD: &str =
    "write it as CycloneDX JSON (1.2 to 1.7), SPDX 2 JSON or tag-value, or syft's JSON";

/// A text, empty where there is none.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A list, empty where there is none.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The digests of a list: in each entry the algorithm and the text under these names.
fn digests<'v>(
    value: &'v Value,
    algorithm: &'static str,
    digest: &'static str,
) -> impl Iterator<Item = (&'v str, &'v str)> {
    list(value)
        .iter()
        .map(move |entry| (text(&entry[algorithm]), text(&entry[digest])))
}

#[cfg(test)]
mod tests {
    use sayso_advice::integrity::{Algorithm, Digest};

    use super::read;

    /// The same two things told in each format, in the shapes that its writers have.
    #[test]
    fn the_flavours_of_the_writers() {
        let sha256 = "ab".repeat(32);
        let sha1 = "cd".repeat(20);
        let cyclonedx = |version: &str, tools: &str| {
            format!(
                r#"{{"bomFormat":"CycloneDX","specVersion":"{version}","metadata":{{"tools":{tools}}},
            "components":[{{"type":"library","name":"libc6","version":"2.36-9","purl":"pkg:deb/debian/libc6@2.36-9?arch=amd64"}},{{"type":"operating-system","name":"debian"}},
            {{"type":"file","name":"/usr/bin/x","hashes":[{{"alg":"SHA-1","content":"{sha1}"}},{{"alg":"SHA-256","content":"{sha256}"}}]}}]}}"#
            )
        };
        let spdx = |version: &str| {
            format!(
                r#"{{"spdxVersion":"{version}","creationInfo":{{"creators":["Organization: Anchore, Inc","Tool: syft-1.18.1"]}},
            "packages":[{{"name":"libc6","versionInfo":"2.36-9"}}],
            "files":[{{"fileName":"usr/bin/x","checksums":[{{"algorithm":"SHA1","checksumValue":"{sha1}"}},{{"algorithm":"SHA256","checksumValue":"{sha256}"}}]}}]}}"#
            )
        };
        let tag_value = format!(
            "# a remark\nSPDXVersion: SPDX-2.2\nCreator: Organization: x\nCreator: Tool: syft-1.18.1\n\nFileName: ./usr/bin/x\nFileChecksum: SHA1: {sha1}\n\
             FileChecksum: SHA256: {sha256}\nFileNotice: <text>\nFileName: /no/file\n</text>\n\nPackageName: libc6\nPackageVersion: 2.36-9\nPackageChecksum: SHA1: {sha1}\n\
             ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/libc6@2.36-9\n"
        );
        let syft = format!(
            r#"{{"artifacts":[{{"name":"libc6","version":"2.36-9","purl":"pkg:deb/debian/libc6@2.36-9"}}],"descriptor":{{"name":"syft","version":"1.18.1"}},"schema":{{"version":"16.0.18"}},
            "files":[{{"location":{{"path":"/usr/bin/x"}},"digests":[{{"algorithm":"sha1","value":"{sha1}"}},{{"algorithm":"sha256","value":"{sha256}"}}]}}]}}"#
        );
        let new = r#"{"components":[{"type":"application","name":"syft"}]}"#;
        let old = r#"[{"vendor":"anchore","name":"syft","version":"1"}]"#;
        let statement = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{}}}"#,
            spdx("SPDX-2.3")
        );
        for (text, format) in [
            (cyclonedx("1.6", new), "CycloneDX 1.6"),
            (cyclonedx("1.5", new), "CycloneDX 1.5"),
            (cyclonedx("1.4", old), "CycloneDX 1.4"),
            (cyclonedx("1.2", old), "CycloneDX 1.2"),
            (spdx("SPDX-2.3"), "SPDX 2.3"),
            (spdx("SPDX-2.2"), "SPDX 2.2"),
            (format!("\u{feff}{tag_value}"), "SPDX 2.2"),
            (tag_value.replace('\n', "\r\n"), "SPDX 2.2"),
            (syft, "syft JSON 16.0.18"),
            (statement, "SPDX 2.3"),
        ] {
            let claims = read(text.as_bytes()).expect(format);
            assert_eq!(claims.format, format);
            assert!(claims.tool.starts_with("syft"), "{format}: {}", claims.tool);
            let packages: Vec<_> = claims.packages.iter().collect();
            assert_eq!(
                packages,
                [&("libc6".to_owned(), "2.36-9".to_owned())],
                "{format}"
            );
            let digest = |text: &str| Digest::parse(text.as_bytes()).expect("a digest");
            let told = [
                (Algorithm::Sha1, digest(&sha1)),
                (Algorithm::Sha256, digest(&sha256)),
            ];
            assert_eq!(claims.files["/usr/bin/x"], told, "{format}");
            assert_eq!(claims.files.len(), 1, "{format}");
        }
    }

    /// Whatever the bytes are, there is an answer.
    #[test]
    fn damaged_bills_are_answered() {
        let texts = [
            r#"{"bomFormat":"CycloneDX","metadata":{"tools":[{"name":1}]},"components":[{"type":"file","name":"/x","hashes":[{"alg":"SHA-1","content":7}],"components":[{}]},3]}"#,
            r#"{"spdxVersion":"SPDX-2.3","creationInfo":[],"files":[{"fileName":"é","checksums":{}}],"packages":[[],{"externalRefs":[null]}]}"#,
            r#"{"artifacts":[{"purl":"pkg:deb/"}],"descriptor":{"name":"syft"},"files":[{"location":3,"digests":[{"algorithm":"sha1","value":"é"}]}]}"#,
            "SPDXVersion: SPDX-2.3\nFileName: x\nFileChecksum: SHA1:\nExternalRef: a purl \nPackageName:\n<text>\n",
        ];
        for text in texts {
            assert!(read(text.as_bytes()).is_ok(), "{text}");
            for at in 0..text.len() {
                let _ = read(&text.as_bytes()[..at]);
                for byte in [0, b'"', b'{', b'\n', 0xff] {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[at] = byte;
                    let _ = read(&bytes);
                }
            }
        }
    }

    #[test]
    fn what_has_no_place_and_what_is_no_digest_is_counted() {
        let text = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[
            {"type":"file","name":"x.so"},
            {"type":"file","name":"y.so","evidence":{"occurrences":[{"location":"/opt/y.so"}]}},
            {"type":"file","name":"/z","hashes":[{"alg":"SHA3-256","content":"ab"},{"alg":"SHA-256","content":"ab"},{"alg":"SHA-1","content":"0000000000000000000000000000000000000000"}]}]}"#;
        let claims = read(text.as_bytes()).expect("a bill");
        assert_eq!(claims.placeless, 1);
        let files: Vec<&str> = claims.files.keys().map(String::as_str).collect();
        assert_eq!(files, ["/opt/y.so", "/z"]);
        assert_eq!(claims.files["/z"], []);
        let strange: Vec<(&str, usize)> = claims
            .strange
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .collect();
        assert_eq!(strange, [("SHA-256", 1), ("SHA3-256", 1)]);
    }

    #[test]
    fn what_is_none_is_told_what_would_be() {
        for (text, part) in [
            ("{}", "no bill of a kind"),
            ("[1]", "no bill of a kind"),
            ("", "EOF"),
            (
                "<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">",
                "CycloneDX XML",
            ),
            ("<a/>", "it is XML"),
            (r#"{"@context":"x","@graph":[]}"#, "SPDX 3"),
            (r#"{"predicateType":"x"}"#, "no bill of a kind"),
        ] {
            let error = read(text.as_bytes()).expect_err(text);
            assert!(
                error.contains(part) && error.contains("CycloneDX JSON"),
                "{text}: {error}"
            );
        }
    }
}
