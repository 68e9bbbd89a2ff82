//! `dotnet-dllimport-not-found`: .NET tried every name and hides the reason.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "dotnet-dllimport-not-found",
    phase: Phase::Search,
    level: Level::Error,
    summary: ".NET tried several names for a native library; the one it reports last hides the real reason",
    loaders: RUNTIME,
    messages: &["dotnet/shared-library", "dotnet/mono", "dotnet/dll", "dotnet/assembly"],
    page: page!("dotnet-dllimport-not-found"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let tried = heard.frames.iter().find(|said| said.message.id == "dotnet/shared-library").and_then(|said| said.fields.get("object")).map(show);
    let object = tried.unwrap_or_else(|| heard.text("object"));
    if !heard.message.id.starts_with("dotnet/") {
        // What the loader said last is of a name that nobody has, or of the library that is really missing.
        let stem = |name: &str| hearing::stem(name).trim_start_matches("lib").to_owned();
        let names_a_probe = heard.message.id == "glibc/cannot-open" && stem(&heard.text("object")).contains(&stem(&object));
        if !names_a_probe {
            return Some(Hearing::new(Likelihood::Possible).why(format!(".NET tried several names for {object}; what the loader said here is of the last one")));
        }
    }
    if heard.is("dotnet/dll") {
        return (heard.says("windows/mod-not-found") || !heard.parts.iter().any(|part| part.message.id.starts_with("windows/"))).then(|| on_windows(&object));
    }
    if heard.is("dotnet/assembly") && (heard.text("reason").contains("incorrect format") || object.contains("Version=")) {
        return Some(
            Hearing::new(Likelihood::Possible)
                .why(format!("{object} is an assembly: .NET's own search, not the system's loader; with \"incorrect format\" it is a native DLL of the other word size behind it"))
                .fix("see what is deployed", "dotnet --info; ls the program's folder for the .dll and its .deps.json")
                .advice("set PlatformTarget to the native library's word size (x64 or x86)"),
        );
    }
    let stem = object.trim_end_matches(".so").trim_end_matches(".dll").trim_start_matches("lib").to_owned();
    let known = packages::known_soname(&object).or_else(|| packages::known_soname(&format!("lib{stem}")));
    let mut hearing = Hearing::new(Likelihood::Certain)
        .why(format!("DllImport(\"{object}\") was tried as {object}, lib{object}, {object}.so and lib{object}.so; the text names the last of these, and a file that is there but lacks a library of its own says the same"))
        .decided_by(format!("LD_DEBUG=libs dotnet PROGRAM.dll 2>&1 | grep -i -e {stem} -e 'cannot open'"));
    if let Some(known) = known {
        hearing = known.commands.iter().fold(hearing, |hearing, command| hearing.fix(format!("it is {}: {}", known.what, known.advice), *command));
    }
    Some(
        hearing
            .advice("if no file of any of these names is there: install its package, or put the file into runtimes/linux-x64/native of the package")
            .fix("if a file is there: see what it lacks", format!("ldd $(find / -name 'lib{stem}*.so*' -not -path '/proc/*' 2>/dev/null | head -1) | grep 'not found'"))
            .advice("on Alpine: the native package must have a linux-musl-x64 build")
            .not_helpful(format!("making a file lib{object}.so because the text names it: that is only the last of the names tried")),
    )
}

/// .NET on Windows passes on what LoadLibrary said.
fn on_windows(object: &str) -> Hearing {
    let file = if object.to_ascii_lowercase().ends_with(".dll") { object.to_owned() } else { format!("{object}.dll") };
    Hearing::new(Likelihood::Certain)
        .why(format!("DllImport(\"{object}\"): Windows found neither {file} beside the program and in PATH, or it found it and a DLL that it needs is missing; the words are the same"))
        .decided_by(format!("where /r . {file} & dumpbin /dependents {file}"))
        .advice(format!("if {file} is not there: its NuGet package has no build for this system and word size (runtimes\\win-x64\\native), or it was not copied to the output"))
        .fix("if it is there: what it mostly lacks is the Visual C++ runtime", "winget install Microsoft.VCRedist.2015+.x64")
        .not_helpful("DLLs from download sites: not the right build, not signed, and the next one is missing")
}
