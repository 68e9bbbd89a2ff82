//! The image unpacked by umoci and started by runc: neither has a line in common with sayso.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::build::Scratch;

/// What came of it.
#[derive(Debug)]
pub(super) struct Real {
    pub(super) status: i32,
    pub(super) output: Vec<u8>,
    pub(super) errors: Vec<u8>,
}

/// Seconds after which a container is ended.
const SECONDS_MAX: u64 = 20;

/// What engines give a container (moby: `oci/caps/defaults.go`).
const CAPABILITIES: [&str; 14] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FSETID",
    "CAP_FOWNER",
    "CAP_MKNOD",
    "CAP_NET_RAW",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETFCAP",
    "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
    "CAP_KILL",
    "CAP_AUDIT_WRITE",
];

impl Real {
    /// The loader and everything before it went well: the programs of the lab end with 0 and say nothing.
    pub(super) fn started(&self) -> bool {
        self.status == 0
    }
}

pub(super) fn start(layout: &Path, scratch: &Scratch) -> Result<Real> {
    let bundle = scratch.path("bundle");
    let image = format!("{}:case", layout.display());
    let done = Command::new("umoci")
        .args(["unpack", "--image", &image])
        .arg(&bundle)
        .output()
        .context("umoci")?;
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    if !done.status.success() {
        // It looks the user up while it unpacks, as engines do while they create.
        ensure!(
            errors.contains("user") || errors.contains("group"),
            "umoci: {errors}"
        );
        let text = if errors.contains("no matching entries in group file")
            || errors.contains("group") && !errors.contains("user")
        {
            "no matching entries in group file"
        } else {
            "no matching entries in passwd file"
        };
        return Ok(Real {
            status: 126,
            output: Vec::new(),
            errors: format!("{errors} {text}").into_bytes(),
        });
    }
    let file = bundle.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    let process = &mut config["process"];
    process["terminal"] = json!(false);
    process["noNewPrivileges"] = json!(false);
    // Nobody but user 0 starts with capabilities in force.
    let is_root = process["user"]["uid"] == json!(0);
    let held: &[&str] = if is_root { &CAPABILITIES } else { &[] };
    process["capabilities"] = json!({
        "bounding": CAPABILITIES, "effective": held, "permitted": held, "inheritable": [], "ambient": [],
    });
    // umoci gives no search path where the image has none; engines do.
    let default = format!(
        "PATH={}",
        String::from_utf8_lossy(sayso_advice::survey::DEFAULT_PATH)
    );
    let has_path = process["env"].as_array().is_some_and(|env| {
        env.iter().any(|setting| {
            setting
                .as_str()
                .is_some_and(|text| text.starts_with("PATH="))
        })
    });
    if !has_path && let Some(env) = process["env"].as_array_mut() {
        env.push(json!(default));
    }
    std::fs::write(&file, config.to_string())?;
    run(&bundle)
}

fn run(bundle: &Path) -> Result<Real> {
    let name = format!(
        "sayso-{}",
        bundle
            .parent()
            .and_then(Path::file_name)
            .context("a name")?
            .to_string_lossy()
    );
    let (output, errors) = (bundle.join("output"), bundle.join("errors"));
    let mut child = Command::new("runc")
        .arg("--root")
        .arg(bundle.join("state"))
        .args(["run", "--bundle"])
        .arg(bundle)
        .arg(&name)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&output)?)
        .stderr(std::fs::File::create(&errors)?)
        .spawn()
        .context("runc")?;
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(SECONDS_MAX) {
            child.kill()?;
            child.wait()?;
            anyhow::bail!("the container ran for {SECONDS_MAX} seconds");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Ok(Real {
        status: status.code().unwrap_or(255),
        output: std::fs::read(output)?,
        errors: std::fs::read(errors)?,
    })
}
