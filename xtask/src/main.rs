//! The project's chores: `cargo xtask COMMAND`. Plain std, so that it builds in a second on a fresh machine.

mod commands;
mod provision;
mod run;
mod test;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "help".into());
    let rest: Vec<String> = arguments.collect();
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        print!("{}", commands::help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = commands::TABLE.iter().find(|command| command.name == name) else {
        eprint!("xtask: no command '{name}'\n\n{}", commands::help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|word| word == "-h" || word == "--help") {
        println!("{}", command.usage());
        return ExitCode::SUCCESS;
    }
    match (command.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
