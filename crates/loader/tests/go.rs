//! Go plugins in memory worlds: what `plugin.Open` and `Lookup` say, in which order things are looked at, and what earlier plugins leave behind.
//! The same on real toolchains is in the lab.

use sayso_loader::{GoEnd, Session, StepOutcome, Trace};

/// A host of Go 1.27 and everything that it knows; tests add plugins and steps.
const HOST: &str = "
machine: glibc 2.36 x86_64
/app/main exec go=1.27.3 go-packages=runtime:0101010101010101,fmt:0202020202020202,main:0909090909090909
";

fn predict(world: &str) -> Trace {
    let fixture = sayso_fixture::parse(world).expect("a sound world");
    let memory = fixture.memory();
    Session::new(&memory).predict(&fixture.request())
}

fn told(step: &StepOutcome) -> String {
    match (&step.failure, &step.go) {
        (Some(failure), _) => String::from_utf8(failure.text()).expect("UTF-8"),
        (None, Some(go)) if go.end == GoEnd::Opens => "ok".into(),
        _ => step.gaps.iter().map(|gap| gap.name).collect(),
    }
}

/// The steps of a world on top of [`HOST`], and what each says.
fn check(world: &str, want: &[&str]) -> Trace {
    let trace = predict(&format!("{HOST}{world}"));
    let got: Vec<String> = trace.steps.iter().map(told).collect();
    assert_eq!(got, want, "{world}");
    trace
}

#[test]
fn a_plugin_that_fits_opens() {
    let trace = check(
        "/app/p.so lib go=1.27.3 go-plugin=example.com/p go-packages=runtime:0101010101010101,example.com/p:0a0a0a0a0a0a0a0a go-export=Hello:func() go-export=V:*int
then: plugin.Open /app/p.so
then: plugin.Open /app/../app/p.so
then: Lookup 1 Hello
then: Lookup 2 V:*int
then: Lookup 1 hello
then: Lookup 1 V:int
then: Lookup 1 Hello",
        &[
            "ok",
            "ok",
            "ok",
            "ok",
            "plugin: symbol hello not found in plugin example.com/p",
            "panic: interface conversion: plugin.Symbol is *int, not int",
        ],
    );
    let first = trace.steps[0].go.as_ref().expect("a Go step");
    assert_eq!(first.init_tasks, Some(1));
    assert_eq!((first.compared, first.already_open), (2, false));
    let again = trace.steps[1].go.as_ref().expect("a Go step");
    assert!(again.already_open);
    assert!(trace.steps[5].process_ended);
    assert_eq!(
        trace.steps[5].failure.as_ref().and_then(|f| f.exit_status),
        Some(2)
    );
}

#[test]
fn every_differing_package_is_told_and_go_names_the_first() {
    let trace = check(
        "/app/p.so lib go=1.27.3 go-plugin=p go-packages=runtime:0101010101010101,fmt:03,main:04,only/here:05,p:06
then: plugin.Open /app/p.so
then: plugin.Open /app/p.so",
        &[
            "plugin.Open(\"/app/p\"): plugin was built with a different version of package fmt",
            "plugin.Open(\"/app/p.so\"): plugin was built with a different version of package fmt (previous failure)",
        ],
    );
    let differing = &trace.steps[0].go.as_ref().expect("a Go step").differing;
    let shown: Vec<(&str, String, String, u32, bool)> = differing
        .iter()
        .map(|d| {
            (
                d.package.as_str(),
                d.plugin_hash.to_string(),
                d.host_hash.to_string(),
                d.provider.0,
                d.named_by_go,
            )
        })
        .collect();
    let host = "0202020202020202".to_owned();
    assert_eq!(
        shown,
        [
            ("fmt", "03".into(), host, 0, true),
            ("main", "04".into(), "0909090909090909".into(), 0, false),
        ]
    );
}

