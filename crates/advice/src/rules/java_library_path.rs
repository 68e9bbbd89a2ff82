//! `java-library-path`: Java found no library of that name.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "java-library-path",
    phase: Phase::Find,
    level: Level::Error,
    summary: "Java found no file of the library's name in its own path, and asked no loader",
    loaders: RUNTIME,
    messages: &["java/not-in-library-path", "java/cannot-load-library", "java/already-loaded", "java/stack-guard"],
    page: page!("java-library-path"),
    hear,
    ..Rule::BLANK
};

pub(super) fn hear(heard: &Heard) -> Option<Hearing> {
    let object = heard.text("object");
    if heard.is("java/already-loaded") {
        return Some(
            Hearing::new(Likelihood::Certain)
                .why(format!("{object} is loaded already by another class loader: Java allows one at a time"))
                .advice("load it from a class of the common class loader (in Tomcat: the server's lib, not each application)"),
        );
    }
    if heard.is("java/stack-guard") {
        return Some(
            Hearing::new(Likelihood::Certain)
                .why(format!("a warning: {object} asks for an executable stack, and Java undoes that"))
                .fix("take the mark off the library", format!("sayso fix --clear-execstack {}", quoted(&object))),
        );
    }
    let said = |field: &str| {
        let mut around = heard.frames.iter().chain(&heard.parts).filter(|said| said.message.id.starts_with("java/"));
        around.find_map(|said| said.fields.get(field).map(show)).unwrap_or_else(|| heard.text(field))
    };
    let (object, path) = (said("object"), said("path"));
    let file = if object.contains('/') || object.contains('\\') { object.clone() } else { format!("lib{object}.so (Windows: {object}.dll, macOS: lib{object}.dylib)") };
    let hearing = Hearing::new(Likelihood::Certain).why(format!("Java looked for {file} in java.library.path{} and found no such file; no loader was asked", if path.is_empty() { String::new() } else { format!(" ({path})") }));
    Some(
        hearing
            .decided_by("java -XshowSettings:properties -version 2>&1 | grep -A5 java.library.path")
            .fix("name the folder", "java -Djava.library.path=/path/to/folder …")
            .advice("if the package brings the library inside its jar: take the jar of this system and processor (classifier linux-x86_64, osx-aarch64 …)")
            .not_helpful("LD_LIBRARY_PATH set after the start, or -Djava.library.path for a library's own needs: those are looked for by the loader"),
    )
}
