//! ld.so run as a command: its options, and what `--list` and `LD_TRACE_LOADED_OBJECTS` print.

use super::process::{Kind, Process};
use super::start::Loaded;
use super::verify::Mode;
use crate::messages::{Failure, Fields, Frame, glibc as message};
use crate::trace::{Gap, ObjectId};

/// The options.
#[derive(Debug, Default)]
pub(crate) struct Command {
    pub(crate) list: bool,
    /// `--list` stops at the first missing library; only the environment variable goes on.
    pub(crate) list_is_strict: bool,
    /// argv\[0\], when ld.so is the command.
    pub(crate) invoked_as: Option<Vec<u8>>,
    pub(crate) library_path: Option<Vec<u8>>,
    pub(crate) preload: Option<Vec<u8>>,
    pub(crate) audit: Option<Vec<u8>>,
    pub(crate) hwcaps_prepend: Option<Vec<u8>>,
    pub(crate) hwcaps_mask: Option<Vec<u8>>,
}

/// What comes of reading the options.
enum Parsed {
    Run {
        command: Command,
        verify: bool,
        argv0: Option<Vec<u8>>,
        rest: usize,
    },
    Usage(Option<Vec<u8>>),
    Information(&'static str),
}

impl Process<'_, '_> {
    fn parse_command(&mut self, arguments: &[Vec<u8>]) -> Parsed {
        let modern = self.rules.modern_command();
        let mut command = Command::default();
        let (mut verify, mut argv0, mut at) = (false, None, 1);
        while let Some(option) = arguments.get(at) {
            let value = arguments.get(at + 1).cloned();
            match (option.as_slice(), value) {
                (b"--list", _) => {
                    command.list = true;
                    command.list_is_strict = true;
                    self.lazy = true;
                    at += 1;
                }
                (b"--verify", _) => {
                    verify = true;
                    at += 1;
                }
                (b"--inhibit-cache", _) => {
                    self.inhibit_cache = true;
                    at += 1;
                }
                (b"--library-path", Some(value)) => {
                    command.library_path = Some(value);
                    at += 2;
                }
                (b"--inhibit-rpath", Some(value)) => {
                    self.inhibit_rpath = Some(value);
                    at += 2;
                }
                (b"--audit", Some(value)) => {
                    command.audit = Some(value);
                    at += 2;
                }
                (b"--preload", Some(value)) => {
                    command.preload = Some(value);
                    at += 2;
                }
                (b"--argv0", Some(value)) if modern => {
                    argv0 = Some(value);
                    at += 2;
                }
                (b"--glibc-hwcaps-prepend", Some(value)) if modern => {
                    command.hwcaps_prepend = Some(value);
                    at += 2;
                }
                (b"--glibc-hwcaps-mask", Some(value)) if modern => {
                    command.hwcaps_mask = Some(value);
                    at += 2;
                }
                (b"--list-tunables", _) if modern => {
                    return Parsed::Information("the list of tunables");
                }
                (b"--list-diagnostics", _) if modern => {
                    return Parsed::Information("its diagnostics");
                }
                (b"--help", _) if modern => return Parsed::Information("its help"),
                (b"--version", _) if modern => return Parsed::Information("its version"),
                (b"--", _) if modern => break,
                (option, _) if modern && option.starts_with(b"--") => {
                    return Parsed::Usage(Some(option.to_vec()));
                }
                _ => break,
            }
        }
        if at >= arguments.len() {
            return Parsed::Usage(None);
        }
        Parsed::Run {
            command,
            verify,
            argv0,
            rest: at,
        }
    }

    /// Reads the options and maps the program; `None` when ld.so is done with that.
    pub(crate) fn setup_command(
        &mut self,
        arguments: &[Vec<u8>],
        loader: &Loaded,
    ) -> Option<Command> {
        let parsed = self.parse_command(arguments);
        let itself = arguments.first().cloned().unwrap_or_default();
        let (command, verify, argv0, rest) = match parsed {
            Parsed::Information(what) => {
                self.gaps.push(Gap {
                    name: "loader-information",
                    what: format!("the loader prints {what} and exits with 0"),
                });
                return None;
            }
            Parsed::Usage(option) => {
                self.usage(&itself, option);
                return None;
            }
            Parsed::Run {
                command,
                verify,
                argv0,
                rest,
            } => (command, verify, argv0, rest),
        };
        let name = arguments[rest].clone();
        self.program.clone_from(&name);
        self.execstack = loader
            .image
            .segment(0x6474_e551)
            .is_some_and(|segment| segment.flags & 1 != 0);
        let mapped = self.map_object(
            None,
            &name,
            Kind::Executable,
            Mode {
                program: true,
                ..Mode::default()
            },
            0,
            false,
        );
        let main = match mapped {
            Ok(main) => main?,
            Err(failure) => {
                let mut failure = self.at_start(failure);
                if verify {
                    failure.exit_status = Some(1);
                }
                self.fatal(*failure);
                return None;
            }
        };
        if verify {
            self.note_verified(main);
            return None;
        }
        if (!command.list && self.chain_load(main, loader)) || self.crashes_without_dynamic(main) {
            return None;
        }
        if let Some(argv0) = argv0 {
            self.program = argv0;
        }
        let command = Command {
            invoked_as: Some(itself),
            ..command
        };
        Some(command)
    }