/// The failed plugin stays mapped, and answers for packages that the host lacks.
#[test]
fn a_failed_plugin_spoils_the_next_one() {
    let trace = check(
        "/app/bad.so lib go=1.27.3 go-plugin=p go-packages=fmt:ff,p:06
/app/good.so lib go=1.27.3 go-plugin=p go-packages=fmt:0202020202020202,p:07
then: plugin.Open /app/bad.so
then: plugin.Open /app/good.so",
        &[
            "plugin.Open(\"/app/bad\"): plugin was built with a different version of package fmt",
            "plugin.Open(\"/app/good\"): plugin was built with a different version of package p",
        ],
    );
    let provider = trace.steps[1].go.as_ref().expect("a Go step").differing[0].provider;
    assert_eq!(trace.object(provider).path.as_bytes(), b"/app/bad.so");
}

#[test]
fn one_path_is_opened_once() {
    check(
        "/app/a.so lib go=1.27.3 go-plugin=p go-packages=p:06
/app/copy.so copy-of /app/a.so
/app/other.so lib go=1.27.3 go-plugin=p go-packages=p:06,fmt:ff
/app/hard.so hardlink -> /app/a.so
/app/soft.so symlink -> /app/a.so
then: plugin.Open /app/a.so
then: plugin.Open /app/soft.so
then: plugin.Open /app/copy.so
then: plugin.Open /app/other.so",
        &[
            "ok",
            "ok",
            "plugin.Open(\"/app/copy\"): plugin already loaded",
            // The path is compared before any hash.
            "plugin.Open(\"/app/other\"): plugin already loaded",
        ],
    );
    // Another name of the inode gives the same handle and no new module: the last one is in use.
    check(
        "/app/a.so lib go=1.27.3 go-plugin=p go-packages=p:06
/app/hard.so hardlink -> /app/a.so
/app/c.so lib
then: plugin.Open /app/a.so
then: plugin.Open /app/hard.so
then: plugin.Open /app/c.so
then: plugin.Open /app/c.so",
        &[
            "ok",
            "plugin.Open(\"/app/hard\"): plugin already loaded",
            "plugin.Open(\"/app/c\"): plugin already loaded",
            "plugin.Open(\"/app/c.so\"): plugin already loaded (previous failure)",
        ],
    );
}

#[test]
fn a_library_that_is_no_plugin_kills_the_host() {
    const DEATH: &str = "fatal error: runtime: no plugin module data";
    let trace = check(
        "/app/c.so lib\nthen: plugin.Open /app/c.so\nthen: plugin.Open /app/c.so",
        &[DEATH],
    );
    assert!(trace.steps[0].process_ended);
    assert_eq!(
        trace.steps[0].failure.as_ref().and_then(|f| f.exit_status),
        Some(2)
    );
    // After a plugin that failed, too: the last module is a bad one.
    check(
        "/app/bad.so lib go=1.27.3 go-plugin=p go-packages=fmt:ff
/app/c.so lib
then: plugin.Open /app/bad.so
then: plugin.Open /app/c.so",
        &[
            "plugin.Open(\"/app/bad\"): plugin was built with a different version of package fmt",
            DEATH,
        ],
    );
}

#[test]
fn dlopen_has_its_say_first() {
    check(
        "/app/text.so text \"this is no ELF file, however long it may be; sixty-four bytes are wanted\"
/app/needy.so lib needs=libgone.so go=1.27.3 go-plugin=p go-packages=fmt:ff
/app/unbound.so lib imports=gone go=1.27.3 go-plugin=p go-packages=fmt:ff
/app/dir.so dir
/app/loop.so symlink -> /app/loop.so
then: plugin.Open /app/gone.so
then: plugin.Open /app/loop.so
then: plugin.Open /app/text.so
then: plugin.Open /app/dir.so
then: plugin.Open /app/needy.so
then: plugin.Open /app/unbound.so
then: plugin.Open \"\"",
        &[
            "plugin.Open(\"/app/gone.so\"): realpath failed",
            "plugin.Open(\"/app/loop.so\"): realpath failed",
            "plugin.Open(\"/app/text.so\"): /app/text.so: invalid ELF header",
            "plugin.Open(\"/app/dir.so\"): /app/dir.so: cannot read file data: Is a directory",
            "plugin.Open(\"/app/needy.so\"): libgone.so: cannot open shared object file: No such file or directory",
            "plugin.Open(\"/app/unbound.so\"): /app/unbound.so: undefined symbol: gone",
            "plugin.Open(\"\"): realpath failed",
        ],
    );
}

