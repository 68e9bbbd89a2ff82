//! Random worlds: drawn, built, asked of the real loaders, and shrunk where the prediction differs.

mod draw;
mod write;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseError, TestError, TestRunner};
use sayso_fixture::Libc;

use self::draw::{Plan, plan};
use crate::case::Account;
use crate::release::{self, Unpacked};

/// A world that takes longer than this is shown.
const SLOW: Duration = Duration::from_secs(2);

/// How many worlds were asked, and what came of it.
#[derive(Debug, Default)]
pub struct Tally {
    /// Worlds times releases.
    pub asked: AtomicU64,
    /// Predicted as "cannot be known".
    pub unknown: AtomicU64,
    /// Loaded, with all steps well.
    pub went_well: AtomicU64,
    /// The world that took longest to ask, build and predict: a walk without an end shows itself here.
    pub slowest: Mutex<(Duration, String)>,
}

impl Tally {
    fn slowest(&self) -> MutexGuard<'_, (Duration, String)> {
        self.slowest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn took(&self, time: Duration, world: &str) {
        let mut slowest = self.slowest();
        if time > slowest.0 {
            *slowest = (time, world.to_owned());
        }
    }
}

/// Asks the releases of one libc; the difference as text.
fn disagreement(plan: &Plan, releases: &[Unpacked], tally: &Tally) -> Result<Option<String>> {
    for release in releases {
        let text = plan.text(release.libc);
        let fixture = match sayso_fixture::parse(&text) {
            Ok(fixture) => fixture,
            Err(error) => bail!("{error} in\n{text}"),
        };
        let start = Instant::now();
        let account = Account::of(&fixture, release)?;
        tally.took(start.elapsed(), &text);
        tally.asked.fetch_add(1, Ordering::Relaxed);
        if account.is_unknown() {
            tally.unknown.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let fine = account.real.words.is_empty()
            && account.real.steps.iter().all(|step| step.ends_with("ok"));
        tally
            .went_well
            .fetch_add(u64::from(fine), Ordering::Relaxed);
        if let Some(difference) = account.difference(true) {
            let said: String = difference.lines().fold(String::new(), |mut said, line| {
                let _ = writeln!(said, "#   {line}");
                said
            });
            return Ok(Some(format!("# {} differs.\n{text}{said}", release.name)));
        }
    }
    Ok(None)
}

fn seed_bytes(seed: u64) -> RngSeed {
    RngSeed::Fixed(seed)
}

/// One run: `count` worlds of a seed; the first disagreement, shrunk, as the text of a world.
///
/// # Errors
/// The lab itself does not work.
pub fn run(count: u32, seed: u64, releases: &[Unpacked], tally: &Tally) -> Result<Option<String>> {
    let config = Config {
        cases: count,
        max_shrink_iters: 400,
        // In milliseconds: worlds whose loader does not end are slow to shrink.
        max_shrink_time: 120_000,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: seed_bytes(seed),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&plan(), |plan| match disagreement(&plan, releases, tally) {
        Ok(None) => Ok(()),
        Ok(Some(text)) => Err(TestCaseError::fail(text)),
        Err(error) => Err(TestCaseError::fail(format!("{error:#}"))),
    });
    match outcome {
        Ok(()) => Ok(None),
        Err(TestError::Fail(_, plan)) => {
            let again = disagreement(&plan, releases, tally)?;
            Ok(Some(again.unwrap_or_else(|| {
                format!("# differs only sometimes\n{}", plan.text(Libc::Glibc))
            })))
        }
        Err(TestError::Abort(reason)) => bail!("{reason}"),
    }
}

/// Keeps a disagreement where it can be looked at and be made a case of.
///
/// # Errors
/// The file cannot be written.
pub fn keep(text: &str, seed: u64) -> Result<PathBuf> {
    let folder = crate::workspace().join("lab/failures");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{seed}.world"));
    std::fs::write(&path, text)?;
    Ok(path)
}

/// `count` worlds on two threads, in portions of which each may find one disagreement. Says how many disagreed.
///
/// # Errors
/// The lab itself does not work.
pub fn campaign(count: u32, seed: u64) -> Result<usize> {
    use rayon::prelude::*;
    const PORTION: u32 = 25;
    let releases = release::provisioned();
    let tally = Tally::default();
    let portions = count.div_ceil(PORTION);
    let found: Vec<(u64, String)> = (0..portions)
        .into_par_iter()
        .map(|portion| {
            let seed = seed.wrapping_add(u64::from(portion));
            let size = PORTION.min(count - portion * PORTION);
            Ok(run(size, seed, &releases, &tally)?.map(|text| (seed, text)))
        })
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    for (seed, text) in &found {
        let path = keep(text, *seed)?;
        println!("{}:\n{text}", path.display());
    }
    println!(
        "random worlds: {count} drawn, {} times asked of {} releases, {} went well, {} not to be known from files, {} disagreements",
        tally.asked.load(Ordering::Relaxed),
        releases.len(),
        tally.went_well.load(Ordering::Relaxed),
        tally.unknown.load(Ordering::Relaxed),
        found.len()
    );
    let (time, world) = &*tally.slowest();
    println!("the slowest took {} ms", time.as_millis());
    if *time > SLOW {
        println!("{world}");
    }
    Ok(found.len())
}