    /// `--verify` answers with its exit status alone.
    fn note_verified(&mut self, main: ObjectId) {
        if self.map(main).image.interpreter().is_none() {
            let what = "exit status 2: no interpreter is named in it".into();
            self.gaps.push(Gap {
                name: "loader-verify",
                what,
            });
        }
    }

    /// `audit_list_add_dynamic_tag` looks for a string table that is not there.
    fn crashes_without_dynamic(&mut self, main: ObjectId) -> bool {
        if self.map(main).image.dynamic().is_some() || !self.rules.audit_tags() {
            return false;
        }
        let why = "the loader reads the dynamic section of a program that has none";
        let mut failure = Failure::of(&message::CRASH, b"");
        failure.fields = Fields::new().with("signal", "11").with("why", why);
        self.fatal(*failure);
        true
    }

    /// `rtld_chain_load`: itself, or a program without needs and interpreter, which execve takes.
    fn chain_load(&mut self, main: ObjectId, loader: &Loaded) -> bool {
        let soname = loader.image.soname().unwrap_or_default().to_vec();
        let image = self.map(main).image.clone();
        if image.soname() == Some(&soname) && !soname.is_empty() {
            let mut failure = Failure::of(
                if self.rules.modern_command() {
                    &message::LOADS_ITSELF
                } else {
                    &message::LOADS_ITSELF_OLD
                },
                b"",
            );
            failure.fields = Fields::new().with("loader", &soname);
            self.fatal(*failure);
            return true;
        }
        image.needed().next().is_none() && image.interpreter().is_none()
    }

    /// `_dl_usage`
    fn usage(&mut self, itself: &[u8], option: Option<Vec<u8>>) {
        let mut failure = Failure::of(
            if option.is_some() {
                &message::UNKNOWN_OPTION
            } else {
                &message::MISSING_PROGRAM
            },
            b"",
        );
        failure.fields = Fields::new().with("loader", itself);
        if option.is_none() && !self.rules.modern_command() {
            self.gaps.push(Gap {
                name: "loader-usage",
                what: "the loader prints its usage and exits with 127".into(),
            });
            return;
        }
        if let Some(option) = option {
            failure.fields = failure.fields.with("option", option);
        }
        failure.frame = Frame::Plain;
        self.fatal(*failure);
    }

    /// What `--list` prints, with `(0x…)` where addresses stand.
    pub(crate) fn list_objects(&self, main: ObjectId) -> Vec<u8> {
        let image = &self.map(main).image;
        let mut text = Vec::new();
        if image.needed().next().is_none() {
            text.extend_from_slice(b"\tstatically linked\n");
            return text;
        }
        // The kernel's own object stands behind the program, unless ld.so was put there after it.
        let rtld_first = self.namespaces[0].list.get(1).copied() == self.rtld;
        for (position, &id) in self.namespaces[0].list.iter().enumerate() {
            if position == 1 + usize::from(rtld_first)
                || (position == 0 && self.namespaces[0].list.len() == 1)
            {
                text.extend_from_slice(self.vdso_line());
            }
            if position == 0 {
                continue;
            }
            let map = self.map(id);
            let name = map.names.first().map(Vec::as_slice).unwrap_or_default();
            text.push(b'\t');
            text.extend_from_slice(name);
            if map.faked {
                text.extend_from_slice(b" => not found\n");
                continue;
            }
            if name != map.l_name {
                text.extend_from_slice(b" => ");
                text.extend_from_slice(&map.l_name);
            }
            text.extend_from_slice(" (0x…)\n".as_bytes());
        }
        if rtld_first && self.namespaces[0].list.len() == 2 {
            text.extend_from_slice(self.vdso_line());
        }
        text
    }

    fn vdso_line(&self) -> &'static [u8] {
        if self.session.world().machine().architecture == sayso_world::Architecture::X86_64 {
            "\tlinux-vdso.so.1 (0x…)\n".as_bytes()
        } else {
            b""
        }
    }
}