/// A plugin appends itself at its own release's offset; the host looks at its own.
#[test]
fn releases_that_lay_modules_out_otherwise() {
    const NO_MODULE: &str = "fatal error: runtime: no plugin module data";
    const NIL: &str = "panic: runtime error: invalid memory address or nil pointer dereference";
    const DIFFERENT: &str =
        "plugin.Open(\"/app/p\"): plugin was built with a different version of package fmt";
    let pair = |host: &str, plugin: &str| {
        let world = format!(
            "machine: glibc 2.36 x86_64
/app/main exec go={host} go-packages=fmt:01
/app/p.so lib go={plugin} go-plugin=example.com/p go-packages=fmt:02,example.com/p:03 go-export=V:*int
then: plugin.Open /app/p.so"
        );
        told(&predict(&world).steps[0])
    };
    // Rows and columns as measured with real toolchains.
    let releases = [
        "1.19.8", "1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3",
    ];
    let rows = [
        "DNNNNNNN", "NDDNNNPN", "NDDNNNPN", "NNNDDDNN", "NNNDDDNN", "NNNDDDNN", "NPPNNNDN",
        "NNNNNNND",
    ];
    for (host, row) in releases.iter().zip(rows) {
        for (plugin, want) in releases.iter().zip(row.chars()) {
            let want = match want {
                'N' => NO_MODULE,
                'P' => NIL,
                _ => DIFFERENT,
            };
            assert_eq!(pair(host, plugin), want, "{plugin} in {host}");
        }
    }
}

