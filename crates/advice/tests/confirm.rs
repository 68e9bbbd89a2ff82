//! The words that the loader model prints in every rule page's failing world are pasted, the files are walked, and one of several
//! causes becomes the confirmed one: that page's rule.

use sayso_advice::explain::{Confirmed, confirm, explain};
use sayso_advice::{Level, RULES, advise};
use sayso_loader::{Failure, Session, Verdict};

/// Worlds whose first failure has its words confirmed, of all that fail with words.
fn ask() -> (Vec<&'static str>, Vec<String>) {
    let (mut confirmed, mut not) = (Vec::new(), Vec::new());
    // The worlds of other pages are about policies and bills: nothing is started in them.
    for rule in RULES.iter().filter(|rule| rule.check.is_some()) {
        let Some(world) = rule
            .page
            .split("```world\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next())
        else {
            continue;
        };
        let fixture = sayso_fixture::parse(world).expect("a page's world");
        let memory = fixture.memory();
        let session = Session::new(&memory);
        let request = fixture.request();
        let trace = session.predict(&request);
        let failure: Option<&Failure> = match &trace.verdict {
            Verdict::Fails { failure, .. } => Some(failure),
            _ => trace.steps.iter().find_map(|step| step.failure.as_ref()),
        };
        let Some(failure) = failure.filter(|failure| !failure.message.template.starts_with('('))
        else {
            continue;
        };
        let text = failure.text();
        let mut explanation = explain(&text);
        let alone = explanation
            .results
            .first()
            .is_some_and(|first| !first.causes.iter().any(|cause| cause.confirmed));
        let findings = advise(&session, &request, &trace, Level::Note);
        let met = confirm(&mut explanation, "FILE", &trace, &findings);
        let first = explanation.results.first();
        let cause = first.and_then(|first| first.causes.first());
        let is_it = cause.is_some_and(|cause| {
            cause.confirmed
                && cause.rule.name == rule.name
                && first.is_some_and(|first| first.rule.name == rule.name)
        });
        if alone && is_it && met == Some(Confirmed::Cause(rule.name)) {
            confirmed.push(rule.name);
        } else {
            let causes: Vec<_> = first
                .map(|first| {
                    first
                        .causes
                        .iter()
                        .map(|cause| (cause.rule.name, cause.confirmed))
                        .collect()
                })
                .unwrap_or_default();
            not.push(format!(
                "{}: {:?}: {met:?} {causes:?}",
                rule.name,
                String::from_utf8_lossy(&text)
            ));
        }
    }
    (confirmed, not)
}

#[test]
fn what_a_page_shows_is_confirmed_on_its_files() {
    let (confirmed, not) = ask();
    assert!(
        confirmed.len() >= 30,
        "{} confirmed; not:\n{}",
        confirmed.len(),
        not.join("\n")
    );
    assert!(
        not.len() <= confirmed.len() / 5,
        "{} confirmed; not:\n{}",
        confirmed.len(),
        not.join("\n")
    );
}

#[test]
fn what_loads_here_is_said_to_load() {
    let fixture = sayso_fixture::parse("machine: glibc 2.36 x86_64\n/app/main exec needs=libx.so.1\n/usr/lib/libx.so.1 lib\nrun: /app/main\n").expect("a world");
    let memory = fixture.memory();
    let session = Session::new(&memory);
    let request = fixture.request();
    let trace = session.predict(&request);
    let findings = advise(&session, &request, &trace, Level::Note);
    let mut explanation = explain(b"/app/main: error while loading shared libraries: libx.so.1: cannot open shared object file: No such file or directory");
    assert_eq!(
        confirm(&mut explanation, "/app/main", &trace, &findings),
        Some(Confirmed::Loads)
    );
    assert!(
        explanation.results[0]
            .causes
            .iter()
            .all(|cause| !cause.confirmed)
    );
}
