//! Speed and memory as ratios against peers, in one run: rounds alternate between the contestants, so that a busy moment of the
//! machine meets all of them, and medians are compared.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::{census, go, images, sandbox};

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
                kib => format!("{:>4} MiB", kib.div_ceil(1024)),
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
        "no {}: cargo build --release -p sayso",
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

/// Opens every file and reads its first page; with `symbols`, also everything that binding its symbols needs: the dynamic symbols
/// and their names, hash tables, versions and relocations. Nothing is kept: a child's peak memory starts from ours.
fn floor(files: &[PathBuf], symbols: bool) -> u64 {
    let mut sum = 0_u64;
    let mut page = [0_u8; 4096];
    let mut buffer = vec![0_u8; 1 << 16];
    for path in files {
        let Ok(file) = File::open(path) else {
            continue;
        };
        sum += file.read_at(&mut page, 0).map_or(0, |count| count as u64);
        if !symbols {
            continue;
        }
        for (mut at, end) in tables(&file, &page) {
            while at < end {
                let most = buffer.len().min((end - at) as usize);
                let Ok(count @ 1..) = file.read_at(&mut buffer[..most], at) else {
                    break;
                };
                sum += buffer[..count]
                    .iter()
                    .map(|&byte| u64::from(byte))
                    .sum::<u64>();
                at += count as u64;
            }
        }
    }
    sum
}

/// Where the loader's tables lie, from the section headers of a 64-bit file: (start, end). Fair for a measurement only.
fn tables(file: &File, header: &[u8; 4096]) -> Vec<(u64, u64)> {
    const WANTED: &[u32] = &[4, 5, 11, 0x6fff_fff6, 0x6fff_fffd, 0x6fff_fffe, 0x6fff_ffff];
    const STRINGS: u32 = 3;
    const ALLOCATED: u64 = 2;
    if header[4] != 2 {
        return Vec::new();
    }
    let word = |bytes: &[u8], at: usize| {
        let bytes = bytes
            .get(at..at + 8)
            .and_then(|bytes| bytes.try_into().ok());
        u64::from_le_bytes(bytes.unwrap_or_default())
    };
    let count = u16::from_le_bytes([header[60], header[61]]);
    let mut sections = vec![0; usize::from(count) * 64];
    if file.read_exact_at(&mut sections, word(header, 40)).is_err() {
        return Vec::new();
    }
    let ranges = sections.chunks_exact(64).filter_map(|section| {
        let kind = (word(section, 0) >> 32) as u32;
        let allocated = word(section, 8) & ALLOCATED != 0;
        (allocated && (WANTED.contains(&kind) || kind == STRINGS))
            .then(|| (word(section, 24), word(section, 24) + word(section, 32)))
    });
    ranges.collect()
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
    for mut race in [everything(&sayso, &list, &files), one_program(&sayso)] {
        race.run(rounds)?;
        race.show();
    }
    let _ = std::fs::remove_file(list);
    match images::roots()
        .into_iter()
        .find(|root| root.ends_with("root-bookworm"))
    {
        None => {
            println!("\nSKIPPED, a whole small system: no root-bookworm: cargo xtask provision");
        }
        Some(root) => {
            let mut race = whole_system(&sayso, &root)?;
            race.run(rounds.min(3))?;
            race.show();
        }
    }
    let log = std::env::temp_dir().join(format!("sayso-bench-log-{}", std::process::id()));
    std::fs::write(&log, ci_log())?;
    let mut race = a_long_log(&sayso, &log);
    race.run(rounds)?;
    race.show();
    std::fs::remove_file(log)?;
    if let Some(missing) = go::bench::missing() {
        println!("\nSKIPPED, a large Go host: no {missing}");
        return Ok(());
    }
    let large = go::bench::large()?;
    let mut race = large_go_host(&sayso, &large);
    race.run(rounds)?;
    race.show();
    Ok(())
}

/// A whole minbase root, every file with versions and symbols, against those who look at less.
fn whole_system(sayso: &Path, root: &Path) -> Result<Race> {
    let list = root.with_extension("elf-files");
    let find = format!(
        "find {} -xdev -type f -size +63c -print0 | xargs -0 grep -lazPm1 '^\\x7fELF' > {}",
        root.display(),
        list.display()
    );
    let done = Command::new("sh")
        .args(["-c", &find])
        .env("LC_ALL", "C")
        .status()?;
    ensure!(
        done.code().is_some(),
        "the list of ELF files could not be made"
    );
    let shell = |line: String| move || timed(Path::new("sh"), &["-c", &line], None);
    let (root, list) = (root.display(), list.display());
    let sayso = sayso.display();
    let ldd = "for f in $(find / -xdev -type f -perm /111 -size +63c); do ldd $f; done";
    Ok(Race {
        title: "a whole minbase root of Debian 12 (wanted: 0.6 s of processor time and 64 MiB for sayso)".into(),
        contestants: vec![
            Contestant::new("scanelf -R (needs, run paths, interpreters)", shell(format!("scanelf -qR -F '%n %r %i' {root}"))),
            Contestant::new("readelf -dV, all files at once", shell(format!("xargs readelf -dV < {list}"))),
            Contestant::new("sayso check --image (versions and symbols)", shell(format!("exec {sayso} check --image {root}"))),
            Contestant::new("sayso check --image --names-only", shell(format!("exec {sayso} check --names-only --image {root}"))),
            Contestant::new("lddtree -R, all files at once", shell(format!("sed 's|^{root}||' {list} | xargs lddtree -R {root} -l"))),
            Contestant::new("ldd of every program, in a chroot", shell(format!("chroot {root} sh -c '{ldd}'"))),
        ],
        unit: 0,
        repeat: 1,
    })
}

