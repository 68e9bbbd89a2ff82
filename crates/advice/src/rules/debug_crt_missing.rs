//! `debug-crt-missing`: the runtime of a debug build.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "debug-crt-missing",
    phase: Phase::Search,
    level: Level::Error,
    summary: "the program is a debug build: its runtime is only on machines with Visual Studio",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("debug-crt-missing"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let name = pe::file(heard);
    if pe::code(heard) != 126 && pe::code(heard) != 1157 || !pe::is_debug_runtime(&name) {
        return None;
    }
    Some(
        Hearing::new(Likelihood::Certain)
            .why(format!("{name} is the runtime of debug builds, which comes with Visual Studio and may not be shipped: a debug build was given away"))
            .decided_by("dumpbin /dependents PROGRAM.exe | findstr /i d.dll")
            .fix("build the release configuration, with every library in its release build too", "msbuild /p:Configuration=Release    (CMake: cmake --build . --config Release)")
            .advice("with vcpkg or Conan: the libraries have a debug and a release build; take the matching one")
            .not_helpful("the Visual C++ Redistributable: it holds no debug runtime")
            .not_helpful("single DLLs from download sites: not to be shipped, not signed, and the next one is missing"),
    )
}
