//! Makes the texts of the corpus that the lab itself can make: `texts glibc|musl|go`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use sayso_fixture::Libc;
use sayso_lab::texts::{self, loaders, plugins};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("texts: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    if let Some(why) = sayso_lab::cannot_work() {
        bail!("{why}");
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for group in &arguments {
        let (file, made) = match group.as_str() {
            "glibc" => ("glibc", loaders::make(Libc::Glibc)?),
            "musl" => ("musl-loader", loaders::make(Libc::Musl)?),
            "go" => ("go", plugins::make()?),
            _ => bail!("glibc | musl | go"),
        };
        std::fs::write(
            texts::home().join(format!("{file}.texts")),
            texts::format(&made),
        )?;
        println!("{file}: {} texts", made.len());
    }
    Ok(())
}
