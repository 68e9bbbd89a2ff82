//! Go plugins: cases on the real toolchains that are here. Every test run asks the quick ones; `cargo xtask lab go --all` asks all.

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_lab::go::files::{self, Processor};
use sayso_lab::go::{self, c_shared, confirmed, matrix::Question, skeleton};

fn main() {
    let arguments = Arguments::from_args();
    if let Some(why) = go::cannot_work() {
        eprintln!("SKIPPED, Go plugins: {why}");
        let lab = move || {
            if sayso_lab::in_ci() {
                Err(Failed::from(why))
            } else {
                Ok(())
            }
        };
        libtest_mimic::run(&arguments, vec![Trial::test("go", lab)]).exit();
    }
    let cases = go::case::all().unwrap_or_else(|error| panic!("{error:#}"));
    let mut trials = Vec::new();
    for question in go::matrix::questions(&cases, true) {
        trials.push(trial(question.name(), question, check));
    }
    for question in go::matrix::repairs(&cases, true) {
        trials.push(trial(format!("mend {}", question.name()), question, mend));
    }
    for &release in go::matrix::QUICK {
        trials.extend(of_release(release));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// What is no case: files of two processors, C programs that open Go libraries, and what `sayso go init` and `gomod` write.
fn of_release(release: &'static str) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |name: String,
                   missing: Option<&str>,
                   run: Box<dyn FnOnce() -> anyhow::Result<()> + Send>| {
        let missing = missing.map(str::to_owned).or_else(|| {
            let is_here = go::toolchain::find(release).is_some();
            (!is_here).then(|| format!("Go {release}"))
        });
        if let Some(missing) = &missing {
            eprintln!("SKIPPED, {name}: no {missing}: cargo xtask provision");
        }
        trials.push(Trial::test(name, move || match missing {
            Some(missing) if sayso_lab::in_ci() => Err(Failed::from(format!("no {missing}"))),
            Some(_) => Ok(()),
            None => run().map_err(|error| Failed::from(format!("{error:#}"))),
        }));
    };
    for processor in [Processor::Amd64, Processor::Arm64] {
        let name = format!("files {processor:?} {release}");
        add(
            name,
            processor.missing(),
            Box::new(move || files::check(release, processor)),
        );
    }
    let no_musl = (!c_shared::has_musl()).then_some("musl-gcc");
    add(
        format!("c-shared on glibc {release}"),
        None,
        Box::new(move || c_shared::on_glibc(release)),
    );
    add(
        format!("c-shared on musl {release}"),
        no_musl,
        Box::new(move || c_shared::on_musl(release)),
    );
    for kind in skeleton::KINDS {
        // The large host is asked of the two ends of what is here.
        if kind == skeleton::HostKind::Vendored && release == "1.26.6" {
            continue;
        }
        add(
            format!("init {kind:?} {release}"),
            kind.missing(),
            Box::new(move || skeleton::init(kind, release)),
        );
        if kind != skeleton::HostKind::Vendored {
            add(
                format!("gomod {kind:?} {release}"),
                None,
                Box::new(move || skeleton::manifest(kind, release)),
            );
        }
    }
    if release == "1.27.3" {
        for &(case, cause) in confirmed::CASES {
            let name = format!("confirmed {case} {release}");
            add(
                name,
                None,
                Box::new(move || confirmed::check(case, release, cause)),
            );
        }
    }
    trials
}

/// A toolchain that is not here is said loudly; in CI it is a failure.
fn trial(name: String, question: Question, run: fn(&Question) -> Result<(), Failed>) -> Trial {
    let Some(missing) = question.missing() else {
        return Trial::test(name, move || run(&question));
    };
    eprintln!("SKIPPED, {name}: no {missing}: cargo xtask provision");
    Trial::test(name, move || {
        if sayso_lab::in_ci() {
            Err(Failed::from(format!("no {missing}")))
        } else {
            Ok(())
        }
    })
}

fn mend(question: &Question) -> Result<(), Failed> {
    let proof = question.mend();
    proof
        .map(drop)
        .map_err(|error| Failed::from(format!("{error:#}")))
}

fn check(question: &Question) -> Result<(), Failed> {
    let answer = question
        .ask()
        .map_err(|error| Failed::from(format!("{error:#}")))?;
    answer
        .difference
        .map_or(Ok(()), |text| Err(Failed::from(text)))
}
