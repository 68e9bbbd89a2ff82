//! What an object asks of others and gives to others, against a policy: libraries, run paths, symbols.

use super::found::{Found, NAMED};
use super::{Demands, RunPath, fits_any, look};
use crate::floor::Part;
use crate::rules::{self, enumerate_some};

/// Folders that only a build machine has.
const BUILD_FOLDERS: &[&str] = &[
    "/home/",
    "/root/",
    "/tmp/",
    "/build/",
    "/builds/",
    "/workspace/",
    "/src/",
    "/github/",
    "/Users/",
    "/var/lib/jenkins/",
    "/opt/buildagent/",
    "/io/",
];

impl Found<'_> {
    pub(super) fn needed(&mut self, demands: &Demands, part: &Part, parts: &[Part]) {
        let object = part.name.clone();
        let needed = look::needed(&part.image);
        if needed.is_empty() && part.image.dynamic().is_none() {
            return;
        }
        let forbidden: Vec<String> = needed
            .iter()
            .filter(|name| {
                demands
                    .needed_forbidden
                    .as_ref()
                    .is_some_and(|patterns| fits_any(patterns, name))
            })
            .cloned()
            .collect();
        for name in forbidden {
            let message = format!("{object} needs {name}, which the policy forbids");
            self.add(
                &rules::policy::POLICY_NEEDED,
                &object,
                message,
                vec![name.clone()],
                |finding| match static_flag(&name) {
                    Some(flag) => finding.fix("link it statically", flag),
                    None => finding.advice(
                        "link without it, or with -Wl,--as-needed if nothing of it is used",
                    ),
                },
            );
        }
        for pattern in demands.needed_required.iter().flatten() {
            if !needed
                .iter()
                .any(|name| crate::packages::fits(pattern, name))
            {
                let message =
                    format!("{object} does not need {pattern}, which the policy requires");
                self.add(&rules::policy::POLICY_NEEDED, &object, message, vec![pattern.clone()], |finding| {
                    finding.advice("link against it; a library that is linked statically by accident does not show up here")
                });
            }
        }
        if let Some(allowed) = &demands.needed_allowed {
            let comes_along = |name: &str| {
                parts.iter().any(|other| {
                    other.image.soname_is(name.as_bytes())
                        || other.name.rsplit('/').next() == Some(name)
                })
            };
            let strange: Vec<String> = needed
                .into_iter()
                .filter(|name| !fits_any(allowed, name) && !comes_along(name))
                .collect();
            if !strange.is_empty() {
                let message = format!(
                    "{object} needs {} of the system, which the policy does not allow",
                    enumerate_some(&strange, NAMED)
                );
                self.add(
                    &rules::policy::POLICY_NEEDED,
                    &object,
                    message,
                    strange,
                    |finding| {
                        finding.advice(
                            "bring it along, link it statically, or add it to needed-allowed",
                        )
                    },
                );
            }
        }
    }

    pub(super) fn run_path(&mut self, demands: &Demands, part: &Part) {
        let object = part.name.clone();
        let wrong: Vec<String> = look::run_paths(&part.image)
            .into_iter()
            .filter(|folder| match demands.run_path {
                None | Some(RunPath::Any) => false,
                Some(RunPath::None) => true,
                Some(RunPath::Origin) => !is_origin(folder),
                Some(RunPath::NoBuildPath) => {
                    let folder = format!("{folder}/");
                    BUILD_FOLDERS.iter().any(|build| folder.starts_with(build))
                }
            })
            .collect();
        if wrong.is_empty() {
            return;
        }
        let shown: Vec<String> = wrong.iter().map(|folder| format!("\"{folder}\"")).collect();
        let asks = match demands.run_path {
            Some(RunPath::None) => "that there is none",
            Some(RunPath::Origin) => "that folders begin with $ORIGIN",
            _ => "that no folder of a build machine is in it",
        };
        let message = format!(
            "{object} has {} in its run path, and the policy asks {asks}",
            enumerate_some(&shown, NAMED)
        );
        self.add(&rules::policy::POLICY_RUN_PATH, &object, message, wrong, |finding| {
            let finding = if demands.run_path == Some(RunPath::None) {
                finding.fix("take it out", format!("sayso fix --remove-runpath {}", rules::quoted(&object)))
            } else {
                finding.fix(
                    "set one that moves with the file",
                    format!("sayso fix --set-runpath '$ORIGIN/../lib' {}", rules::quoted(&object)),
                )
            };
            finding.advice("in the build: CMAKE_SKIP_INSTALL_RPATH, CMAKE_INSTALL_RPATH, -Wl,-rpath,'$ORIGIN/../lib'")
        });
    }

    pub(super) fn symbols(
        &mut self,
        demands: &Demands,
        part: &Part,
        expected: Option<&[(String, String)]>,
    ) {
        let object = part.name.clone();
        if let Some(patterns) = &demands.undefined_forbidden {
            let wrong: Vec<String> = look::undefined(&part.image)
                .into_iter()
                .filter(|name| fits_any(patterns, name))
                .collect();
            self.symbol(
                &object,
                wrong,
                "asks for",
                "which the policy forbids",
                "avoid the call, or link the code that defines it",
            );
        }
        if let (Some(allowed), Some(expected)) = (&demands.undefined_allowed, expected) {
            let wrong: Vec<String> = expected
                .iter()
                .filter(|(by, name)| is_same(by, &object) && !fits_any(allowed, name))
                .map(|(_, name)| name.clone())
                .collect();
            self.symbol(
                &object,
                wrong,
                "expects",
                "of its host, which the policy does not allow",
                "link the library that defines it (-Wl,-z,defs finds such symbols when linking), or add it to undefined-allowed",
            );
        }
        let asks = [
            &demands.exports_required,
            &demands.exports_forbidden,
            &demands.exports_allowed,
        ];
        if asks.iter().all(|asked| asked.is_none()) {
            return;
        }
        let exports = look::exports(&part.image);
        let missing: Vec<String> = demands
            .exports_required
            .iter()
            .flatten()
            .filter(|pattern| {
                !exports
                    .iter()
                    .any(|name| crate::packages::fits(pattern, name))
            })
            .cloned()
            .collect();
        self.symbol(
            &object,
            missing,
            "does not export",
            "which the policy requires",
            "give it default visibility, and keep it in the version script",
        );
        let wrong: Vec<String> = exports
            .iter()
            .filter(|name| {
                demands
                    .exports_forbidden
                    .as_ref()
                    .is_some_and(|patterns| fits_any(patterns, name))
                    || demands
                        .exports_allowed
                        .as_ref()
                        .is_some_and(|patterns| !fits_any(patterns, name))
            })
            .cloned()
            .collect();
        self.symbol(&object, wrong, "exports", "which the policy forbids", "hide it: -fvisibility=hidden, a version script, or -Wl,--exclude-libs,ALL for static libraries");
    }

    fn symbol(&mut self, object: &str, symbols: Vec<String>, does: &str, tail: &str, mend: &str) {
        if symbols.is_empty() {
            return;
        }
        let message = format!(
            "{object} {does} {}, {tail}",
            enumerate_some(&symbols, NAMED)
        )
        .replace(", of its host", " of its host");
        self.add(
            &rules::policy::POLICY_SYMBOLS,
            object,
            message,
            symbols,
            |finding| finding.advice(mend),
        );
    }
}

/// One name may have the folder before it that the other is told in.
fn is_same(by: &str, object: &str) -> bool {
    by.strip_suffix(object)
        .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

fn is_origin(folder: &str) -> bool {
    ["$ORIGIN", "${ORIGIN}"].iter().any(|token| {
        folder
            .strip_prefix(token)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// The option that links a runtime library statically.
fn static_flag(soname: &str) -> Option<&'static str> {
    match soname.split(".so").next().unwrap_or_default() {
        "libgcc_s" => Some("-static-libgcc"),
        "libstdc++" => Some("-static-libstdc++"),
        "libgfortran" => Some("-static-libgfortran"),
        "libasan" => Some("-static-libasan"),
        _ => None,
    }
}
