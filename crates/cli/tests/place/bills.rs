//! Bills of materials, held by the official validators.

use std::path::Path;
use std::process::Command;

use super::Folder;

/// A CycloneDX and an SPDX document in the folder are valid; `home` is what `cargo xtask provision` brings as `sbom-validators`.
pub(crate) fn accepted(home: &Path, folder: &Folder, cyclonedx: &str, spdx: &str) {
    let script = "import sys\nfrom cyclonedx.validation.json import JsonStrictValidator\nfrom cyclonedx.schema import SchemaVersion\n\
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())\nsys.exit(str(error) if error else 0)";
    let mut python = Command::new(home.join("bin/python"));
    let done = python
        .args(["-c", script])
        .arg(folder.at(cyclonedx))
        .output()
        .expect("python");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    // Not the script beside it: that names its interpreter by an absolute path, and folders move.
    let main = "from spdx_tools.spdx.clitools.pyspdxtools import main; main()";
    let mut tools = Command::new(home.join("bin/python"));
    let done = tools
        .args(["-c", main, "-i"])
        .arg(folder.at(spdx))
        .output()
        .expect("pyspdxtools");
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && !said.contains("must"), "{said}");
}
