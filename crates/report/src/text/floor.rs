//! `floor` as text: the numbers, what forces them, what would lower them, and where it loads.

use sayso_advice::floor::{
    self, Axis, Because, Demand, Fits, Floor, Lack, Libc, Reason, System, Tag, Violation,
};

use crate::floor::Measured;
use crate::names::readable;
use crate::style::{Paint, Style};

/// Column in which values begin.
const COLUMN: usize = 9;
/// Symbols and objects named where many are counted.
const NAMED: usize = 3;

/// The answer about one artifact.
pub fn floor(measured: &Measured, style: &Style) -> String {
    let mut text = String::new();
    for (at, floor) in measured.floors.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text.push_str(&one(measured, floor, style));
    }
    for claim in &measured.claims {
        if claim.obstacles.is_empty() {
            text.push_str(&style.entry(
                "claims",
                2,
                COLUMN + 2,
                &format!("{}, and keeps to it", claim.tag),
            ));
        } else {
            let why: Vec<String> = claim
                .obstacles
                .iter()
                .map(floor::Obstacle::phrase)
                .collect();
            text.push_str(&style.entry(
                "claims",
                2,
                COLUMN + 2,
                &format!("{}, and does not keep to it: {}", claim.tag, some(&why)),
            ));
        }
    }
    for (floor, violations) in measured.floors.iter().zip(&measured.violations) {
        for violation in violations {
            text.push_str(&self::violation(floor, violation, style));
        }
    }
    text
}

/// One line, for `-q`: nothing unless a limit is broken.
pub fn floor_brief(measured: &Measured, style: &Style) -> String {
    let mut text = String::new();
    for (floor, violations) in measured.floors.iter().zip(&measured.violations) {
        for found in violations {
            text.push_str(&format!(
                "{}: {}\n",
                style.paint(Paint::Strong, &measured.named),
                violation_sentence(floor, found)
            ));
        }
    }
    text
}

fn one(measured: &Measured, floor: &Floor, style: &Style) -> String {
    let mut text = headline(measured, floor, style);
    for axis in Axis::ALL {
        if let Some(demand) = floor.demand(axis) {
            text.push_str(&height(floor, demand, style));
        } else if axis == Axis::Cpu && floor.machine == 62 {
            text.push_str(&entry(
                "cpu",
                "x86-64-v1: no object says that it needs more",
                style,
            ));
        }
    }
    for demand in &floor.weak {
        let symbols: Vec<String> = shown(demand);
        let prose = format!(
            "{} {} is asked for weakly ({}): it loads without, and they are null then",
            demand.axis.title(),
            demand.axis.show(&demand.number),
            some(&symbols)
        );
        text.push_str(&entry("weak", &prose, style));
    }
    for trouble in &floor.troubles {
        let prose = format!("{} {}", floor.parts[trouble.part()], trouble.sentence());
        text.push_str(&entry("trouble", &prose, style));
    }
    text.push_str(&libraries(floor, style));
    text.push_str(&lowerings(floor, style));
    text.push('\n');
    text.push_str(&systems(&floor::systems(floor), floor, style));
    text.push_str(&tags(&floor::tags(floor), style));
    if style.verbose > 0 {
        text.push_str(&ladder(floor, style));
    }
    text
}

fn headline(measured: &Measured, floor: &Floor, style: &Style) -> String {
    let libc = match floor.libc {
        Libc::Glibc | Libc::Musl => {
            let axis = if floor.libc == Libc::Glibc {
                Axis::Glibc
            } else {
                Axis::Musl
            };
            match floor.height(axis) {
                Some(height) => format!("needs {} {height}", floor.libc.name()),
                None => format!("needs {}, any release", floor.libc.name()),
            }
        }
        Libc::Bionic => "needs Android's C library".into(),
        Libc::Other => "needs another system's C library".into(),
        Libc::None => "needs no C library".into(),
    };
    let libc = if floor.troubles.iter().any(floor::Trouble::is_fatal) {
        style.paint(Paint::Bad, format!("{libc}, and has trouble"))
    } else {
        style.paint(Paint::Strong, libc)
    };
    let objects = match floor.parts.len() {
        1 => String::new(),
        many => format!(", {many} objects"),
    };
    format!(
        "{}: {libc} {}\n",
        style.paint(Paint::Strong, &measured.named),
        style.paint(Paint::Dim, format!("({}{objects})", floor.machine_name()))
    )
}

fn entry(label: &str, prose: &str, style: &Style) -> String {
    style.entry(label, 2, COLUMN, prose)
}

