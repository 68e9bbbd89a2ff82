//! Speed and memory as ratios against peers, in one run: rounds alternate between the contestants, so that a busy moment of the
//! machine meets all of them, and medians are compared.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::{census, sandbox};

/// One contestant.
struct Contestant {
    name: &'static str,
    run: Box<dyn Fn() -> Result<u64>>,
    times: Vec<Duration>,
    /// Most memory resident at once, in KiB, over all rounds.
    memory: u64,
}

impl Contestant {
    fn new(name: &'static str, run: impl Fn() -> Result<u64> + 'static) -> Contestant {
        Contestant {
            name,
            run: Box::new(run),
            times: Vec::new(),
            memory: 0,
        }
    }
    fn round(&mut self) -> Result<()> {
        let started = Instant::now();
        let memory = (self.run)().context(self.name)?;
        self.times.push(started.elapsed());
        self.memory = self.memory.max(memory);
        Ok(())
    }
    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

/// The contestants of one question, and what each time is divided by.
struct Race {
    title: String,
    contestants: Vec<Contestant>,
    /// Number of the contestant whose time is 1.
    unit: usize,
    /// A contestant is run this often in a round: single short runs are all noise.
    repeat: usize,
}

impl Race {
    fn run(&mut self, rounds: usize) -> Result<()> {
        for contestant in &mut self.contestants {
            // Warms caches; not counted.
            contestant.round()?;
            contestant.times.clear();
        }
        for _ in 0..rounds {
            for contestant in &mut self.contestants {
                for _ in 0..self.repeat {
                    contestant.round()?;
                }
            }
        }
        Ok(())
    }
    fn show(&self) {
        println!("\n{}", self.title);
        let unit = self.contestants[self.unit].median().as_secs_f64();
        for contestant in &self.contestants {
            let median = contestant.median().as_secs_f64();
            let memory = match contestant.memory {
                0 => String::new(),
                kib => format!("{:>6.1} MiB", kib as f64 / 1024.0),
            };
            println!(
                "  {:<44} {:>9.2} ms  {:>7.3} x  {memory}",
                contestant.name,
                median * 1e3,
                median / unit
            );
        }
    }
}

/// Where cargo puts release builds.
fn built(program: &str) -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let beside = me.parent().context("no folder")?.join(program);
    ensure!(
        beside.exists(),
        "no {}: cargo build --release -p sayso-cli",
        beside.display()
    );
    Ok(beside)
}

/// Runs a program with the list on its standard input; its peak memory in KiB. What it says of the files does not matter here.
fn timed(program: &Path, arguments: &[&str], input: Option<&Path>) -> Result<u64> {
    let stdin = match input {
        Some(path) => Stdio::from(File::open(path)?),
        None => Stdio::null(),
    };
    let child = Command::new(program)
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| program.display().to_string())?;
    Ok(sandbox::wait_with_memory(child)?)
}

/// Opens every file and reads the header, the program headers, the dynamic section and the strings: what any answer needs.
fn floor(files: &[PathBuf], symbols: bool) -> u64 {
    let mut sum = 0_u64;
    let mut page = [0_u8; 4096];
    for path in files {
        let Ok(mut file) = File::open(path) else {
            continue;
        };
        sum += file.read(&mut page).map_or(0, |count| count as u64);
        if symbols {
            let mut rest = Vec::new();
            let _ = file.read_to_end(&mut rest);
            sum += rest
                .iter()
                .step_by(4096)
                .map(|&byte| u64::from(byte))
                .sum::<u64>();
        }
    }
    sum
}

/// `cargo xtask bench`
///
/// # Errors
/// A peer is missing, or `/usr` cannot be read.
pub fn run(rounds: usize) -> Result<()> {
    let sayso = built("sayso")?;
    let files = census::files()?;
    let list = std::env::temp_dir().join(format!("sayso-bench-{}", std::process::id()));
    let mut text = File::create(&list)?;
    for path in &files {
        writeln!(text, "{}", path.display())?;
    }
    let (xargs, libtree) = (Path::new("/usr/bin/xargs"), "libtree");
    let with = |arguments: &'static [&'static str]| {
        let (sayso, list) = (sayso.clone(), list.clone());
        move || timed(&sayso, arguments, Some(&list))
    };
    let (first, second) = (files.clone(), files.clone());
    let peer = list.clone();
    let mut races = [
        Race {
            title: format!(
                "every ELF file below /usr ({} files), from a list",
                files.len()
            ),
            contestants: vec![
                Contestant::new("libtree -p (names, in one process)", move || {
                    timed(
                        xargs,
                        &["-d", "\n", "-n", "100000", libtree, "-p"],
                        Some(&peer),
                    )
                }),
                Contestant::new(
                    "sayso check --names-only",
                    with(&["check", "--names-only", "--files-from", "-"]),
                ),
                Contestant::new(
                    "sayso check (versions and symbols)",
                    with(&["check", "--files-from", "-"]),
                ),
                Contestant::new("floor: open, read one page", move || {
                    std::hint::black_box(floor(&first, false));
                    Ok(0)
                }),
                Contestant::new("floor: open, read everything", move || {
                    std::hint::black_box(floor(&second, true));
                    Ok(0)
                }),
            ],
            unit: 0,
            repeat: 1,
        },
        {
            let sayso = sayso.clone();
            let (a, b) = (sayso.clone(), sayso);
            Race {
                title: "one program: /usr/bin/git".into(),
                contestants: vec![
                    Contestant::new("ldd", || {
                        timed(Path::new("/usr/bin/ldd"), &["/usr/bin/git"], None)
                    }),
                    Contestant::new("sayso check", move || {
                        timed(&a, &["check", "/usr/bin/git"], None)
                    }),
                    Contestant::new("sayso tree", move || {
                        timed(&b, &["tree", "/usr/bin/git"], None)
                    }),
                    Contestant::new("libtree -p", || {
                        timed(Path::new("/usr/bin/libtree"), &["-p", "/usr/bin/git"], None)
                    }),
                    Contestant::new("true (starting a process)", || {
                        timed(Path::new("/bin/true"), &[], None)
                    }),
                ],
                unit: 0,
                repeat: 10,
            }
        },
    ];
    for race in &mut races {
        race.run(rounds)?;
        race.show();
    }
    let _ = std::fs::remove_file(list);
    Ok(())
}
