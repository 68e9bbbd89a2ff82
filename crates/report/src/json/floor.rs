//! `sayso/floor/v1`.

use std::collections::BTreeMap;

use sayso_advice::floor::{self, Axis, Because, Demand, Fits, Floor, Lack, Reason, Tag, Violation};
use sayso_facts::elf::Class;
use serde::Serialize;

use crate::floor::Measured;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    results: Vec<ResultRow<'a>>,
}

#[derive(Serialize)]
struct ResultRow<'a> {
    path: &'a str,
    floors: Vec<FloorRow<'a>>,
    claims: Vec<TagRow>,
    violations: Vec<ViolationRow<'a>>,
    unreadable: &'a [String],
}

#[derive(Serialize)]
struct FloorRow<'a> {
    machine: String,
    class: u8,
    libc: &'static str,
    objects: &'a [String],
    heights: BTreeMap<&'static str, HeightRow<'a>>,
    levels: Vec<HeightRow<'a>>,
    weak: Vec<HeightRow<'a>>,
    system_libraries: Vec<ExternalRow<'a>>,
    brings: &'a [String],
    troubles: Vec<TroubleRow<'a>>,
    lower: Vec<LowerRow>,
    systems: Vec<SystemRow>,
    tag: Option<String>,
    tags: Vec<TagRow>,
}

#[derive(Serialize)]
struct HeightRow<'a> {
    axis: &'static str,
    version: String,
    forced_by: Vec<BecauseRow<'a>>,
}

#[derive(Serialize)]
struct BecauseRow<'a> {
    object: &'a str,
    reason: &'static str,
    version: Option<&'a str>,
    library: Option<&'a str>,
    symbols: &'a [String],
}

#[derive(Serialize)]
struct ExternalRow<'a> {
    name: &'a str,
    needed_by: Vec<&'a str>,
    versions: &'a [String],
}

#[derive(Serialize)]
struct TroubleRow<'a> {
    name: &'static str,
    object: &'a str,
    message: String,
}

#[derive(Serialize)]
struct LowerRow {
    axis: &'static str,
    what: String,
    how: Option<String>,
    symbols: Vec<String>,
}

#[derive(Serialize)]
struct SystemRow {
    distribution: &'static str,
    release: &'static str,
    supported_until: &'static str,
    loads: Option<bool>,
    why: Vec<String>,
    source: &'static str,
}

#[derive(Serialize)]
struct TagRow {
    name: String,
    alias: Option<String>,
    holds: bool,
    obstacles: Vec<String>,
}

#[derive(Serialize)]
struct ViolationRow<'a> {
    limit: &'a str,
    message: String,
    objects: Vec<&'a str>,
    symbols: Vec<&'a str>,
}

/// The whole document.
pub fn floor(measured: &[Measured]) -> String {
    let document = Document {
        schema: "sayso/floor/v1",
        results: measured.iter().map(result).collect(),
    };
    super::line(&document) + "\n"
}

fn result(measured: &Measured) -> ResultRow<'_> {
    let violations = measured.floors.iter().zip(&measured.violations);
    ResultRow {
        path: &measured.named,
        floors: measured.floors.iter().map(row).collect(),
        claims: measured
            .claims
            .iter()
            .map(|claim| TagRow {
                name: claim.tag.clone(),
                alias: None,
                holds: claim.obstacles.is_empty(),
                obstacles: claim
                    .obstacles
                    .iter()
                    .map(floor::Obstacle::phrase)
                    .collect(),
            })
            .collect(),
        violations: violations
            .flat_map(|(floor, found)| found.iter().map(move |one| violation(floor, one)))
            .collect(),
        unreadable: &measured.unreadable,
    }
}