/// "glibc    2.34: pthread_create and dlsym, by bin/shop"
fn height(floor: &Floor, demand: &Demand, style: &Style) -> String {
    let label = match demand.axis {
        Axis::Libgcc => "libgcc",
        Axis::Kernel => "Linux",
        Axis::Cpu => "cpu",
        axis => axis.title(),
    };
    let symbols: Vec<String> = shown(demand);
    let mut why: Vec<String> = Vec::new();
    if !symbols.is_empty() {
        why.push(some(&symbols));
    }
    for because in demand
        .because
        .iter()
        .filter(|because| because.symbols.is_empty())
    {
        let words = mark(because);
        if !why.contains(&words) {
            why.push(words);
        }
    }
    let gcc = floor::gcc_release(demand.axis, &demand.number)
        .map_or(String::new(), |gcc| format!(" (GCC {gcc})"));
    let objects = if floor.parts.len() > 1 {
        format!(", by {}", some(&objects(floor, demand)))
    } else {
        String::new()
    };
    let prose = format!(
        "{}{gcc}: {}{objects}",
        demand.axis.show(&demand.number),
        some(&why)
    );
    entry(label, &prose, style)
}

/// Its symbols as a person reads them.
fn shown(demand: &Demand) -> Vec<String> {
    let symbols = demand.symbols();
    symbols
        .iter()
        .map(|name| readable(name.as_bytes()))
        .collect()
}

/// What asks where no symbol does.
fn mark(because: &Because) -> String {
    match &because.reason {
        Reason::Version { version, library } => {
            format!("a record that asks {library} for {version} with no symbol behind it")
        }
        Reason::Symbol => "symbols".into(),
        Reason::Feature(feature) => feature.what.into(),
        Reason::AbiNote => "the ABI note, which glibc looks at up to 2.35".into(),
        Reason::Property => "the GNU property".into(),
        Reason::Goamd64 => "GOAMD64 of a Go program".into(),
    }
}

