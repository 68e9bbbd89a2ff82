//! Packages that differ: from the host's, or from those that another plugin brought.

use sayso_loader::ObjectId;
use sayso_loader::trace::{DifferingPackage, GoEnd};

use super::{Asked, Judgement, advice, file_name};
use crate::go::causes::{self, Mismatch, Reason, reason};
use crate::go::repair;
use crate::go::sides::is_standard;
use crate::show::show;

/// Packages by the object whose hash they were compared with.
fn by_provider<'a>(differing: &[&'a DifferingPackage]) -> Vec<(ObjectId, Vec<&'a str>)> {
    let mut provided: Vec<(ObjectId, Vec<&str>)> = Vec::new();
    for differing in differing {
        let known = provided
            .iter_mut()
            .find(|(object, _)| *object == differing.provider);
        match known {
            Some((_, packages)) => packages.push(&differing.package),
            None => provided.push((differing.provider, vec![&differing.package])),
        }
    }
    provided
}

impl Asked<'_> {
    /// The same file once more: what was said of it then is still so.
    fn again(&self, judgement: &mut Judgement) -> bool {
        let is_it = |known: &&Judgement| known.told.file == judgement.told.file;
        let first = match self.failure.message.id {
            "go/different-version-again" => self.before.iter().find(is_it),
            _ => None,
        };
        let Some(first) = first else {
            return false;
        };
        let why = format!(
            "step {} opened the same file, and package plugin gives the same error for ever",
            first.step
        );
        judgement.reasons = vec![reason("go-plugin-previous-failure", why, show(&first.path))];
        judgement.reasons.extend(first.reasons.iter().cloned());
        judgement.fixes.clone_from(&first.fixes);
        judgement.rule = first.rule;
        judgement.told.differing.clone_from(&first.told.differing);
        judgement.told.compared = first.told.compared;
        true
    }

    pub(super) fn mismatch(&self, judgement: &mut Judgement) {
        if self.again(judgement) {
            return;
        }
        let first = judgement
            .told
            .differing
            .first()
            .map(|first| first.package.clone())
            .or_else(|| self.failure.field("package").map(show))
            .unwrap_or_default();
        let plugin = judgement.side.clone().unwrap_or_default();
        let standard = is_standard(&first)
            && self.host.module_of(&first).is_none()
            && plugin.module_of(&first).is_none()
            && plugin.plugin_path.as_deref() != Some(&first);
        judgement.rule = Some(if standard {
            "go-pkg-mismatch-std"
        } else {
            "go-pkg-mismatch-dep"
        });
        let host = self.case.trace.objects.first().map(|object| object.id);
        let all = judgement.told.differing.iter();
        let (by_host, by_others): (Vec<_>, Vec<_>) =
            all.partition(|differing| Some(differing.provider) == host);
        let provided = by_provider(&by_others);
        let mut reasons: Vec<Reason> = provided
            .iter()
            .map(|(object, packages)| self.of_other_plugin(*object, packages))
            .collect();
        let differing: Vec<String> = by_host
            .iter()
            .map(|differing| differing.package.clone())
            .collect();
        let shared = plugin
            .packages
            .iter()
            .filter(|package| self.host.packages.contains(package))
            .count();
        let mismatch = Mismatch {
            host: self.host,
            plugin: &plugin,
            differing: &differing,
            shared,
        };
        reasons.extend(causes::of_mismatch(mismatch));
        let mut fixes = Vec::new();
        if !by_others.is_empty() {
            fixes.push(advice("start the host again, and do not open the other plugin before this one (what failed stays in the process)"));
        }
        if !by_host.is_empty() {
            fixes.extend(repair::of_mismatch(
                mismatch,
                &reasons,
                &file_name(self.path),
                &self.host_name(),
            ));
        } else if self
            .failed_before(provided.first().map(|(object, _)| *object))
            .is_none()
        {
            fixes.push(advice(
                "build both plugins with the same versions of the packages that only they share",
            ));
        }
        judgement.reasons = reasons;
        judgement.fixes = fixes;
    }

    /// The earlier step that brought an object and failed.
    fn failed_before(&self, object: Option<ObjectId>) -> Option<&Judgement> {
        self.before.iter().find(|known| {
            known.told.object == object && object.is_some() && known.told.end != GoEnd::Opens
        })
    }

    fn of_other_plugin(&self, object: ObjectId, packages: &[&str]) -> Reason {
        let path = show(&self.case.trace.object(object).path);
        let names: Vec<String> = packages.iter().map(|&package| package.to_owned()).collect();
        let evidence = format!(
            "the hash of {} is taken from {path}",
            crate::rules::enumerate_some(&names, 3)
        );
        match self.failed_before(Some(object)) {
            Some(failed) => reason(
                "go-failed-plugin-poisons",
                format!(
                    "{} was opened in step {} and failed, but it stays in the process, and its packages are found before this plugin's own",
                    show(&failed.path),
                    failed.step
                ),
                evidence,
            ),
            None => reason(
                "go-earlier-plugin-differs",
                format!(
                    "{path} was opened before and brought another version of packages that the host has not"
                ),
                evidence,
            ),
        }
    }
}
