//! Packages with coverage counters on one side, or counters of another kind on each. Build info has neither the packages nor the mode;
//! the compiler's own tables in the dynamic symbols have both.

use sayso_facts::go::CoverMode;

use super::{Mismatch, Reason, reason, sides};
use crate::go::sides::Side;
use crate::rules::enumerate_some;

const RULE: &str = "go-cover-differs";
/// Packages that a sentence names.
const NAMED: usize = 3;

/// What `-covermode` calls it.
pub(in crate::go) fn mode_name(mode: CoverMode) -> &'static str {
    match mode {
        CoverMode::Set => "set",
        CoverMode::Count => "count",
        CoverMode::Atomic => "atomic",
    }
}

/// The differing packages that one side compiled with counters, or both with other counters.
pub(super) fn coverage(mismatch: Mismatch<'_>) -> Option<Reason> {
    let covered = |side: &Side| -> Vec<String> {
        let packages = mismatch.differing.iter();
        packages
            .filter(|package| side.covers(package))
            .cloned()
            .collect()
    };
    let (host, plugin) = (covered(mismatch.host), covered(mismatch.plugin));
    let shown = |packages: &[String]| match packages {
        [] => "no counters".to_owned(),
        packages => format!("counters in {}", enumerate_some(packages, NAMED)),
    };
    if host != plugin {
        let (with, without) = if host.len() > plugin.len() {
            ("host", "plugin")
        } else {
            ("plugin", "host")
        };
        let why = format!(
            "the {with} was built with -cover, which puts counters into packages that the {without} compiled without them"
        );
        return Some(reason(RULE, why, sides(shown(&host), shown(&plugin))));
    }
    let (new, old) = (
        mismatch.host.coverage().mode?,
        mismatch.plugin.coverage().mode?,
    );
    (!host.is_empty() && new != old).then(|| {
        let flag = |mode| format!("-covermode={}", mode_name(mode));
        reason(
            RULE,
            format!(
                "host and plugin count coverage in {} in different ways",
                enumerate_some(&host, NAMED)
            ),
            sides(flag(new), flag(old)),
        )
    })
}
