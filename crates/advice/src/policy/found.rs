//! What one artifact breaks: floors, hardening, machine, size. What it asks of others is in [`super::links`].

use std::collections::HashSet;

use sayso_facts::elf::Image;

use super::judge::{Broken, Shipped};
use super::read::MACHINES;
use super::{Demands, Growth, harden};
use crate::finding::{Finding, Subject};
use crate::floor::{self, Because, Demand, Floor, Limits, Part};
use crate::rule::Rule;
use crate::rules::{self, enumerate_some};

/// Names shown where many are counted.
pub(super) const NAMED: usize = 5;
/// Collects the violations of one artifact.
pub(super) struct Found<'a> {
    artifact: &'a str,
    pub(super) broken: Vec<Broken>,
    /// Limits that a whole group of objects breaks, which were told.
    strange: HashSet<String>,
}

impl<'a> Found<'a> {
    pub(super) fn new(artifact: &'a str) -> Found<'a> {
        Found {
            artifact,
            broken: Vec::new(),
            strange: HashSet::new(),
        }
    }

    pub(super) fn add(
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

    pub(super) fn floor(&mut self, demands: &Demands, floor: &Floor, at: usize) {
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

    pub(super) fn targets(&mut self, demands: &Demands, floor: &Floor) {
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

    pub(super) fn hardening(&mut self, demands: &Demands, part: &Part) {
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

    pub(super) fn machine(&mut self, demands: &Demands, part: &Part) {
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

    pub(super) fn size(&mut self, demands: &Demands, shipped: &Shipped<'_>) {
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
