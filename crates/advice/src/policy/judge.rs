//! Artifacts held against a policy.

use std::collections::{BTreeMap, HashMap, HashSet};

use sayso_facts::elf::Image;

use super::read::MACHINES;
use super::{Demands, Growth, Policy, RunPath, harden, look, names};
use crate::finding::{Finding, Subject};
use crate::floor::{self, Because, Demand, Floor, Limits, Part};
use crate::rule::Rule;
use crate::rules::{self, enumerate_some};

/// Names shown where many are counted.
const NAMED: usize = 5;
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

/// One artifact as it is shipped.
#[derive(Debug, Clone, Copy)]
pub struct Shipped<'a> {
    /// Its name as the user gave it.
    pub name: &'a str,
    /// Its objects; the name of an object is the artifact's own where it is one file.
    pub parts: &'a [Part],
    /// Its size in bytes.
    pub size: u64,
    /// Symbols that the loader's model found in none of an object's own libraries: (object, symbol). `None`: nobody looked.
    pub expected_from_host: Option<&'a [(String, String)]>,
}

/// One violation.
#[derive(Debug, Clone)]
pub struct Broken {
    /// The artifact's name.
    pub artifact: String,
    /// The object's name in it; the artifact's where it is about the whole.
    pub object: String,
    /// What is wrong, why, and what mends it.
    pub finding: Finding,
    /// The symbols, libraries or folders that it is about.
    pub names: Vec<String>,
}

/// What came of all artifacts.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// Violations that stand, by artifact and object.
    pub broken: Vec<Broken>,
    /// Those that an exception lets through, with its reason.
    pub excepted: Vec<(Broken, String)>,
    /// Lines of exceptions that let nothing through: they can go.
    pub unused: Vec<usize>,
    /// Artifacts that were looked at.
    pub artifacts: usize,
    /// Objects that were looked at.
    pub objects: usize,
}

