//! `node-abi-mismatch`: a native module of another Node.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "node-abi-mismatch",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a native module was built for another Node.js or Electron",
    loaders: RUNTIME,
    messages: &["node/module-version", "node/did-not-self-register", "node/did-not-self-register-old"],
    page: page!("node-abi-mismatch"),
    hear,
    ..Rule::BLANK
};

/// `NODE_MODULE_VERSION` and the release that has it: Node's and Electron's own registry (nodejs/node, doc/abi_version_registry.json).
const VERSIONS: &[(&str, &str)] = &[
    ("48", "Node 6"), ("51", "Node 7"), ("57", "Node 8"), ("59", "Node 9"), ("64", "Node 10"), ("67", "Node 11"), ("69", "Electron 4"),
    ("70", "Electron 5"), ("72", "Node 12"), ("73", "Electron 6"), ("75", "Electron 7"), ("76", "Electron 8"), ("79", "Node 13"), ("80", "Electron 9"),
    ("82", "Electron 10"), ("83", "Node 14"), ("85", "Electron 11"), ("87", "Electron 12"), ("88", "Node 15"), ("89", "Electron 13"), ("93", "Node 16"),
    ("97", "Electron 14"), ("98", "Electron 15"), ("99", "Electron 16"), ("101", "Electron 17"), ("102", "Node 17"), ("103", "Electron 18"),
    ("106", "Electron 19"), ("107", "Electron 20"), ("108", "Node 18"), ("109", "Electron 21"), ("110", "Electron 22"), ("111", "Node 19"),
    ("113", "Electron 23"), ("114", "Electron 24"), ("115", "Node 20"), ("116", "Electron 25"), ("117", "Electron 26"), ("118", "Electron 27"),
    ("119", "Electron 28"), ("120", "Node 21"), ("121", "Electron 29"), ("123", "Electron 30"), ("125", "Electron 31"), ("127", "Node 22"),
    ("128", "Electron 32"), ("130", "Electron 33"), ("131", "Node 23"), ("132", "Electron 34"), ("133", "Electron 35"), ("135", "Electron 36"),
    ("136", "Electron 37"), ("137", "Node 24"), ("139", "Electron 38"), ("140", "Electron 39"), ("141", "Node 25"), ("143", "Electron 40"),
    ("145", "Electron 41"),
];

fn release(number: &str) -> String {
    match VERSIONS.iter().find(|(known, _)| *known == number) {
        Some((_, release)) => format!("{number} ({release})"),
        None => number.to_owned(),
    }
}

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, have, need) = (heard.text("object"), heard.text("have"), heard.text("need"));
    let module = object.rsplit("node_modules/").next().and_then(|rest| rest.split('/').next()).filter(|_| object.contains("node_modules/")).unwrap_or("").to_owned();
    let electron = need.parse::<u32>().is_ok() && VERSIONS.iter().any(|(known, release)| *known == need && release.starts_with("Electron"));
    if have.is_empty() {
        return Some(
            Hearing::new(Likelihood::Likely)
                .why(format!("{} was loaded and did not announce itself to Node: it was built for another Node or Electron, or was loaded once already in another thread", if object.is_empty() { "a native module" } else { &object }))
                .fix("build the modules for this Node", "npm rebuild")
                .advice("in worker threads: load the module in the main thread too, or use a release of it that is made for threads"),
        );
    }
    let hearing = Hearing::new(Likelihood::Certain)
        .why(format!("{object} was built for NODE_MODULE_VERSION {}, and this program has {}", release(&have), release(&need)))
        .decided_by("node -p 'process.versions.modules, process.version, process.execPath'    (in Electron: in the program itself)");
    let rebuild = if module.is_empty() { "npm rebuild".to_owned() } else { format!("npm rebuild {module}") };
    let hearing = if electron {
        hearing
            .fix("build the native modules for this Electron", "npx @electron/rebuild")
            .not_helpful("npm rebuild alone: it builds for the Node on the command line, not for Electron")
    } else {
        hearing
            .fix("build the module for this Node", rebuild)
            .fix("or install everything again with this Node", "rm -rf node_modules && npm ci")
            .not_helpful("another npm: it is the Node that counts, the one that runs the program (nvm, an IDE, a service may have another)")
    };
    Some(hearing.advice("or run the program with the Node that the modules were installed with"))
}
