//! Artifacts held against a policy.

use std::collections::{BTreeMap, HashMap};

use super::found::Found;
use super::{Policy, fits_any, look, names};
use crate::finding::Finding;
use crate::floor::{self, Floor, Part};
use crate::rules;

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
    /// Of a whole root or image: objects of packages, which were not looked at.
    pub passed_over: usize,
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
        let mut found = Found::new(shipped.name);
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
            let mut found = Found::new(second);
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