impl Policy {
    /// Holds artifacts against the policy.
    pub fn judge(&self, shipped: &[Shipped<'_>]) -> Judged {
        let mut all = Vec::new();
        for artifact in shipped {
            all.extend(self.artifact(artifact));
        }
        all.extend(self.build_ids(shipped));
        let mut used = vec![false; self.exceptions.len()];
        let mut judged = Judged {
            artifacts: shipped.len(),
            objects: shipped.iter().map(|artifact| artifact.parts.len()).sum(),
            ..Judged::default()
        };
        for broken in all {
            match self.exception(&broken) {
                Some(at) => {
                    used[at] = true;
                    let reason = self.exceptions[at].reason.clone();
                    judged.excepted.push((broken, reason));
                }
                None => judged.broken.push(broken),
            }
        }
        // An exception for files that were not looked at this time may still be needed.
        let looked_at = |pattern: &String| {
            let fits = |name: &str| names(pattern, name);
            shipped.iter().any(|artifact| {
                fits(artifact.name) || artifact.parts.iter().any(|part| fits(&part.name))
            })
        };
        let unused = self
            .exceptions
            .iter()
            .zip(used)
            .filter(|(exception, used)| !used && exception.object.as_ref().is_none_or(looked_at));
        judged.unused = unused.map(|(exception, _)| exception.line).collect();
        judged
    }

    /// The exception that lets all of a violation through.
    fn exception(&self, broken: &Broken) -> Option<usize> {
        self.exceptions.iter().position(|exception| {
            let of_rule = exception
                .rule
                .as_ref()
                .is_none_or(|name| name == broken.finding.rule.name);
            let of_object = exception.object.as_ref().is_none_or(|pattern| {
                names(pattern, &broken.object) || names(pattern, &broken.artifact)
            });
            let of_names = exception.names.is_empty()
                || (!broken.names.is_empty()
                    && broken
                        .names
                        .iter()
                        .all(|name| fits_any(&exception.names, name)));
            of_rule && of_object && of_names
        })
    }

    fn artifact(&self, shipped: &Shipped<'_>) -> Vec<Broken> {
        let mut found = Found {
            artifact: shipped.name,
            broken: Vec::new(),
            strange: HashSet::new(),
        };
        let floors = floor::measure(shipped.parts);
        let whole = self.demands(shipped.name, None);
        found.size(&whole, shipped);
        for one in &floors {
            found.targets(&whole, one);
        }
        let places = places(&floors);
        for part in shipped.parts {
            let object = part.name.clone();
            let demands = self.demands(shipped.name, Some(&object));
            if let Some((floor, at)) = places.get(part.name.as_str()) {
                found.floor(&demands, floor, *at);
            }
            found.needed(&demands, part, shipped.parts);
            found.run_path(&demands, part);
            found.symbols(&demands, part, shipped.expected_from_host);
            found.hardening(&demands, part);
            found.machine(&demands, part);
            if demands.build_id == Some(true) && part.image.build_id().is_none() {
                found.add(
                    &rules::policy::POLICY_BUILD_ID,
                    &object,
                    format!("{object} has no build id"),
                    Vec::new(),
                    |finding| finding.fix("link with one", "-Wl,--build-id=sha1"),
                );
            }
        }
        found.broken
    }

    /// The same build id in objects that are not the same: one target was packed twice.
    fn build_ids(&self, shipped: &[Shipped<'_>]) -> Vec<Broken> {
        let mut holders: BTreeMap<String, Vec<(&str, &Part)>> = BTreeMap::new();
        for artifact in shipped {
            if self.demands(artifact.name, None).distinct_build_ids != Some(true) {
                continue;
            }
            for part in artifact.parts {
                if let Some(id) = look::build_id(&part.image) {
                    holders.entry(id).or_default().push((artifact.name, part));
                }
            }
        }
        let mut broken = Vec::new();
        for (id, holders) in holders {
            let (first, _) = holders[0];
            let Some((second, part)) = holders.iter().find(|(artifact, _)| *artifact != first)
            else {
                continue;
            };
            let mut found = Found {
                artifact: second,
                broken: Vec::new(),
                strange: HashSet::new(),
            };
            let object = part.name.clone();
            found.add(
                &rules::policy::POLICY_BUILD_ID,
                &object,
                format!("{object} in {second} is the same build as in {first} (build id {id})"),
                vec![id],
                |finding| {
                    finding
                        .because("two targets cannot have one build: one of them was packed twice")
                        .advice("look at how the release names and collects its files, or let it build each target")
                },
            );
            broken.append(&mut found.broken);
        }
        broken
    }
}

/// Where each part stands in its floor.
fn places(floors: &[Floor]) -> HashMap<&str, (&Floor, usize)> {
    floors
        .iter()
        .flat_map(|floor| {
            let parts = floor.parts.iter().enumerate();
            parts.map(move |(at, name)| (name.as_str(), (floor, at)))
        })
        .collect()
}

/// One name may have the folder before it that the other is told in.
fn is_same(by: &str, object: &str) -> bool {
    by.strip_suffix(object)
        .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

fn fits_any(patterns: &[String], name: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| crate::packages::fits(pattern, name))
}

/// Collects the violations of one artifact.
struct Found<'a> {
    artifact: &'a str,
    broken: Vec<Broken>,
    /// Limits that a whole group of objects breaks, which were told.
    strange: HashSet<String>,
}

impl Found<'_> {
    fn add(
        &mut self,
        rule: &'static Rule,
        object: &str,
        message: String,
        names: Vec<String>,
        more: impl FnOnce(Finding) -> Finding,
    ) {
        let finding = Finding::new(rule, Subject::File(object.into()), message);
        self.broken.push(Broken {
            artifact: self.artifact.to_owned(),
            object: object.to_owned(),
            finding: more(finding),
            names,
        });
    }

    fn floor(&mut self, demands: &Demands, floor: &Floor, at: usize) {
        let limits = Limits {
            highest: demands.highest.clone(),
            targets: Vec::new(),
            with_weak: demands.count_weak == Some(true),
        };
        let mut told = Vec::new();
        for violation in floor::violations(floor, &limits) {
            let own = |demand: &Demand| -> Vec<Because> {
                let because = demand.because.iter().filter(|because| because.part == at);
                because.cloned().collect()
            };
            let because = violation.demand.as_ref().map(own).unwrap_or_default();
            let is_own = if violation.demand.is_some() {
                !because.is_empty()
            } else {
                match violation.part {
                    Some(part) => part == at,
                    // What is true of every part is told of the first that the limit is for.
                    None => self.strange.insert(violation.limit.clone()),
                }
            };
            let axis = violation.demand.as_ref().map(|demand| demand.axis);
            // The highest says it; the lower ones are told as steps.
            if !is_own || (axis.is_some() && told.contains(&axis)) {
                continue;
            }
            told.push(axis);
            let symbols: Vec<String> = because
                .iter()
                .flat_map(|because| because.symbols.clone())
                .collect();
            let object = floor.parts[at].clone();
            let shown = if symbols.is_empty() {
                String::new()
            } else {
                format!(" because of {}", enumerate_some(&symbols, NAMED))
            };
            let message = format!(
                "{object} {}{shown}, and the policy asks for {}",
                violation.what, violation.limit
            );
            let lowerings = axis.map(|axis| floor.lowerings(axis)).unwrap_or_default();
            self.add(
                &rules::policy::POLICY_FLOOR,
                &object,
                message,
                symbols,
                |mut finding| {
                    for lowering in lowerings {
                        finding = match lowering.how {
                            Some(how) => finding.fix(lowering.what, how),
                            None => finding.advice(lowering.what),
                        };
                    }
                    finding
                },
            );
        }
    }

