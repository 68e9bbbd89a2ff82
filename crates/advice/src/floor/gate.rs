//! Limits, and what goes over them.

use super::systems::{Fits, Lack, systems};
use super::tags::{TagError, tag_holds};
use super::{Axis, Demand, Floor, Libc, Number, Target};

/// How high a floor may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The highest number of an axis, each at most once.
    pub highest: Vec<(Axis, Number)>,
    /// Systems and tags that it has to load on.
    pub targets: Vec<Target>,
    /// Weak needs count as well: the symbols must be there.
    pub with_weak: bool,
}

/// One limit that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The limit in words: "glibc at most 2.28", "Debian 11".
    pub limit: String,
    /// What breaks it, in a sentence's end: "needs glibc 2.34".
    pub what: String,
    /// What forces it, where a demand does.
    pub demand: Option<Demand>,
    /// The part that does, where it is no demand; `None`: all of them do.
    pub part: Option<usize>,
}

/// Everything that breaks the limits.
pub fn violations(floor: &Floor, limits: &Limits) -> Vec<Violation> {
    let mut found = Vec::new();
    for (axis, limit) in &limits.highest {
        found.extend(over(floor, *axis, limit, limits.with_weak));
    }
    for target in &limits.targets {
        found.extend(match target {
            Target::System {
                distribution,
                release,
            } => against_system(floor, target, distribution, release),
            Target::Tag(name) => against_tag(floor, target, name),
        });
    }
    found
}

fn over(floor: &Floor, axis: Axis, limit: &Number, with_weak: bool) -> Vec<Violation> {
    let words = format!("{} at most {}", axis.title(), axis.show(limit));
    let mut found = Vec::new();
    // Another C library's program cannot pass for one that asks nothing of this one.
    let other = matches!(
        (axis, floor.libc),
        (Axis::Glibc, Libc::Musl | Libc::Bionic | Libc::Other)
            | (Axis::Musl, Libc::Glibc | Libc::Bionic | Libc::Other)
    );
    if other {
        found.push(Violation {
            limit: words.clone(),
            what: format!("is made for another C library ({})", floor.libc.name()),
            demand: None,
            part: None,
        });
    }
    let weak = floor.weak.iter().filter(|_| with_weak);
    found.extend(
        floor
            .strong
            .iter()
            .chain(weak)
            .filter(|demand| demand.axis == axis && demand.number > *limit)
            .map(|demand| Violation {
                limit: words.clone(),
                what: format!("needs {} {}", axis.title(), axis.show(&demand.number)),
                demand: Some(demand.clone()),
                part: None,
            }),
    );
    if axis == Axis::Glibc {
        found.extend(troubles(floor, &words));
    }
    found
}

fn troubles(floor: &Floor, limit: &str) -> Vec<Violation> {
    let fatal = floor.troubles.iter().filter(|trouble| trouble.is_fatal());
    fatal
        .map(|trouble| Violation {
            limit: limit.to_owned(),
            what: trouble.sentence(),
            demand: None,
            part: Some(trouble.part()),
        })
        .collect()
}

fn against_system(
    floor: &Floor,
    target: &Target,
    distribution: &str,
    release: &str,
) -> Vec<Violation> {
    let system = systems(floor)
        .into_iter()
        .find(|system| system.distribution == distribution && system.release == release);
    let limit = target.name();
    let Some(Fits::No(lacks)) = system.map(|system| system.fits) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for lack in lacks {
        match lack {
            Lack::Older { axis, has, .. } => {
                let above = floor
                    .strong
                    .iter()
                    .filter(|demand| demand.axis == axis && demand.number > has);
                found.extend(above.map(|demand| Violation {
                    limit: format!("{limit} ({} {})", axis.title(), axis.show(&has)),
                    what: format!("needs {} {}", axis.title(), axis.show(&demand.number)),
                    demand: Some(demand.clone()),
                    part: None,
                }));
            }
            Lack::OtherLibc => found.push(Violation {
                limit: limit.clone(),
                what: format!("is made for another C library ({})", floor.libc.name()),
                demand: None,
                part: None,
            }),
            Lack::Nowhere => found.extend(troubles(floor, &limit)),
        }
    }
    found
}

fn against_tag(floor: &Floor, target: &Target, name: &str) -> Vec<Violation> {
    let limit = target.name();
    match tag_holds(floor, name) {
        Err(TagError::Unknown) => vec![Violation {
            limit,
            what: "is held against a tag that is not known".into(),
            demand: None,
            part: Some(0),
        }],
        Ok(obstacles) => obstacles
            .into_iter()
            .map(|obstacle| {
                let demand = floor
                    .strong
                    .iter()
                    .find(|demand| matches!(&obstacle, super::Obstacle::Version { version, .. } if names(demand, version)));
                Violation {
                    limit: limit.clone(),
                    what: match &obstacle {
                        super::Obstacle::Library(soname) => {
                            format!("needs {soname}, which the tag does not expect of a system")
                        }
                        super::Obstacle::Version { version, highest } => match highest {
                            Some(highest) => format!("needs {version} (the tag allows {highest})"),
                            None => format!("needs {version}, which the tag does not allow"),
                        },
                        other => other.phrase(),
                    },
                    demand: demand.cloned(),
                    part: match &obstacle {
                        super::Obstacle::Library(soname) => floor
                            .external
                            .iter()
                            .find(|external| external.soname == *soname)
                            .and_then(|external| external.needed_by.first().copied()),
                        _ => None,
                    },
                }
            })
            .collect(),
    }
}

/// The version stands for this demand's number: `GLIBC_2.34`.
fn names(demand: &Demand, version: &str) -> bool {
    let number = match demand.axis {
        Axis::Glibc => Number::behind("GLIBC_", version),
        Axis::Glibcxx => Number::behind("GLIBCXX_", version),
        Axis::Cxxabi => Number::behind("CXXABI_", version),
        Axis::Libgcc => Number::behind("GCC_", version),
        Axis::Musl => Number::behind("musl ", version),
        Axis::Kernel | Axis::Cpu => None,
    };
    number.is_some_and(|number| number == demand.number)
}