fn row(floor: &Floor) -> FloorRow<'_> {
    let tags = floor::tags(floor);
    let best = tags.iter().find(|tag| tag.obstacles.is_empty());
    FloorRow {
        machine: floor.machine_name(),
        class: if floor.class == Class::Elf64 { 64 } else { 32 },
        libc: floor.libc.name(),
        objects: &floor.parts,
        heights: Axis::ALL
            .iter()
            .filter_map(|axis| Some((axis.name(), height(floor, floor.demand(*axis)?))))
            .collect(),
        levels: floor
            .strong
            .iter()
            .map(|demand| height(floor, demand))
            .collect(),
        weak: floor
            .weak
            .iter()
            .map(|demand| height(floor, demand))
            .collect(),
        system_libraries: floor
            .external
            .iter()
            .map(|external| ExternalRow {
                name: &external.soname,
                needed_by: external
                    .needed_by
                    .iter()
                    .map(|&part| floor.parts[part].as_str())
                    .collect(),
                versions: &external.versions,
            })
            .collect(),
        brings: &floor.bundled,
        troubles: floor
            .troubles
            .iter()
            .map(|trouble| TroubleRow {
                name: trouble.name(),
                object: &floor.parts[trouble.part()],
                message: trouble.sentence(),
            })
            .collect(),
        lower: Axis::ALL
            .iter()
            .flat_map(|axis| floor.lowerings(*axis))
            .map(|lowering| LowerRow {
                axis: lowering.axis.name(),
                what: lowering.what,
                how: lowering.how,
                symbols: lowering.symbols,
            })
            .collect(),
        systems: floor::systems(floor).into_iter().map(system).collect(),
        tag: best.map(|tag| tag.name.clone()),
        tags: tags.into_iter().map(tag).collect(),
    }
}

fn height<'a>(floor: &'a Floor, demand: &'a Demand) -> HeightRow<'a> {
    HeightRow {
        axis: demand.axis.name(),
        version: demand.axis.show(&demand.number),
        forced_by: demand
            .because
            .iter()
            .map(|because| reason(floor, because))
            .collect(),
    }
}

fn reason<'a>(floor: &'a Floor, because: &'a Because) -> BecauseRow<'a> {
    let (reason, version, library) = match &because.reason {
        Reason::Version { version, library } => {
            ("version", Some(version.as_str()), Some(library.as_str()))
        }
        Reason::Symbol => ("symbol", None, None),
        Reason::Feature(feature) => (feature.name, None, None),
        Reason::AbiNote => ("abi-note", None, None),
        Reason::Property => ("gnu-property", None, None),
        Reason::Goamd64 => ("goamd64", None, None),
    };
    BecauseRow {
        object: &floor.parts[because.part],
        reason,
        version,
        library,
        symbols: &because.symbols,
    }
}

fn system(system: floor::System) -> SystemRow {
    let (loads, why) = match &system.fits {
        Fits::Yes => (Some(true), Vec::new()),
        Fits::No(lacks) => (Some(false), lacks.iter().map(lack).collect()),
        Fits::Unknown(axes) => (
            None,
            axes.iter()
                .map(|axis| format!("its {} is not known here", axis.title()))
                .collect(),
        ),
    };
    SystemRow {
        distribution: system.distribution,
        release: system.release,
        supported_until: system.supported_until,
        loads,
        why,
        source: system.source,
    }
}

fn lack(lack: &Lack) -> String {
    crate::text::lack(lack)
}

fn tag(tag: Tag) -> TagRow {
    TagRow {
        holds: tag.obstacles.is_empty(),
        obstacles: tag.obstacles.iter().map(floor::Obstacle::phrase).collect(),
        name: tag.name,
        alias: tag.alias,
    }
}

fn violation<'a>(floor: &'a Floor, violation: &'a Violation) -> ViolationRow<'a> {
    let mut objects: Vec<&str> = Vec::new();
    let parts = violation
        .demand
        .iter()
        .flat_map(|demand| demand.because.iter().map(|because| because.part))
        .chain(violation.part);
    for part in parts {
        let name = floor.parts[part].as_str();
        if !objects.contains(&name) {
            objects.push(name);
        }
    }
    ViolationRow {
        limit: &violation.limit,
        message: crate::text::violation_sentence(floor, violation),
        objects,
        symbols: violation
            .demand
            .as_ref()
            .map(Demand::symbols)
            .unwrap_or_default(),
    }
}