/// An older plugin's link falls on the flag that marks the good one as bad; or on its type map, which is set anyway.
#[test]
fn a_link_written_into_the_wrong_field() {
    let sequence = |host: &str, other: &str| {
        let world = format!(
            "machine: glibc 2.36 x86_64
/app/main exec go={host} go-packages=fmt:01
/app/good.so lib go={host} go-plugin=good go-packages=fmt:01,good:02
/app/other.so lib go={other} go-plugin=other go-packages=fmt:01,other:03
then: plugin.Open /app/good.so
then: plugin.Open /app/other.so"
        );
        predict(&world).steps.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(
        sequence("1.26.6", "1.24.11"),
        ["ok", "plugin.Open(\"/app/other\"): plugin already loaded"]
    );
    assert_eq!(
        sequence("1.27.3", "1.24.11"),
        ["ok", "plugin.Open(\"/app/other\"): plugin already loaded"]
    );
}

#[test]
fn what_no_file_can_tell_is_a_gap() {
    // A release that nobody knows yet, in a host of a known one.
    check(
        "/app/p.so lib go=1.28.0 go-plugin=p go-packages=fmt:02
then: plugin.Open /app/p.so
then: Lookup 1 V",
        // Its link lies where 1.27 looks, but what else it says there is not known.
        &["go-layout-unknown", "no-plugin"],
    );
    // The same release on both sides needs no layout for the hashes.
    let twins = "machine: glibc 2.36 x86_64
/app/main exec go=1.28.0 go-packages=fmt:01
/app/good.so lib go=1.28.0 go-plugin=good go-packages=fmt:01,good:02 go-export=V:*int
/app/bad.so lib go=1.28.0 go-plugin=bad go-packages=fmt:03,bad:02
then: plugin.Open /app/good.so
then: Lookup 1 V
then: plugin.Open /app/bad.so";
    let told: Vec<String> = predict(twins).steps.iter().map(told).collect();
    let different =
        "plugin.Open(\"/app/bad\"): plugin was built with a different version of package fmt";
    assert_eq!(told, ["ok", "go-layout-unknown", different]);
}

#[test]
fn hosts_that_open_no_plugin() {
    let c_program = "machine: glibc 2.36 x86_64
/app/main exec
/app/p.so lib go=1.27.3 go-plugin=p go-packages=fmt:02
then: plugin.Open /app/p.so";
    assert_eq!(told(&predict(c_program).steps[0]), "not-a-go-program");
    let alone = "machine: glibc 2.36 x86_64
/app/p.so lib go=1.27.3 go-plugin=p go-packages=fmt:02
library: /app/p.so
then: plugin.Open /app/p.so";
    assert_eq!(told(&predict(alone).steps[0]), "not-a-go-program");
}

#[test]
fn musl_says_the_same_in_its_own_words() {
    let world = "machine: musl 1.2.3 x86_64
/app/main exec go=1.27.3 go-packages=fmt:01
/app/p.so lib go=1.27.3 go-plugin=p go-packages=fmt:02
/app/needy.so lib needs=libgone.so go=1.27.3 go-plugin=q go-packages=fmt:01
/app/fine.so lib go=1.27.3 go-plugin=r go-packages=fmt:01 go-export=F:func()
then: plugin.Open /app/needy.so
then: plugin.Open /app/p.so
then: plugin.Open /app/fine.so
then: Lookup 3 F";
    let trace = predict(world);
    let got: Vec<String> = trace.steps.iter().map(told).collect();
    assert_eq!(
        got,
        [
            "plugin.Open(\"/app/needy.so\"): Error loading shared library libgone.so: No such file or directory (needed by /app/needy.so)",
            "plugin.Open(\"/app/p\"): plugin was built with a different version of package fmt",
            "ok",
            "ok",
        ]
    );
}

/// A statically linked host has a dlopen of its own; what it loads binds to nothing of the host.
#[test]
fn static_hosts() {
    let told = |host: &str| {
        let world = format!(
            "machine: glibc 2.36 x86_64
/app/main exec interp=none go=1.27.3 go-packages=fmt:01 {host}
/app/p.so lib go=1.27.3 go-plugin=p go-packages=fmt:01,p:02
/app/text.so text \"this is no ELF file, however long it may be; sixty-four bytes are wanted\"
/app/needy.so lib needs=libgone.so
/app/unbound.so lib imports=gone
then: plugin.Open /app/gone.so
then: plugin.Open /app/text.so
then: plugin.Open /app/needy.so
then: plugin.Open /app/unbound.so
then: plugin.Open /app/p.so
then: Lookup 1 V"
        );
        predict(&world).steps.iter().map(told).collect::<Vec<_>>()
    };
    // glibc's carries its note, musl's none.
    assert_eq!(
        told("abi=0.3.2.0"),
        [
            "plugin.Open(\"/app/gone.so\"): realpath failed",
            "plugin.Open(\"/app/text.so\"): /app/text.so: invalid ELF header",
            "plugin.Open(\"/app/needy.so\"): libgone.so: cannot open shared object file: No such file or directory",
            "plugin.Open(\"/app/unbound.so\"): /app/unbound.so: undefined symbol: gone",
            "fatal error: runtime: no plugin module data",
        ]
    );
    assert_eq!(
        told(""),
        [
            "plugin.Open(\"/app/gone.so\"): realpath failed",
            "plugin.Open(\"/app/text.so\"): Dynamic loading not supported",
            "plugin.Open(\"/app/needy.so\"): Dynamic loading not supported",
            "plugin.Open(\"/app/unbound.so\"): Dynamic loading not supported",
            "plugin.Open(\"/app/p.so\"): Dynamic loading not supported",
            "no-plugin",
        ]
    );
}
