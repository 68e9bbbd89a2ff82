//! What is told of worlds in which one fault makes the loader complain of several things.

use sayso_advice::{Finding, Level, advise};
use sayso_loader::Session;

fn findings(world: &str) -> Vec<&'static str> {
    let fixture = sayso_fixture::parse(world).expect("a world");
    let memory = fixture.memory();
    let session = Session::new(&memory);
    let request = fixture.request();
    let trace = session.predict(&request);
    let findings = advise(&session, &request, &trace, Level::Error);
    findings
        .iter()
        .map(|finding: &Finding| finding.rule.name)
        .collect()
}

/// Whoever binds at once misses the symbols as well, and mends both by bringing the library.
#[test]
fn symbols_of_a_missing_library_are_no_fault_of_their_own() {
    for machine in ["glibc 2.36 x86_64", "musl 1.2.5 x86_64"] {
        let world = format!(
            "machine: {machine}\n/app/main  exec  needs=libx.so imports=f!data,g!data\nrun: /app/main\n"
        );
        assert_eq!(findings(&world), ["library-not-found"], "{machine}");
    }
}

/// The library that is there has to have them: that another one is missing changes nothing.
#[test]
fn symbols_of_a_library_that_is_there_are() {
    let world = "machine: glibc 2.36 x86_64
/app/main     exec  needs=libx.so,liby.so imports=f@X_1(libx.so)!data runpath=/app
/app/libx.so  lib   exports=g@@X_1
run: /app/main
";
    assert_eq!(
        findings(world),
        ["library-not-found", "symver-not-defined-in-file"]
    );
}
