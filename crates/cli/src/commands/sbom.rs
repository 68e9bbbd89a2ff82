//! `sayso sbom [PATH…]`: a bill of materials of what can be loaded; `--verify BILL` holds one against the files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use sayso_advice::integrity::bill::{self, Claims};
use sayso_advice::integrity::inventory::{Loadable, loadable};
use sayso_advice::limits::SBOM_BYTES_MAX;
use sayso_advice::packages::installed::Installed;
use sayso_advice::show;
use sayso_loader::Session;
use sayso_report::remark::Remarks;
use sayso_report::sbom::{Bill, cyclonedx, spdx};
use sayso_report::{json, text};
use sayso_world::{TargetPath, World};

use crate::arguments::{Common, OutputFormat};
use crate::{Status, files, machine, output};

#[derive(Debug, Args)]
pub(crate) struct Sbom {
    /// Files and folders; the whole root or image if nothing is said
    #[arg(value_name = "PATH")]
    paths: Vec<OsString>,
    /// The format of the bill
    #[arg(long, value_name = "KIND", value_enum, default_value_t = Kind::Cyclonedx)]
    kind: Kind,
    /// Where to write it; standard output if nothing is said
    #[arg(short, long, value_name = "FILE")]
    output: Option<OsString>,
    /// Hold a bill (CycloneDX JSON, SPDX JSON or tag-value, syft's JSON) against the files
    #[arg(long, value_name = "BILL", conflicts_with = "output")]
    pub(crate) verify: Option<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// CycloneDX 1.6, JSON
    Cyclonedx,
    /// SPDX 2.3, JSON
    Spdx,
}

pub(crate) fn run(sbom: &Sbom, common: &Common) -> anyhow::Result<Status> {
    ensure!(
        common.snapshot.is_none(),
        "a snapshot does not hold whole files: name the image or the root"
    );
    let world = machine::digested_world(common)?;
    let is_live = common.root.is_none() && common.image.is_none();
    ensure!(
        !is_live || !sbom.paths.is_empty(),
        "name what is meant, as in `sayso sbom /usr /opt`, or a --root or --image"
    );
    let claims = sbom.verify.as_ref().map(read).transpose()?;
    let whole = sbom.paths.is_empty();
    let paths = if whole {
        vec!["/".into()]
    } else {
        sbom.paths.clone()
    };
    let mut session = Session::new(&*world);
    session.detail.symbols = false;
    let (named, errors) = files::gather(&session, common, &paths);
    for error in &errors {
        output::complain(error);
    }
    ensure!(errors.is_empty(), "nothing was written");
    let installed = Installed::of(&*world);
    let found = inventory(
        &session,
        &installed,
        named.into_iter().map(|named| named.path).collect(),
    );
    if let (Some(claims), Some(file)) = (claims, &sbom.verify) {
        return verify(&*world, &claims, &found, &installed, file, common, whole);
    }
    let name = [&common.root, &common.image].into_iter().flatten().next();
    let name = name.map_or("live".to_owned(), |name| show(name.as_bytes()));
    let time = std::env::var("SOURCE_DATE_EPOCH").ok();
    let time = time
        .map(|time| {
            time.parse()
                .context("SOURCE_DATE_EPOCH is no number of seconds")
        })
        .transpose()?;
    let bill = Bill {
        name: &name,
        installed: &installed,
        files: &found,
        all_packages: whole,
        time,
    };
    let text = match sbom.kind {
        Kind::Cyclonedx => cyclonedx(&bill),
        Kind::Spdx => spdx(&bill),
    };
    for unread in &installed.unread {
        output::hint(unread);
    }
    match &sbom.output {
        Some(file) => files::put(Path::new(file), text.as_bytes())?,
        None => output::print(&text)?,
    }
    Ok(Status::Fine)
}

/// The files, and whatever they need that was not named, until nothing is left.
fn inventory(
    session: &Session<'_>,
    installed: &Installed,
    first: Vec<TargetPath>,
) -> Vec<Loadable> {
    let mut known: BTreeMap<TargetPath, Loadable> = BTreeMap::new();
    let mut waiting = first;
    while !waiting.is_empty() {
        let found: Vec<Loadable> = waiting
            .par_iter()
            .filter_map(|path| loadable(session, installed, path))
            .collect();
        let needs = found.iter().flat_map(|file| &file.needs);
        let mut next: Vec<TargetPath> = needs.filter_map(|need| need.found.clone()).collect();
        known.extend(found.into_iter().map(|file| (file.path.clone(), file)));
        next.sort();
        next.dedup();
        next.retain(|path| !known.contains_key(path));
        // What could not be read this time cannot be read the next time either.
        if next == waiting {
            break;
        }
        waiting = next;
    }
    known.into_values().collect()
}

fn read(file: &OsString) -> anyhow::Result<Claims> {
    let shown = show(file.as_bytes());
    let json =
        files::bounded(file, SBOM_BYTES_MAX).with_context(|| format!("cannot read {shown}"))?;
    sayso_report::sbom::read(&json)
        .map_err(|error| anyhow::anyhow!("cannot read the bill {shown}: {error}"))
}

fn verify(
    world: &dyn World,
    claims: &Claims,
    found: &[Loadable],
    installed: &Installed,
    file: &OsString,
    common: &Common,
    whole: bool,
) -> anyhow::Result<Status> {
    let held = bill::hold(world, claims, found, installed, whole);
    let name = show(file.as_bytes());
    let answer = sayso_report::held::HeldBill {
        bill: &name,
        claims,
        files: found.len(),
        held: &held,
        unread: &installed.unread,
    };
    match common.format {
        OutputFormat::Json => output::print(&json::bill(&answer))?,
        OutputFormat::Text if common.quiet > 0 && held.faults.is_empty() => {}
        OutputFormat::Text => output::print(&text::bill(&answer, &output::style(common)))?,
        format => {
            let mut remarks = Remarks::default();
            remarks.add_bill(&answer);
            output::print(&super::gate::machine_format(format, &remarks))?;
        }
    }
    Ok(if !held.holds() {
        Status::Failed
    } else if held.unreadable > 0 {
        Status::Unknown
    } else {
        Status::Fine
    })
}
