//! The table `[policy]` of a `sayso.toml`.

use std::ops::Range;

use super::{Demands, Exception, Growth, Policy, Relro, RunPath, Section};
use crate::floor::{self, Axis};
use crate::settings::{Reader, Settings, SettingsError, Value};

/// Keys of a table of demands, and of `[[policy.except]]`.
const KEYS: &[&str] = &[
    "glibc",
    "musl",
    "glibcxx",
    "cxxabi",
    "libgcc",
    "kernel",
    "cpu",
    "count-weak",
    "targets",
    "needed-forbidden",
    "needed-required",
    "needed-allowed",
    "run-path",
    "undefined-forbidden",
    "undefined-allowed",
    "exports-required",
    "exports-forbidden",
    "exports-allowed",
    "static-tls",
    "executable-stack",
    "text-relocations",
    "relro",
    "bind-now",
    "pie",
    "machine",
    "build-id",
    "distinct-build-ids",
    "size",
    "size-growth",
];
const EXCEPTION_KEYS: &[&str] = &["rule", "object", "names", "reason"];

/// What machines are called.
pub(super) const MACHINES: &[(&str, u16)] = &[
    ("x86_64", 62),
    ("aarch64", 183),
    ("i686", 3),
    ("armv7l", 40),
    ("ppc64le", 21),
    ("s390x", 22),
    ("riscv64", 243),
    ("loongarch64", 258),
    ("mips", 8),
    ("sparc64", 43),
];

impl Policy {
    /// Reads the policy out of a file's text.
    ///
    /// # Errors
    /// The first thing in the file that cannot be meant, with its line; or that it has no table `[policy]`.
    pub fn read(text: &str) -> Result<Policy, SettingsError> {
        Settings::read(text)?.policy.ok_or_else(|| SettingsError {
            line: 1,
            what:
                "it has no table [policy]: write [policy] and below it lines like glibc = \"2.28\""
                    .into(),
        })
    }
}