fn objects(floor: &Floor, demand: &Demand) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for because in &demand.because {
        let name = &floor.parts[because.part];
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn some(names: &[String]) -> String {
    sayso_advice::enumerate_some(names, NAMED)
}

fn libraries(floor: &Floor, style: &Style) -> String {
    let all = |names: Vec<String>| {
        let most = if style.verbose > 0 { usize::MAX } else { 8 };
        sayso_advice::enumerate_some(&names, most)
    };
    let mut text = String::new();
    let external: Vec<String> = floor
        .external
        .iter()
        .map(|external| external.soname.clone())
        .collect();
    if !external.is_empty() {
        text.push_str(&entry("system", &all(external), style));
    }
    if !floor.bundled.is_empty() {
        text.push_str(&entry("brings", &all(floor.bundled.clone()), style));
    }
    text
}

/// What would lower the axis that decides: glibc's or musl's, and the others when asked for more.
fn lowerings(floor: &Floor, style: &Style) -> String {
    let mut text = String::new();
    for axis in Axis::ALL {
        let decides = matches!(axis, Axis::Glibc | Axis::Musl) || axis == Axis::Cpu;
        if !decides && style.verbose == 0 {
            continue;
        }
        let next = floor
            .next_lower(axis)
            .map_or(String::new(), |next| format!(" (then {})", axis.show(next)));
        for (at, lowering) in floor.lowerings(axis).iter().enumerate() {
            let label = if at == 0 { "lower" } else { "" };
            let about = if lowering.symbols.is_empty() {
                String::new()
            } else {
                format!("{}: ", some(&lowering.symbols))
            };
            let next = if at == 0 { next.as_str() } else { "" };
            let title = if at == 0 {
                format!("{}{next}: ", axis.title())
            } else {
                "or ".into()
            };
            text.push_str(&entry(
                label,
                &format!("{title}{about}{}", lowering.what),
                style,
            ));
            if let Some(how) = &lowering.how {
                text.push_str(&format!(
                    "  {:COLUMN$}  {}\n",
                    "",
                    style.paint(Paint::Command, how)
                ));
            }
        }
    }
    text
}

/// One line a distribution: the releases it loads on, and those it does not.
fn systems(systems: &[System], floor: &Floor, style: &Style) -> String {
    if matches!(floor.libc, Libc::Bionic | Libc::Other) {
        return String::new();
    }
    let mut text = String::new();
    let mut at = 0;
    while at < systems.len() {
        let name = systems[at].distribution;
        let rows: Vec<&System> = systems[at..]
            .iter()
            .take_while(|system| system.distribution == name)
            .collect();
        at += rows.len();
        let releases = |wanted: fn(&Fits) -> bool| -> Vec<&str> {
            let rows = rows.iter().filter(|row| wanted(&row.fits));
            rows.map(|row| {
                if row.release.is_empty() {
                    "today"
                } else {
                    row.release
                }
            })
            .collect()
        };
        let (yes, no, unknown) = (
            releases(|fits| *fits == Fits::Yes),
            releases(|fits| matches!(fits, Fits::No(_))),
            releases(|fits| matches!(fits, Fits::Unknown(_))),
        );
        let mut words = Vec::new();
        if !yes.is_empty() {
            words.push(format!(
                "{} {}",
                style.paint(Paint::Good, "yes"),
                yes.join(", ")
            ));
        }
        if !unknown.is_empty() {
            words.push(format!(
                "{} {}",
                style.paint(Paint::Caution, "unknown"),
                unknown.join(", ")
            ));
        }
        if !no.is_empty() {
            words.push(format!(
                "{} {}",
                style.paint(Paint::Bad, "no"),
                no.join(", ")
            ));
        }
        text.push_str(&format!("  {:<26}{}\n", name, words.join("; ")));
        if style.verbose > 0 {
            for row in rows {
                text.push_str(&lacks(row));
            }
        }
    }
    text
}

fn lacks(system: &System) -> String {
    let words: Vec<String> = match &system.fits {
        Fits::Yes => return String::new(),
        Fits::Unknown(axes) => axes
            .iter()
            .map(|axis| format!("its {} is not known here", axis.title()))
            .collect(),
        Fits::No(lacks) => lacks.iter().map(lack).collect(),
    };
    format!("  {:<26}{}: {}\n", "", system.release, words.join(", "))
}

/// "glibc 2.31, needs 2.34"
pub(crate) fn lack(lack: &Lack) -> String {
    match lack {
        Lack::Older { axis, needs, has } => format!(
            "{} {}, needs {}",
            axis.title(),
            axis.show(has),
            axis.show(needs)
        ),
        Lack::OtherLibc => "another C library".into(),
        Lack::Nowhere => "see the trouble above".into(),
    }
}

/// The tag for the oldest system that holds, and why the next older does not.
fn tags(tags: &[Tag], style: &Style) -> String {
    let with_alias = |tag: &Tag| match &tag.alias {
        Some(alias) => format!("{} ({alias})", tag.name),
        None => tag.name.clone(),
    };
    let why = |tag: &Tag| {
        let phrases: Vec<String> = tag.obstacles.iter().map(floor::Obstacle::phrase).collect();
        some(&phrases)
    };
    let best = tags.iter().position(|tag| tag.obstacles.is_empty());
    let prose = match (best, tags.last()) {
        (_, None) => return String::new(),
        (Some(0), _) => with_alias(&tags[0]),
        (Some(at), _) => format!(
            "{}; not {}: {}",
            with_alias(&tags[at]),
            with_alias(&tags[at - 1]),
            why(&tags[at - 1])
        ),
        (None, Some(last)) => format!("none; not even {}: {}", with_alias(last), why(last)),
    };
    style.entry("wheel tag", 2, 26, &prose)
}

/// Every height of every axis, for `-v`.
fn ladder(floor: &Floor, style: &Style) -> String {
    let mut text = String::from("\n");
    for demand in &floor.strong {
        let symbols: Vec<String> = shown(demand);
        let what = if symbols.is_empty() {
            demand.because.first().map(mark).unwrap_or_default()
        } else {
            let most = if style.verbose > 1 { usize::MAX } else { 12 };
            sayso_advice::enumerate_some(&symbols, most)
        };
        let label = format!(
            "{} {}",
            demand.axis.title(),
            demand.axis.show(&demand.number)
        );
        text.push_str(&style.entry(
            &label,
            2,
            18,
            &format!("{what}, by {}", some(&objects(floor, demand))),
        ));
    }
    text
}

fn violation(floor: &Floor, violation: &Violation, style: &Style) -> String {
    format!(
        "{} {}\n",
        style.paint(Paint::Bad, "error:"),
        violation_sentence(floor, violation)
    )
}

/// "glibc at most 2.28: bin/shop needs glibc 2.34 (pthread_create)"
pub(crate) fn violation_sentence(floor: &Floor, violation: &Violation) -> String {
    let (names, symbols) = match (&violation.demand, violation.part) {
        (Some(demand), _) => (objects(floor, demand), shown(demand)),
        (None, Some(part)) => (vec![floor.parts[part].clone()], Vec::new()),
        (None, None) => (
            floor.parts.first().cloned().into_iter().collect(),
            Vec::new(),
        ),
    };
    let symbols = if symbols.is_empty() {
        String::new()
    } else {
        format!(" because of {}", some(&symbols))
    };
    format!(
        "{}: {} {}{symbols}",
        violation.limit,
        some(&names),
        violation.what
    )
}
