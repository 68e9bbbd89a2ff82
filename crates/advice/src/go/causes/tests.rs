//! Two made-up sides, and what is said of them.

use super::*;
use sayso_facts::go::{BuildInfo, PackageSources, Version};

fn side(release: &str, text: &str) -> Side {
    let release_of = Version::parse(release);
    Side {
        release: Some(release_of),
        info: Some(BuildInfo::parse(release, text)),
        ..Side::default()
    }
}

/// The rules of the causes, in their order.
fn rules(host: &Side, plugin: &Side, differing: &[&str], shared: usize) -> Vec<&'static str> {
    let differing: Vec<String> = differing
        .iter()
        .map(|&package| package.to_owned())
        .collect();
    let reasons = of_mismatch(Mismatch {
        host,
        plugin,
        differing: &differing,
        shared,
    });
    reasons.iter().map(|reason| reason.rule).collect()
}

const STANDARD: &[&str] = &["internal/goarch", "runtime", "errors"];
const PLAIN: &str = "build\tCGO_ENABLED=1\n";

#[test]
fn settings_that_move_hashes_are_named() {
    let host = side("go1.22.10", PLAIN);
    let check = |release: &str, text: &str, differing: &[&str], want: &[&str]| {
        assert_eq!(
            rules(&host, &side(release, text), differing, 56),
            want,
            "{release} {text:?}"
        );
    };
    check("go1.24.1", PLAIN, STANDARD, &["go-release-differs"]);
    check(
        "go1.22.10",
        "build\t-trimpath=true\nbuild\tCGO_ENABLED=1\n",
        STANDARD,
        &["go-trimpath-differs"],
    );
    check(
        "go1.22.10",
        "build\t-race=true\nbuild\tCGO_ENABLED=1\n",
        STANDARD,
        &["go-race-differs"],
    );
    check(
        "go1.22.10",
        "build\t-gcflags=\"all=-N -l\"\nbuild\tCGO_ENABLED=1\n",
        &["errors"],
        &["go-gcflags-differ"],
    );
    check(
        "go1.22.10",
        "build\t-tags=netgo\nbuild\tCGO_ENABLED=1\n",
        &["net"],
        &["go-tags-differ"],
    );
    check(
        "go1.22.10",
        "build\tCGO_ENABLED=0\n",
        &["net"],
        &["go-cgo-differs"],
    );
    check(
        "go1.22.10",
        "build\tGOEXPERIMENT=x\nbuild\tCGO_ENABLED=1\n",
        STANDARD,
        &["go-experiment-differs"],
    );
}

#[test]
fn settings_that_move_nothing_are_not() {
    let host = side("go1.22.10", PLAIN);
    let plugin = side(
        "go1.22.10",
        "build\t-gcflags=all=-N\nbuild\t-ldflags=-s\nbuild\tGOAMD64=v3\nbuild\tCGO_ENABLED=1\n",
    );
    assert_eq!(
        rules(&host, &plugin, &["example.com/a"], 56),
        ["go-code-differs"]
    );
    // A release of which only modules differ is not the reason.
    let plugin = side("go1.22.11", PLAIN);
    assert_eq!(
        rules(&host, &plugin, &["example.com/a"], 56),
        ["go-code-differs"]
    );
    assert!(rules(&host, &plugin, &[], 56).is_empty());
}

#[test]
fn modules_are_compared() {
    let check = |host: &str, plugin: &str, want: &str| {
        let (host, plugin) = (side("go1.22.10", host), side("go1.22.10", plugin));
        assert_eq!(
            rules(&host, &plugin, &["example.com/a/b"], 56),
            [want],
            "{plugin:?}"
        );
    };
    let dep = "dep\texample.com/a\tv1.0.0\th1:x=\n";
    check(
        dep,
        "dep\texample.com/a\tv1.1.0\th1:y=\n",
        "go-module-version-differs",
    );
    check(
        dep,
        "dep\texample.com/a\tv1.0.0\th1:y=\n",
        "go-code-differs",
    );
    check(
        dep,
        "dep\texample.com/a\tv1.0.0\n=>\t../a\t(devel)\t\n",
        "go-module-replaced",
    );
    check(dep, dep, "go-code-differs");
    // Modules whose path has no dot are no standard library.
    let host = side("go1.22.10", "mod\tmyapp\t(devel)\t\n");
    assert_eq!(
        rules(
            &host,
            &side("go1.22.10", "dep\tmyapp\tv0.0.0\n"),
            &["myapp/api"],
            56
        ),
        ["go-module-version-differs"]
    );
}

#[test]
fn folders_are_compared_where_versions_are_equal() {
    let dep = "dep\texample.com/a\tv1.0.0\th1:x=\n";
    let with = |file: &str| {
        side("go1.22.10", dep).with_sources(vec![PackageSources {
            package: "example.com/a/b".into(),
            files: vec![file.into()],
        }])
    };
    let host = with("/go/pkg/mod/example.com/a@v1.0.0/b/b.go");
    assert_eq!(
        rules(
            &host,
            &with("/src/vendor/example.com/a/b/b.go"),
            &["example.com/a/b"],
            56
        ),
        ["go-module-directory-differs"]
    );
    assert_eq!(
        rules(&host, &with("/home/me/a/b/b.go"), &["example.com/a/b"], 56),
        ["go-module-directory-differs"]
    );
}

#[test]
fn without_settings_the_set_of_packages_speaks() {
    let host = side("go1.19.8", PLAIN);
    let plugin = Side::default();
    assert_eq!(rules(&host, &plugin, STANDARD, 3), ["go-release-differs"]);
    assert_eq!(
        rules(
            &host,
            &plugin,
            &["runtime/cgo", "sync/atomic", "internal/race"],
            59
        ),
        ["go-race-differs"]
    );
    assert_eq!(
        rules(&host, &plugin, &["errors", "fmt"], 3),
        ["go-gcflags-differ"]
    );
    assert_eq!(rules(&host, &plugin, &["net"], 50), ["go-tags-differ"]);
}