impl Reader<'_> {
    /// The table `[policy]`.
    pub(crate) fn policy(&self, value: &Value<'_>) -> Result<Policy, SettingsError> {
        let mut policy = Policy::default();
        for (key, value) in self.table(value, "policy")? {
            match key.get_ref().as_ref() {
                "artifact" => {
                    for entry in self.array(value, "artifact")? {
                        policy.sections.push(self.section(entry)?);
                    }
                }
                "except" => {
                    for entry in self.array(value, "except")? {
                        policy.exceptions.push(self.exception(entry)?);
                    }
                }
                name => self.demand(&mut policy.base, key.span(), name, value)?,
            }
        }
        Ok(policy)
    }

    fn section(&self, value: &Value<'_>) -> Result<Section, SettingsError> {
        let mut demands = Demands::default();
        let mut pattern = None;
        for (key, value) in self.table(value, "an entry of [[policy.artifact]]")? {
            match key.get_ref().as_ref() {
                "match" => pattern = Some(self.string(value, "match")?),
                name => self.demand(&mut demands, key.span(), name, value)?,
            }
        }
        Ok(Section {
            pattern: pattern.ok_or_else(|| {
                self.error(
                    value.span(),
                    "[[policy.artifact]] needs match = \"…\": which names it is about",
                )
            })?,
            line: self.line(value.span()),
            demands,
        })
    }

    fn exception(&self, value: &Value<'_>) -> Result<Exception, SettingsError> {
        let mut exception = Exception {
            rule: None,
            object: None,
            names: Vec::new(),
            reason: String::new(),
            line: self.line(value.span()),
        };
        for (key, value) in self.table(value, "an entry of [[policy.except]]")? {
            match key.get_ref().as_ref() {
                "rule" => {
                    let name = self.string(value, "rule")?;
                    let known: Vec<&str> = crate::RULES
                        .iter()
                        .map(|rule| rule.name)
                        .filter(|name| name.starts_with("policy-"))
                        .collect();
                    if !known.contains(&name.as_str()) {
                        return Err(self.unknown(value.span(), &name, &known));
                    }
                    exception.rule = Some(name);
                }
                "object" => exception.object = Some(self.string(value, "object")?),
                "names" => exception.names = self.strings(value, "names")?,
                "reason" => exception.reason = self.string(value, "reason")?,
                name => return Err(self.unknown(key.span(), name, EXCEPTION_KEYS)),
            }
        }
        if exception.reason.trim().is_empty() {
            return Err(self.error(
                value.span(),
                "an exception needs its reason: reason = \"why this may stay\"",
            ));
        }
        Ok(exception)
    }

    fn demand(
        &self,
        demands: &mut Demands,
        place: Range<usize>,
        key: &str,
        value: &Value<'_>,
    ) -> Result<(), SettingsError> {
        if let Some(axis) = Axis::ALL.iter().find(|axis| axis.name() == key) {
            let text = self.string(value, key)?;
            let number = axis.parse(&text).ok_or_else(|| {
                let example = if *axis == Axis::Cpu {
                    "x86-64-v2"
                } else {
                    "2.28"
                };
                self.error(
                    value.span(),
                    format!("{key} is a number with dots in quotes, as in \"{example}\""),
                )
            })?;
            demands.highest.push((*axis, number));
            return Ok(());
        }
        let strings = |value| self.strings(value, key).map(Some);
        let truth = |value| self.truth(value, key).map(Some);
        match key {
            "count-weak" => demands.count_weak = truth(value)?,
            "targets" => demands.targets = Some(self.targets(value)?),
            "needed-forbidden" => demands.needed_forbidden = strings(value)?,
            "needed-required" => demands.needed_required = strings(value)?,
            "needed-allowed" => demands.needed_allowed = strings(value)?,
            "run-path" => {
                let words = [
                    ("none", RunPath::None),
                    ("origin", RunPath::Origin),
                    ("no-build-path", RunPath::NoBuildPath),
                    ("any", RunPath::Any),
                ];
                demands.run_path = Some(self.word(value, key, &words)?);
            }
            "undefined-forbidden" => demands.undefined_forbidden = strings(value)?,
            "undefined-allowed" => demands.undefined_allowed = strings(value)?,
            "exports-required" => demands.exports_required = strings(value)?,
            "exports-forbidden" => demands.exports_forbidden = strings(value)?,
            "exports-allowed" => demands.exports_allowed = strings(value)?,
            "static-tls" => demands.static_tls = truth(value)?,
            "executable-stack" => demands.executable_stack = truth(value)?,
            "text-relocations" => demands.text_relocations = truth(value)?,
            "relro" => {
                let words = [
                    ("none", Relro::None),
                    ("partial", Relro::Partial),
                    ("full", Relro::Full),
                ];
                demands.relro = Some(self.word(value, key, &words)?);
            }
            "bind-now" => demands.bind_now = truth(value)?,
            "pie" => demands.pie = truth(value)?,
            "machine" => {
                let words: Vec<(&str, &str)> =
                    MACHINES.iter().map(|(name, _)| (*name, *name)).collect();
                demands.machine = Some(self.word(value, key, &words)?.to_owned());
            }
            "build-id" => demands.build_id = truth(value)?,
            "distinct-build-ids" => demands.distinct_build_ids = truth(value)?,
            "size" => demands.size = Some(self.bytes(value, key)?),
            "size-growth" => demands.growth = Some(self.growth(value)?),
            other => return Err(self.unknown(place, other, KEYS)),
        }
        Ok(())
    }

    fn array<'v, 'i>(
        &self,
        value: &'v Value<'i>,
        key: &str,
    ) -> Result<&'v [Value<'i>], SettingsError> {
        let array = value.get_ref().as_array().map(AsRef::as_ref);
        array.ok_or_else(|| {
            self.error(
                value.span(),
                format!("write [[policy.{key}]], one for each"),
            )
        })
    }

    fn targets(&self, value: &Value<'_>) -> Result<Vec<floor::Target>, SettingsError> {
        let names = self.strings(value, "targets")?;
        names
            .iter()
            .map(|name| floor::target(name).map_err(|why| self.error(value.span(), why)))
            .collect()
    }

    fn bytes(&self, value: &Value<'_>, key: &str) -> Result<u64, SettingsError> {
        let number = value
            .get_ref()
            .as_integer()
            .filter(|number| number.radix() == 10)
            .and_then(|number| number.as_str().replace('_', "").parse().ok());
        number.ok_or_else(|| self.error(value.span(), format!("{key} is a number of bytes")))
    }

    fn growth(&self, value: &Value<'_>) -> Result<Growth, SettingsError> {
        if let Some(text) = value.get_ref().as_str() {
            let percent = text
                .strip_suffix('%')
                .and_then(|number| number.trim().parse().ok());
            return percent.map(Growth::Percent).ok_or_else(|| {
                self.error(value.span(), "size-growth is \"10%\", or a number of bytes")
            });
        }
        self.bytes(value, "size-growth").map(Growth::Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_policy_is_read() {
        let policy = Policy::read(
            "[go.symbols]\nRun = \"\"\n\n[policy]\nglibc = \"2.28\"\ncpu = \"x86-64-v2\"\ntargets = [\"debian:11\"]\n\
             needed-forbidden = [\"libgcc_s.so.1\"]\nrun-path = \"origin\"\nrelro = \"full\"\nsize-growth = \"10%\"\n\n\
             [[policy.artifact]]\nmatch = \"*-linux-arm64*\"\nmachine = \"aarch64\"\nglibc = \"2.17\"\nsize = 1_000\n\n\
             [[policy.except]]\nrule = \"policy-floor\"\nobject = \"bin/old\"\nreason = \"runs in a container\"\n",
        )
        .expect("a policy");
        assert_eq!(policy.base.highest.len(), 2);
        assert_eq!(policy.sections[0].line, 13);
        assert_eq!(policy.exceptions[0].line, 19);
        let plain = policy.demands("app-linux-x64.tar.gz", None);
        assert_eq!(plain.machine, None);
        assert_eq!(plain.growth, Some(Growth::Percent(10)));
        let arm = policy.demands("dist/app-linux-arm64.tar.gz", None);
        assert_eq!(arm.machine.as_deref(), Some("aarch64"));
        assert_eq!(arm.size, Some(1000));
        let glibc = arm.highest.iter().find(|(axis, _)| *axis == Axis::Glibc);
        assert_eq!(
            glibc.map(|(_, number)| number.to_string()).as_deref(),
            Some("2.17")
        );
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, line, part) in [
            ("[policy]\nglib = \"2.28\"\n", 2, "did you mean glibc?"),
            ("[policy]\n\nglibc = 2.28\n", 3, "text in quotes"),
            ("[policy]\nglibc = \"new\"\n", 2, "number with dots"),
            ("[polici]\n", 1, "did you mean policy?"),
            ("[policy]\nrun-path = \"some\"\n", 2, "\"origin\""),
            ("[policy]\ntargets = [\"plan9:4\"]\n", 2, "no distribution"),
            (
                "[policy]\nneeded-forbidden = \"libx\"\n",
                2,
                "list of texts",
            ),
            ("[policy]\nstatic-tls = \"no\"\n", 2, "true or false"),
            ("[[policy.artifact]]\nglibc = \"2.28\"\n", 1, "needs match"),
            (
                "[[policy.except]]\nrule = \"policy-floor\"\n",
                1,
                "needs its reason",
            ),
            (
                "[[policy.except]]\nrule = \"policy-flor\"\nreason = \"x\"\n",
                2,
                "policy-floor",
            ),
            (
                "[[policy.except]]\nsymbol = \"a\"\nreason = \"x\"\n",
                2,
                "no key here",
            ),
            ("[policy]\nsize = \"big\"\n", 2, "number of bytes"),
            ("[policy]\nsize-growth = \"a lot\"\n", 2, "10%"),
            ("[policy\n", 1, ""),
            ("", 1, "no table [policy]"),
        ] {
            let error = Policy::read(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.what.contains(part), "{text:?}: {error}");
        }
    }
}