/// Ten megabytes of a CI run: times, colours, compiler lines, stack traces, files that are not there, and one failure at the end.
fn ci_log() -> String {
    const BYTES: usize = 10_000_000;
    let mut log = String::with_capacity(BYTES + 400);
    for line in 0.. {
        log.push_str(match line % 8 {
            0 => "2026-11-21T10:00:00.0000000Z \u{1b}[36mdocker compose\u{1b}[0m: pulling layer 3f4a9c1de2\n",
            1 => "gcc -O2 -Wall -Iinclude -c src/codec/decoder.c -o build/src/codec/decoder.o\n",
            2 => "src/codec/decoder.c:120:9: warning: unused variable 'plugin' [-Wunused-variable]\n",
            3 => "cp: cannot stat 'build/libcodec.so.1': No such file or directory\n",
            4 => "    at Module.load (node:internal/modules/cjs/loader:1203:32)\n",
            5 => "{\"level\":\"info\",\"msg\":\"loading \\\"plugins/auth.so\\\"\\nok\",\"ts\":1763719200}\n",
            6 => "Get:14 http://mirror.example/debian bookworm/main amd64 libssl3 amd64 3.0.17 [2028 kB]\n",
            _ => "test tests::symbol_is_found ... ok\n",
        });
        if log.len() >= BYTES {
            break;
        }
    }
    log + "./codec: error while loading shared libraries: libcodec.so.1: cannot open shared object file: No such file or directory\n"
}

fn a_long_log(sayso: &Path, log: &Path) -> Race {
    let (program, text) = (sayso.to_owned(), log.to_owned());
    let bytes = log.to_owned();
    Race {
        title: "explain: 10 MB of a CI log (wanted: below a second)".into(),
        contestants: vec![
            Contestant::new("floor: read the file", move || {
                std::hint::black_box(std::fs::read(&bytes)?);
                Ok(0)
            }),
            Contestant::new("sayso explain", move || {
                let mut command = Command::new(&program);
                command.arg("explain").arg(&text);
                command.stdout(Stdio::null()).stderr(Stdio::null());
                Ok(sandbox::wait_with_memory(command.spawn()?)?)
            }),
        ],
        unit: 0,
        repeat: 1,
    }
}

fn large_go_host(sayso: &Path, large: &go::bench::Large) -> Race {
    let folder = large.stage.folder();
    let with = |program: &Path, arguments: &'static [&'static str]| {
        let (program, folder) = (program.to_owned(), folder.to_owned());
        move || {
            let mut command = Command::new(&program);
            command.args(arguments).current_dir(&folder);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            Ok(sandbox::wait_with_memory(command.spawn()?)?)
        }
    };
    let files = ["host", "fits.so"].map(|name| folder.join(name));
    Race {
        title: format!(
            "a Go host of {} MB that shares {} packages with its plugin (wanted: below 50 ms)",
            large.host_bytes / 1_000_000,
            large.packages
        ),
        contestants: vec![
            Contestant::new("floor: both files' first page", move || {
                std::hint::black_box(floor(&files, false));
                Ok(0)
            }),
            Contestant::new(
                "sayso go host fits.so",
                with(sayso, &["go", "host", "./fits.so"]),
            ),
            Contestant::new(
                "sayso go host differs.so (every package)",
                with(sayso, &["go", "host", "./differs.so"]),
            ),
            Contestant::new(
                "host opens fits.so",
                with(&folder.join("host"), &["open ./fits.so"]),
            ),
        ],
        unit: 3,
        repeat: 1,
    }
}

fn everything(sayso: &Path, list: &Path, files: &[PathBuf]) -> Race {
    let with = |program: &Path, arguments: &'static [&'static str]| {
        let (program, list) = (program.to_owned(), list.to_owned());
        move || timed(&program, arguments, Some(&list))
    };
    let (first, second) = (files.to_vec(), files.to_vec());
    Race {
        title: format!(
            "every ELF file below /usr ({} files), from a list",
            files.len()
        ),
        contestants: vec![
            Contestant::new(
                "libtree -p (names, in one process)",
                with(
                    Path::new("xargs"),
                    &["-d", "\n", "-n", "100000", "libtree", "-p"],
                ),
            ),
            Contestant::new(
                "sayso check --names-only",
                with(sayso, &["check", "--names-only", "--files-from", "-"]),
            ),
            Contestant::new(
                "sayso check (versions and symbols)",
                with(sayso, &["check", "--files-from", "-"]),
            ),
            Contestant::new("floor: open, read one page", move || {
                std::hint::black_box(floor(&first, false));
                Ok(0)
            }),
            Contestant::new("floor: and read the tables of symbols", move || {
                std::hint::black_box(floor(&second, true));
                Ok(0)
            }),
        ],
        unit: 0,
        repeat: 1,
    }
}

fn one_program(sayso: &Path) -> Race {
    let with = |program: &Path, arguments: &'static [&'static str]| {
        let program = program.to_owned();
        move || timed(&program, arguments, None)
    };
    let contestant =
        |name, program: &str, arguments| Contestant::new(name, with(Path::new(program), arguments));
    Race {
        title: "one program: /usr/bin/git".into(),
        contestants: vec![
            contestant("ldd", "ldd", &["/usr/bin/git"]),
            Contestant::new("sayso check", with(sayso, &["check", "/usr/bin/git"])),
            Contestant::new("sayso tree", with(sayso, &["tree", "/usr/bin/git"])),
            contestant("libtree -p", "libtree", &["-p", "/usr/bin/git"]),
            contestant("true (starting a process)", "true", &[]),
        ],
        unit: 0,
        repeat: 10,
    }
}
