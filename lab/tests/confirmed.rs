//! A pasted text and the files behind it: of several possible causes the files show the one.
//!
//! Each line is a case of the lab. The real loader is asked, what it really says is explained, and the model then walks the same
//! files, as `sayso explain --root` does.

use anyhow::{Context as _, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use sayso_advice::explain::{confirm, explain};
use sayso_advice::{Level, advise};
use sayso_lab::case::{self, Case};
use sayso_lab::recorded;
use sayso_lab::release::{self, Unpacked};
use sayso_lab::root::{Folder, Mounted};
use sayso_lab::told::{End, Told};
use sayso_loader::Session;

/// (case, the cause that its world holds)
const CASES: &[(&str, &str)] = &[
    ("glibc/cache-stale-library-not-listed", "stale-cache"),
    (
        "glibc/dlopen-by-soname-after-close",
        "dlopen-file-not-found",
    ),
    ("glibc/dlopen-from-library-runpath", "runpath-not-inherited"),
    (
        "glibc/dlopen-from-library-with-runpath-hides-rpath",
        "runpath-not-inherited",
    ),
    (
        "glibc/dlopen-local-does-not-serve-others",
        "undefined-symbol",
    ),
    (
        "glibc/dlopen-need-missing-leaves-nothing",
        "library-not-found",
    ),
    (
        "glibc/dlopen-need-not-along-callers-runpath",
        "runpath-not-inherited",
    ),
    ("glibc/dlopen-null", "dlsym-symbol-missing"),
    ("glibc/dlopen-path", "dlsym-symbol-missing"),
    ("glibc/dlopen-symbol-missing-now", "undefined-symbol"),
    ("glibc/dlsym-handle-tree", "dlsym-symbol-missing"),
    ("glibc/dlsym-next", "dlsym-symbol-missing"),
    ("glibc/dlsym-versions", "dlsym-symbol-missing"),
    (
        "glibc/library-path-empty-is-nothing",
        "library-outside-search-path",
    ),
    ("glibc/missing-need", "library-not-found"),
    ("glibc/missing-need-of-need", "library-not-found"),
    ("glibc/name-with-slash-missing", "library-not-found"),
    ("glibc/nodeflib-cache-inside", "library-outside-search-path"),
    ("glibc/nodeflib-needs-path", "library-outside-search-path"),
    ("glibc/preload-other-class", "preload-missing"),
    (
        "glibc/program-rpath-void-by-runpath-for-all",
        "runpath-not-inherited",
    ),
    ("glibc/reason-is-of-the-last-place", "library-unreadable"),
    (
        "glibc/rpath-not-inherited-through-runpath",
        "runpath-not-inherited",
    ),
    (
        "glibc/runpath-empty-is-nothing",
        "library-outside-search-path",
    ),
    ("glibc/runpath-is-not-inherited", "runpath-not-inherited"),
    (
        "glibc/runpath-makes-rpath-void-even-if-empty-handed",
        "runpath-not-inherited",
    ),
    ("glibc/search-only-wrong-machine", "library-wrong-machine"),
    ("glibc/search-passes-unreadable", "library-unreadable"),
    ("glibc/set-uid-loses-rights", "library-unreadable"),
    ("glibc/symbol-data-missing", "undefined-symbol"),
    ("glibc/symbol-hidden-is-nobody-elses", "undefined-symbol"),
    (
        "glibc/symbol-versioned-missing",
        "symver-not-defined-in-file",
    ),
    ("kernel/interpreter-missing", "interp-missing"),
    ("kernel/interpreter-other-machine", "interp-unusable"),
    ("kernel/interpreter-relative-missing", "interp-missing"),
    ("kernel/interpreter-text", "interp-unusable"),
    ("kernel/program-missing", "exec-file-not-found"),
    ("kernel/script-carriage-return", "shebang-bad-interpreter"),
    (
        "kernel/script-interpreter-missing",
        "shebang-bad-interpreter",
    ),
    ("musl/dlopen-file-text", "elf-invalid-header"),
    ("musl/dlopen-need-missing", "library-not-found"),
    ("musl/file-object-file", "elf-invalid-header"),
];

fn main() {
    let arguments = Arguments::from_args();
    if let Some(why) = sayso_lab::cannot_work() {
        eprintln!("SKIPPED, confirmed texts: {why}");
        let lab = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            }
        };
        libtest_mimic::run(&arguments, vec![Trial::test("lab", lab)]).exit();
    }
    let mut trials = Vec::new();
    for &(name, cause) in CASES {
        trials.push(Trial::test(name, move || {
            let (release, case) = find(name).map_err(|error| Failed::from(format!("{error:#}")))?;
            check(&case, &release, cause).map_err(|error| Failed::from(format!("{error:#}")))
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The case, and the newest release that it is asked of.
fn find(name: &str) -> Result<(Unpacked, Case)> {
    let case = case::all()?.into_iter().find(|case| case.name == name);
    let case = case.context("there is no such case")?;
    let mut releases = release::provisioned();
    releases.retain(|release| case.asks(release));
    Ok((releases.pop().context("no release of it is here")?, case))
}

/// What somebody would paste: the lines of standard error, or what `dlerror` gave; for what the kernel refuses, bash's line.
fn pasted(case: &Case, told: &Told) -> Option<String> {
    if let End::Refused(why) = &told.end {
        let sayso_fixture::StartSpec::Run(arguments) = &case.fixture.start else {
            return None;
        };
        let program = String::from_utf8_lossy(arguments.first()?);
        return Some(format!("bash: line 1: {program}: {why}\n"));
    }
    if !told.words.is_empty() {
        return Some(told.words.join("\n") + "\n");
    }
    let step = told.steps.iter().find(|step| step.contains(" error "))?;
    Some(step.split_once(" error ")?.1.to_owned() + "\n")
}

/// What came of one case.
struct Outcome {
    text: String,
    before: Vec<&'static str>,
    confirmed: Option<&'static str>,
    first: Option<&'static str>,
}

fn ask(case: &Case, release: &Unpacked) -> Result<Outcome> {
    let mut fixture = case.fixture.clone();
    fixture.machine.release = Some(release.number);
    let folder = Folder::new(&fixture, release)?;
    let told = recorded::record(&fixture, &folder)?;
    let Some(text) = pasted(case, &told) else {
        bail!("nothing is said");
    };
    let world = Mounted::new(&folder, &fixture).map_err(|error| anyhow::anyhow!("{}", error.0))?;
    let request = fixture.request();
    let session = Session::new(&world);
    let trace = session.predict(&request);
    let findings = advise(&session, &request, &trace, Level::Note);
    let mut explanation = explain(text.as_bytes());
    let names = |explanation: &sayso_advice::explain::Explanation| -> Vec<&'static str> {
        let first = explanation.results.first();
        first.map_or(Vec::new(), |first| {
            first.causes.iter().map(|cause| cause.rule.name).collect()
        })
    };
    let before = names(&explanation);
    confirm(&mut explanation, "the program", &trace, &findings);
    let first = explanation.results.first();
    Ok(Outcome {
        text,
        before,
        confirmed: first
            .and_then(|first| first.causes.iter().find(|cause| cause.confirmed))
            .map(|cause| cause.rule.name),
        first: first.map(|first| first.rule.name),
    })
}

fn check(case: &Case, release: &Unpacked, cause: &str) -> Result<()> {
    let outcome = ask(case, release)?;
    ensure!(
        outcome.confirmed == Some(cause),
        "{}\nconfirmed: {:?} instead of {cause}; before: {:?}",
        outcome.text,
        outcome.confirmed,
        outcome.before
    );
    ensure!(
        outcome.first == Some(cause),
        "the answer is still {:?}",
        outcome.first
    );
    ensure!(
        outcome.before.len() > 1 && outcome.before.contains(&cause),
        "without files it is not one of several: {:?}",
        outcome.before
    );
    Ok(())
}
