//! The loader run as a command, and as `ldd` (the second half of `__dls3`'s beginning).

use sayso_facts::elf::pt;
use sayso_world::TargetPath;

use super::map::Refusal;
use super::process::{HEAD, Process};
use crate::glibc::Loaded;
use crate::messages::{Failure, Fields, Message, musl as message};
use crate::request::Release;

/// What stood on the command line.
#[derive(Default)]
struct Options {
    list: bool,
    preload: Option<Vec<u8>>,
    /// Index of the program's path; `None`: it ends with the usage text.
    program: Option<usize>,
}

impl Process<'_, '_> {
    /// Reads the command line and maps the program. `None`: it ended here. `Some` holds `--preload`.
    #[expect(
        clippy::option_option,
        reason = "the outer one ends the run, the inner one is an option not given"
    )]
    pub(crate) fn command(&mut self, arguments: &[Vec<u8>]) -> Option<Option<Vec<u8>>> {
        let own_name = arguments.first().cloned().unwrap_or_default();
        let options = self.read_options(arguments, &own_name);
        self.list_mode = options.list;
        if options.list {
            self.output = Some(Vec::new());
        }
        let Some(given) = options.program.and_then(|at| arguments.get(at)) else {
            let Release(major, minor, patch) = self.config.release;
            let fields = Fields::new()
                .with("architecture", &self.architecture)
                .with("version", format!("{major}.{minor}.{patch}"))
                .with("program", &own_name)
                .with(
                    "synopsis",
                    if options.list {
                        "[options] [--] pathname"
                    } else {
                        "[options] [--] pathname [args]"
                    },
                );
            self.end(&message::COMMAND_USAGE, fields);
            return None;
        };
        let fields = Fields::new()
            .with("program", &own_name)
            .with("object", given);
        let stat = match self.open_file(given) {
            Ok(stat) => stat,
            Err(errno) => {
                self.end(
                    &message::COMMAND_CANNOT_LOAD,
                    fields.with("reason", errno.musl_text()),
                );
                return None;
            }
        };
        // `ldso` has no name of the program's yet, and nothing is in the list that could be in the way.
        let (image, layout) = match self.map_library(&stat) {
            Ok(mapped) => mapped,
            Err(Refusal::Errno(_)) => {
                self.end(&message::COMMAND_NOT_DYNAMIC, fields);
                return None;
            }
            Err(Refusal::Signal(signal, why)) => {
                let _crashed =
                    self.crash(signal, HEAD, format!("{}: {why}", TargetPath::new(given)));
                return None;
            }
        };
        self.loader_name.clone_from(&own_name);
        if options.list {
            if let Some(interpreter) = image.segment(pt::INTERP).and_then(|_| image.interpreter()) {
                self.loader_name = interpreter.to_vec();
            }
            let name = self.loader_name.clone();
            self.print_mapping(None, &name);
        }
        self.dsos[super::process::LDSO]
            .name
            .clone_from(&self.loader_name);
        let program = Loaded {
            path: TargetPath::new(given),
            stat,
            image,
        };
        self.put_head(program, given.clone(), layout);
        Some(options.preload)
    }

    /// The option loop: values follow `=` or stand in the next argument; what is not known leads to the usage text.
    fn read_options(&mut self, arguments: &[Vec<u8>], own_name: &[u8]) -> Options {
        let mut options = Options {
            list: own_name.ends_with(b"ldd"),
            ..Options::default()
        };
        let mut at = 1;
        while let Some(option) = arguments
            .get(at)
            .and_then(|argument| argument.strip_prefix(b"--"))
        {
            at += 1;
            let mut value = |name: &[u8]| -> Option<Option<Vec<u8>>> {
                let rest = option.strip_prefix(name)?;
                match rest.first() {
                    Some(b'=') => Some(Some(rest[1..].to_vec())),
                    Some(_) => Some(None),
                    None => {
                        at += 1;
                        Some(arguments.get(at - 1).cloned())
                    }
                }
            };
            if option.is_empty() {
                break;
            }
            if option == b"list" {
                options.list = true;
                continue;
            }
            if let Some(path) = value(b"library-path") {
                let Some(path) = path else { return options };
                self.env_path = Some(path);
            } else if let Some(names) = value(b"preload") {
                let Some(names) = names else { return options };
                options.preload = Some(names);
            } else if let Some(name) = value(b"argv0") {
                if name.is_none() {
                    return options;
                }
            } else {
                return options;
            }
        }
        options.program = (at < arguments.len()).then_some(at);
        options
    }

    /// A message that ends the command before any object is there.
    fn end(&mut self, message: &'static Message, fields: Fields) {
        let failure: Failure = self.failure(message, fields);
        self.error(failure);
    }

    /// A line of `ldd`: `NAME => PATH (ADDRESS)`, or without the name for the loader.
    pub(crate) fn print_mapping(&mut self, name: Option<&[u8]>, path: &[u8]) {
        let Some(output) = &mut self.output else {
            return;
        };
        output.push(b'\t');
        if let Some(name) = name {
            output.extend_from_slice(name);
            output.extend_from_slice(b" => ");
        }
        output.extend_from_slice(path);
        output.extend_from_slice(b" (0x\xe2\x80\xa6)\n");
    }
}
