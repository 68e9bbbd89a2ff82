//! What an image's configuration says of its start, and the process that a container runtime makes of it.

use sayso_world::users::{UserFault, credentials_of};
use sayso_world::{Credentials, Machine, TargetPath, World};

/// The search path that engines set where the image sets none.
pub const DEFAULT_PATH: &[u8] = b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The part of an image's configuration that says what is started, and how (`config` of the OCI image specification).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// `Entrypoint`.
    pub entrypoint: Vec<Vec<u8>>,
    /// `Cmd`: the arguments of the entrypoint, or the command if there is none.
    pub cmd: Vec<Vec<u8>>,
    /// `Env`, each `KEY=VALUE`.
    pub env: Vec<Vec<u8>>,
    /// `User`: name or number, with a group behind a colon; empty: user 0.
    pub user: Vec<u8>,
    /// `WorkingDir`; empty: `/`.
    pub working_dir: Vec<u8>,
}

impl Entry {
    /// Everything that is started: entrypoint and command.
    pub fn arguments(&self) -> Vec<Vec<u8>> {
        self.entrypoint.iter().chain(&self.cmd).cloned().collect()
    }

    /// As `run --entrypoint ENTRYPOINT IMAGE COMMAND…` makes it: a command replaces the image's own; an entrypoint replaces the
    /// image's entrypoint and command (an empty one takes it away).
    #[must_use]
    pub fn replaced(mut self, entrypoint: Option<Vec<Vec<u8>>>, command: Vec<Vec<u8>>) -> Entry {
        if let Some(entrypoint) = entrypoint {
            self.entrypoint = entrypoint;
            self.cmd.clear();
        }
        if !command.is_empty() {
            self.cmd = command;
        }
        self
    }

    /// Puts environment and working directory into a machine, as an engine does: `PATH` is set if the image sets none, the last of
    /// several values of one name counts.
    pub fn apply(&self, machine: &mut Machine) {
        machine.environment.clear();
        for setting in &self.env {
            let Some(at) = setting.iter().position(|&b| b == b'=') else {
                continue;
            };
            set(machine, &setting[..at], &setting[at + 1..]);
        }
        if machine.variable(b"PATH").is_none() {
            set(machine, b"PATH", DEFAULT_PATH);
        }
        machine.working_directory = self.directory();
        machine.credentials = Credentials::root();
    }

    /// The working directory.
    pub fn directory(&self) -> TargetPath {
        TargetPath::new(&self.working_dir).join_to(&TargetPath::from("/"))
    }

    /// Whom the user field means, by the world's own files.
    ///
    /// # Errors
    /// A name that they do not know.
    pub fn credentials(&self, world: &dyn World) -> Result<Credentials, UserFault> {
        if self.user.is_empty() {
            return Ok(Credentials::root());
        }
        credentials_of(world, &String::from_utf8_lossy(&self.user))
    }
}

/// Sets a variable as `setenv` does.
pub(super) fn set(machine: &mut Machine, key: &[u8], value: &[u8]) {
    match machine
        .environment
        .iter_mut()
        .find(|(known, _)| known == key)
    {
        Some((_, known)) => *known = value.to_vec(),
        None => machine.environment.push((key.to_vec(), value.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Vec<u8>> {
        text.split_whitespace()
            .map(|word| word.as_bytes().to_vec())
            .collect()
    }

    #[test]
    fn a_command_replaces_cmd_and_an_entrypoint_both() {
        let entry = Entry {
            entrypoint: words("/entry.sh"),
            cmd: words("server --port 80"),
            ..Entry::default()
        };
        let after = |entrypoint: Option<&str>, command: &str| {
            let entry = entry
                .clone()
                .replaced(entrypoint.map(words), words(command));
            String::from_utf8(entry.arguments().join(&b' ')).expect("text")
        };
        assert_eq!(after(None, ""), "/entry.sh server --port 80");
        assert_eq!(after(None, "sh -c x"), "/entry.sh sh -c x");
        assert_eq!(after(Some("/bin/sh"), ""), "/bin/sh");
        assert_eq!(after(Some("/bin/sh"), "-c x"), "/bin/sh -c x");
        assert_eq!(after(Some(""), "ls"), "ls");
    }

    #[test]
    fn the_machine_gets_path_and_the_last_value() {
        let entry = Entry {
            env: words("A=1 B=2 A=3 broken"),
            ..Entry::default()
        };
        let mut machine = Machine::default();
        entry.apply(&mut machine);
        assert_eq!(machine.variable(b"A"), Some(&b"3"[..]));
        assert_eq!(machine.variable(b"PATH"), Some(DEFAULT_PATH));
        assert_eq!(machine.working_directory, TargetPath::from("/"));
    }
}
