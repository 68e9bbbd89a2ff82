//! SPDX 2 in its tag-value form: a line `Tag: value` each, texts of several lines between `<text>` and `</text>`. A tag `FileName` or
//! `PackageName` begins a file or a package; what follows is about it.

use sayso_advice::integrity::bill::Claims;

/// What the lines are about just now.
#[derive(Default)]
struct Open<'t> {
    file: Option<&'t str>,
    digests: Vec<(&'t str, &'t str)>,
    package: Option<&'t str>,
    version: &'t str,
    purl: &'t str,
}

impl Open<'_> {
    fn close(&mut self, claims: &mut Claims) {
        if let Some(file) = self.file {
            claims.add_file(file, self.digests.iter().copied());
        }
        if let Some(package) = self.package {
            claims.add_package(package, self.version, self.purl);
        }
        *self = Open::default();
    }
}

/// `None`: the first tag is not `SPDXVersion`.
pub(super) fn read(bytes: &[u8]) -> Option<Claims> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut claims = Claims::default();
    let mut open = Open::default();
    let mut in_text = false;
    for line in text.lines() {
        if in_text {
            in_text = !line.contains("</text>");
            continue;
        }
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else {
            if claims.format.is_empty() {
                return None;
            }
            continue;
        };
        let value = value.trim();
        in_text = value.contains("<text>") && !value.contains("</text>");
        if claims.format.is_empty() {
            if tag != "SPDXVersion" {
                return None;
            }
            claims.format = value.replacen('-', " ", 1);
        }
        match tag {
            "Creator" if claims.tool.is_empty() => {
                let tool = value.strip_prefix("Tool:");
                tool.unwrap_or_default().trim().clone_into(&mut claims.tool);
            }
            "FileName" => {
                open.close(&mut claims);
                open.file = Some(value);
            }
            "FileChecksum" => open.digests.extend(
                value
                    .split_once(':')
                    .map(|(name, digest)| (name, digest.trim())),
            ),
            "PackageName" => {
                open.close(&mut claims);
                open.package = Some(value);
            }
            "PackageVersion" => open.version = value,
            "ExternalRef" => {
                if let Some((_, purl)) = value.split_once(" purl ") {
                    open.purl = purl.trim();
                }
            }
            "SnippetSPDXID" | "LicenseID" | "Relationship" => open.close(&mut claims),
            _ => {}
        }
    }
    open.close(&mut claims);
    (!claims.format.is_empty()).then_some(claims)
}