    fn targets(&mut self, demands: &Demands, floor: &Floor) {
        let limits = Limits {
            highest: Vec::new(),
            targets: demands.targets.clone().unwrap_or_default(),
            with_weak: false,
        };
        for violation in floor::violations(floor, &limits) {
            let part = violation.part.or_else(|| {
                violation
                    .demand
                    .as_ref()?
                    .because
                    .first()
                    .map(|because| because.part)
            });
            let object = part.map_or_else(
                || self.artifact.to_owned(),
                |part| floor.parts[part].clone(),
            );
            let symbols: Vec<String> = violation.demand.as_ref().map_or(Vec::new(), |demand| {
                demand
                    .symbols()
                    .into_iter()
                    .map(ToOwned::to_owned)
                    .collect()
            });
            let shown = if symbols.is_empty() {
                String::new()
            } else {
                format!(" because of {}", enumerate_some(&symbols, NAMED))
            };
            let message = format!(
                "{object} {}{shown}, and the policy asks that it loads on {}",
                violation.what, violation.limit
            );
            self.add(
                &rules::policy::POLICY_FLOOR,
                &object,
                message,
                symbols,
                |finding| {
                    finding.advice(
                        "build on that system, or against its libraries (see `sayso floor`)",
                    )
                },
            );
        }
    }

    fn needed(&mut self, demands: &Demands, part: &Part, parts: &[Part]) {
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

    fn run_path(&mut self, demands: &Demands, part: &Part) {
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

    fn symbols(&mut self, demands: &Demands, part: &Part, expected: Option<&[(String, String)]>) {
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

    fn hardening(&mut self, demands: &Demands, part: &Part) {
        let object = part.name.clone();
        for weakness in harden::weaknesses(demands, &part.image) {
            let message = format!("{object} {}, which the policy forbids", weakness.does);
            let names = vec![weakness.key.to_owned()];
            self.add(
                &rules::policy::POLICY_HARDENING,
                &object,
                message,
                names,
                |finding| match weakness.option {
                    Some(option) => finding.fix(
                        weakness.mend,
                        format!("sayso fix {option} {}", rules::quoted(&object)),
                    ),
                    None => finding.advice(weakness.mend),
                },
            );
        }
    }

    fn machine(&mut self, demands: &Demands, part: &Part) {
        let Some(wanted) = &demands.machine else {
            return;
        };
        let number = MACHINES
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, number)| *number);
        let is = part.image.header().machine;
        if number == Some(is) && is_usual(&part.image) {
            return;
        }
        let object = part.name.clone();
        let has = MACHINES
            .iter()
            .find(|(_, number)| *number == is)
            .map_or_else(|| crate::machine_name(is), |(name, _)| (*name).to_owned());
        let message = format!("{object} is made for {has}, and the policy asks for {wanted}");
        self.add(
            &rules::policy::POLICY_MACHINE,
            &object,
            message,
            vec![has],
            |finding| {
                finding.advice(
                    "build it for that machine, or give the artifact the name of what it holds",
                )
            },
        );
    }

    fn size(&mut self, demands: &Demands, shipped: &Shipped<'_>) {
        let Some(recorded) = demands.size else {
            return;
        };
        let growth = demands.growth.unwrap_or(Growth::Percent(0));
        let most = match growth {
            Growth::Percent(percent) => {
                recorded.saturating_add(recorded / 100 * percent + recorded % 100 * percent / 100)
            }
            Growth::Bytes(bytes) => recorded.saturating_add(bytes),
        };
        if shipped.size <= most {
            return;
        }
        let allowed = match growth {
            Growth::Percent(percent) => format!("{percent} %"),
            Growth::Bytes(bytes) => format!("{bytes} bytes"),
        };
        let message = format!(
            "{} has {} bytes; {recorded} are recorded, and it may grow by {allowed}",
            self.artifact, shipped.size
        );
        let artifact = self.artifact.to_owned();
        self.add(&rules::policy::POLICY_SIZE, &artifact, message, Vec::new(), |finding| {
            finding
                .advice("find out what it holds now (debug information that is not stripped, a library that came along)")
                .advice(format!("if it is meant to be so large, record it: size = {}", shipped.size))
        });
    }
}

/// x32 is no x86_64, and a 32-bit class of another 64-bit machine is none either.
fn is_usual(image: &Image) -> bool {
    use sayso_facts::elf::Class;
    let wide = matches!(image.header().machine, 62 | 183 | 21 | 43);
    !wide || image.class() == Class::Elf64
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
