//! A drawn world in the words of the world format.

use std::fmt::Write as _;

use sayso_fixture::Libc;

use super::draw::{Elf, Kind, Plan, Step};

impl Elf {
    fn attributes(&self) -> String {
        let mut text = String::new();
        let needs: Vec<String> = self
            .needs
            .iter()
            .map(|need| format!("{}{}", need.prefix, need.name))
            .collect();
        if !needs.is_empty() {
            let _ = write!(text, " needs={}", needs.join(","));
        }
        if let Some(soname) = self.soname {
            let _ = write!(text, " soname={soname}");
        }
        if let Some((run, elements)) = &self.paths {
            let tag = if *run { "runpath" } else { "rpath" };
            let _ = write!(text, " {tag}={}", elements.join(":"));
        }
        let mut seen = Vec::new();
        let mut imports = Vec::new();
        for import in &self.imports {
            if seen.contains(&import.symbol) {
                continue;
            }
            seen.push(import.symbol);
            // A version need names one of the needed files, as a linker would write it.
            let version = match import.version {
                Some(version) if !needs.is_empty() => {
                    let weak = if import.weak_version { "~" } else { "" };
                    format!("@{weak}{version}({})", import.of.get(&needs))
                }
                _ => String::new(),
            };
            let weak = if import.weak { "?" } else { "" };
            imports.push(format!("{}{version}{}{weak}", import.symbol, import.kind));
        }
        if !imports.is_empty() {
            let _ = write!(text, " imports={}", imports.join(","));
        }
        let mut exports = Vec::new();
        for export in &self.exports {
            if seen.contains(&export.symbol) {
                continue;
            }
            seen.push(export.symbol);
            let version = export.version.map_or(String::new(), |(version, default)| {
                format!("{}{version}", if default { "@@" } else { "@" })
            });
            exports.push(format!("{}{version}{}", export.symbol, export.marks));
        }
        if !exports.is_empty() {
            let _ = write!(text, " exports={}", exports.join(","));
        }
        if !self.extra.is_empty() {
            let _ = write!(text, " {}", self.extra);
        }
        text
    }
}

impl Plan {
    /// The world as text.
    pub(super) fn text(&self, libc: Libc) -> String {
        let name = if libc == Libc::Glibc { "glibc" } else { "musl" };
        let user = if self.user { " user=1000:1000" } else { "" };
        let mut text = format!(
            "machine: {name} cwd={}{user}\noption: objects\n",
            self.directory
        );
        if let Some(elements) = &self.library_path {
            let _ = writeln!(text, "env: LD_LIBRARY_PATH={}", elements.join(":"));
        }
        if let Some(preload) = &self.preload {
            let _ = writeln!(text, "env: LD_PRELOAD={}{}", preload.prefix, preload.name);
        }
        if self.bind_now {
            text.push_str("env: LD_BIND_NOW=1\n");
        }
        let mode = if self.set_user { " mode=4755" } else { "" };
        let _ = writeln!(text, "/app/main exec{}{mode}", self.program.attributes());
        let mut taken: Vec<String> = Vec::new();
        for (folder, name, kind) in &self.files {
            let path = format!("{folder}/{name}");
            if taken.contains(&path) {
                continue;
            }
            let _ = match kind {
                Kind::Library(elf) => writeln!(text, "{path} lib{}", elf.attributes()),
                Kind::Faulty("symlink -> loop") => writeln!(text, "{path} symlink -> {path}"),
                Kind::Faulty(fault) => writeln!(text, "{path} {fault}"),
                Kind::Link(folder, name) => writeln!(text, "{path} symlink -> {folder}/{name}"),
            };
            taken.push(path);
        }
        if self.cached && libc == Libc::Glibc {
            let _ = writeln!(text, "cache: {}", taken.join(" "));
        }
        self.write_steps(&mut text, libc);
        text.push_str("run: /app/main\n");
        text
    }

    /// Handles are only taken of steps that open something.
    fn write_steps(&self, text: &mut String, libc: Libc) {
        let mut handles: Vec<usize> = Vec::new();
        let mut number = 0;
        for step in &self.steps {
            let line = match step {
                Step::Open(need, flags) => {
                    handles.push(number + 1);
                    format!("dlopen {}{} {flags}", need.prefix, need.name)
                }
                Step::OpenApart(_) if libc == Libc::Musl => continue,
                Step::OpenApart(need) => {
                    handles.push(number + 1);
                    format!("dlmopen {}{} now", need.prefix, need.name)
                }
                Step::Symbol(_, symbol) if handles.is_empty() => format!("dlsym default {symbol}"),
                Step::Symbol(step, symbol) => format!("dlsym {} {symbol}", step.get(&handles)),
                Step::Close(_) if handles.is_empty() => continue,
                Step::Close(step) => {
                    let at = step.index(handles.len());
                    format!("dlclose {}", handles.remove(at))
                }
            };
            number += 1;
            let _ = writeln!(text, "then: {line}");
        }
    }
}
