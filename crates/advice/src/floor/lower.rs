//! What would lower a floor.

use std::collections::HashMap;

use super::{Axis, Floor, Number, Reason};
use crate::packages;
use sayso_facts::elf::em;

/// Something that lowers a floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lowering {
    /// What is counted.
    pub axis: Axis,
    /// What to do, in the imperative.
    pub what: String,
    /// What to type or to write, where it can be.
    pub how: Option<String>,
    /// The symbols that it is about; none: all.
    pub symbols: Vec<String>,
}

/// The oldest GCC whose libstdc++ or libgcc_s reaches a height: "12".
pub fn gcc_release(axis: Axis, height: &Number) -> Option<&'static str> {
    let column = match axis {
        Axis::Glibcxx => 1,
        Axis::Cxxabi => 2,
        Axis::Libgcc => 3,
        _ => return None,
    };
    packages::gcc_release(column, |cell| {
        Number::parse(cell).is_some_and(|has| has >= *height)
    })
}

impl Floor {
    /// What would lower an axis, most telling first: the reasons of known symbols, marks and records, older versions that could
    /// be bound, then the build system.
    pub fn lowerings(&self, axis: Axis) -> Vec<Lowering> {
        let Some(demand) = self.demand(axis) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut add = |what: String, how: Option<String>, symbols: Vec<String>| {
            found.push(Lowering {
                axis,
                what,
                how,
                symbols,
            });
        };
        for because in &demand.because {
            match &because.reason {
                Reason::Feature(feature) => {
                    add(
                        format!("{} ({})", feature.avoid, feature.what),
                        None,
                        Vec::new(),
                    );
                }
                Reason::Property | Reason::Goamd64 if demand.number.part(0) < 2 => {}
                Reason::Property => add(
                    "compile for a lower level (the mark comes from -march or from assembly)"
                        .into(),
                    Some("-march=x86-64".into()),
                    Vec::new(),
                ),
                Reason::Goamd64 => add(
                    "build the Go code for a lower level".into(),
                    Some("GOAMD64=v1 go build …".into()),
                    Vec::new(),
                ),
                Reason::Version { version, .. } if because.symbols.is_empty() => add(
                    format!(
                        "{} asks for {version} with no symbol behind it: link it again, or strip the record",
                        self.parts[because.part]
                    ),
                    None,
                    Vec::new(),
                ),
                _ => {}
            }
        }
        let symbols: Vec<String> = demand
            .symbols()
            .into_iter()
            .map(ToOwned::to_owned)
            .collect();
        match axis {
            Axis::Glibc => self.lower_glibc(&demand.number, &symbols, &mut add),
            Axis::Glibcxx | Axis::Cxxabi => lower_libstdcxx(axis, &demand.number, &mut add),
            Axis::Libgcc => {
                let gcc = gcc_release(axis, &demand.number);
                let older = gcc.map_or(String::new(), |gcc| {
                    format!(", or build with a GCC older than {gcc}")
                });
                add(
                    format!("link libgcc statically{older}"),
                    Some("-static-libgcc".into()),
                    Vec::new(),
                );
            }
            Axis::Musl if !symbols.is_empty() => add(
                format!(
                    "avoid the symbols, or build on a system with musl older than {}",
                    demand.number
                ),
                None,
                symbols,
            ),
            _ => {}
        }
        found.dedup();
        found
    }

    fn lower_glibc(
        &self,
        height: &Number,
        symbols: &[String],
        add: &mut impl FnMut(String, Option<String>, Vec<String>),
    ) {
        let mut known: Vec<(packages::Raiser, Vec<String>)> = Vec::new();
        let mut places = HashMap::new();
        for symbol in symbols {
            if let Some(raiser) = packages::glibc_raiser(symbol, &height.to_string()) {
                let at = *places.entry(raiser).or_insert_with(|| {
                    known.push((raiser, Vec::new()));
                    known.len() - 1
                });
                known[at].1.push(symbol.clone());
            }
        }
        for (raiser, symbols) in known {
            add(format!("{}: {}", raiser.why, raiser.avoid), None, symbols);
        }
        // The startup object asks for __libc_start_main, and it cannot be told to ask for another version.
        let older = |symbol: &String| -> Option<&'static str> {
            let versions = packages::glibc_versions(symbol);
            let below = versions
                .iter()
                .rev()
                .find(|version| Number::parse(version).is_some_and(|number| number < *height))?;
            (symbol != "__libc_start_main" && self.machine == em::X86_64).then_some(*below)
        };
        let bindable: Vec<(&String, &str)> = symbols
            .iter()
            .filter_map(|symbol| Some((symbol, older(symbol)?)))
            .collect();
        if let Some((symbol, version)) = bindable.first() {
            let all = if bindable.len() == symbols.len() {
                "every one of them has"
            } else {
                "some of them have"
            };
            add(
                format!("bind an older version, which {all}"),
                Some(format!(
                    "__asm__(\".symver {symbol}, {symbol}@GLIBC_{version}\");"
                )),
                bindable
                    .iter()
                    .map(|(symbol, _)| (*symbol).clone())
                    .collect(),
            );
        }
        add(
            match self.next_lower(Axis::Glibc) {
                Some(next) => format!(
                    "build on a system with an older glibc, or against one (zig cc -target …-linux-gnu.{next}, cargo zigbuild, a manylinux image)"
                ),
                None => "build on a system with an older glibc, or against one".into(),
            },
            None,
            Vec::new(),
        );
    }
}

fn lower_libstdcxx(
    axis: Axis,
    height: &Number,
    add: &mut impl FnMut(String, Option<String>, Vec<String>),
) {
    add(
        "link libstdc++ statically (not where C++ objects or exceptions cross into other libraries)"
            .into(),
        Some("-static-libstdc++".into()),
        Vec::new(),
    );
    let gcc = gcc_release(axis, height).map_or("an older GCC".to_owned(), |gcc| {
        format!(
            "a GCC older than {gcc}, or one that links the newer parts statically (gcc-toolset)"
        )
    });
    add(
        format!("build with {gcc}, or bring libstdc++.so.6 along"),
        None,
        Vec::new(),
    );
}
