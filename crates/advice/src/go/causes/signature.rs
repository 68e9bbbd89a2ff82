//! What the set of differing packages looks like, where there are no settings to compare.

use super::{Mismatch, Reason, reason};

/// A guess by the set, marked as one.
pub(super) fn signature(mismatch: Mismatch<'_>) -> Reason {
    let standard = mismatch.standard();
    let total = mismatch.shared;
    let evidence = format!(
        "{} of {} shared packages differ",
        mismatch.differing.len(),
        total
    );
    let known = mismatch.host.info.is_some() && mismatch.plugin.info.is_some();
    let mut reason = if known {
        reason(
            "go-toolchain-differs",
            "both sides name the same release and settings, and their standard libraries differ: two makes of the toolchain, or a changed one",
            evidence,
        )
    } else if mismatch.is_all() {
        reason(
            "go-release-differs",
            "every shared package differs, as after another Go release or -trimpath on one side",
            evidence,
        )
    } else if mismatch.differs("runtime/cgo")
        && mismatch.differs("sync/atomic")
        && mismatch.differs("internal/race")
    {
        reason(
            "go-race-differs",
            "the packages that differ are those that -race on one side changes",
            evidence,
        )
    } else if standard * 2 > total && !mismatch.differs("internal/goarch") {
        reason(
            "go-gcflags-differ",
            "the packages that differ are those with bodies that may be inlined, as after -gcflags=all=-l on one side",
            evidence,
        )
    } else {
        reason(
            "go-tags-differ",
            "only some packages of the standard library differ, as after other -tags or CGO_ENABLED",
            evidence,
        )
    };
    reason.confirmed = false;
    reason
}
