//! Libraries that no image has, because the container runtime brings the host's: those of NVIDIA's driver.
//!
//! The names are those that the container toolkit looks for on the host (`libnvidia-container: src/nvc_info.c`, its lists of compute,
//! video, graphics and other libraries).

use std::collections::BTreeMap;
use std::sync::Mutex;

use sayso_loader::{Event, Failure, Verdict};

use crate::answer::{Answer, Outcome};
use crate::finding::{Finding, Subject};
use crate::rule::Level;
use crate::rules::survey as rule;
use crate::show;

/// How the names begin.
const BROUGHT: &[&[u8]] = &[
    b"libcuda.so.",
    b"libcudadebugger.so.",
    b"libnvidia-",
    b"libnvcuvid.so.",
    b"libnvoptix.so.",
    b"libGLX_nvidia.so.",
    b"libEGL_nvidia.so.",
    b"libGLESv1_CM_nvidia.so.",
    b"libGLESv2_nvidia.so.",
    b"libvdpau_nvidia.so.",
];

/// The runtime brings a library of this name.
fn is_brought(name: &[u8]) -> bool {
    BROUGHT.iter().any(|brought| name.starts_with(brought))
}

/// Which library was not found, if that is what the failure says, and a runtime brings it.
fn lacks(failure: &Failure) -> Option<&[u8]> {
    let told = |field: &str| failure.field(field).is_some();
    if told("symbol") || told("version") {
        return None;
    }
    failure.field("object").filter(|name| is_brought(name))
}

/// Where nothing is lacking but what the runtime brings, the answer becomes one that loads, with a remark; the names.
pub(super) fn spare(answer: &mut Answer) -> Vec<Vec<u8>> {
    if answer.outcome() != Outcome::Fails {
        return Vec::new();
    }
    let mut names: Vec<Vec<u8>> = Vec::new();
    for event in &answer.trace.events {
        if let Event::Problem(failure) = event {
            let Some(name) = lacks(failure) else {
                return Vec::new();
            };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_vec());
            }
        }
    }
    if names.is_empty() {
        return names;
    }
    answer.trace.verdict = Verdict::Loads;
    for step in &mut answer.trace.steps {
        step.failure = None;
    }
    answer
        .findings
        .retain(|finding| finding.level != Level::Error);
    answer
        .findings
        .extend(names.iter().map(|name| finding(name, None)));
    names
}

/// What is said of a library: beside the file that needs it, or of the whole image.
fn finding(name: &[u8], needed_by: Option<String>) -> Finding {
    let library = show(name);
    let finding = Finding::new(
        &rule::LIBRARY_FROM_CONTAINER_RUNTIME,
        Subject::Name(name.to_vec()),
        format!(
            "{library} is not in the image: it belongs to the host's graphics driver, and the container runtime brings it"
        ),
    );
    match needed_by {
        Some(who) => finding.because(format!("{library} is asked for by {who}")),
        None => finding,
    }
    .fix(
        "start the container with its GPU",
        "docker run --gpus all IMAGE",
    )
}

/// All that were spared in an image: the first file that needs each library, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Spared(Mutex<BTreeMap<Vec<u8>, (String, usize)>>);

impl Spared {
    /// See [`spare`].
    pub(super) fn spare(&self, answer: &mut Answer) {
        let names = spare(answer);
        if names.is_empty() {
            return;
        }
        let path = show(&answer.named);
        let Ok(mut all) = self.0.lock() else { return };
        for name in names {
            let (first, count) = all.entry(name).or_insert_with(|| (path.clone(), 0));
            // Files are judged in no order.
            if path < *first {
                first.clone_from(&path);
            }
            *count += 1;
        }
    }

    /// One remark for each library.
    pub(super) fn remarks(self) -> Vec<Finding> {
        let all = self.0.into_inner().unwrap_or_default();
        let remarks = all.into_iter().map(|(name, (first, count))| {
            let who = if count == 1 {
                first
            } else {
                format!("{first} and {} more", count - 1)
            };
            finding(&name, Some(who))
        });
        remarks.collect()
    }
}
