//! The way in: a request is handed to the kernel's part and then to the loader it chooses.

use sayso_world::{Credentials, Errno, TargetPath};

use crate::glibc::{self, Invocation, Loaded, Purpose};
use crate::goplugin;
use crate::identify::Identified;
use crate::kernel::{self, Handover};
use crate::limits::UNKNOWN_PATHS_NAMED_MAX;
use crate::messages::{Failure, Fields, Frame, glibc as message};
use crate::musl;
use crate::request::{Family, Request, Start};
use crate::session::{Opened, Session};
use crate::trace::{Event, EventId, Gap, StepOutcome, Trace, Verdict};

impl Session<'_> {
    /// What the loader will do with a request. Never fails: what cannot be known is a [`Gap`].
    pub fn predict(&self, request: &Request) -> Trace {
        let Some(view) = self.world().partial() else {
            return self.predict_start(request);
        };
        // A session of its own, so that what is asked in vain is this question's alone and is in no memory yet.
        let mut session = Session::new(&*view);
        session.detail = self.detail;
        let trace = session.predict_start(request);
        let in_vain = view.asked_in_vain();
        if in_vain.is_empty() {
            return trace;
        }
        // Whatever was found out rests on files that are not known: a library may well be where the model was not told of it.
        Trace {
            loader: trace.loader,
            verdict: Verdict::Unknown {
                gaps: not_recorded(&in_vain),
            },
            ..kernel::empty_trace()
        }
    }

    fn predict_start(&self, request: &Request) -> Trace {
        match &request.start {
            Start::Exec { path, arguments } => self.predict_exec(path, arguments, request),
            Start::Library(path) => self.predict_library(path, request),
        }
    }

    fn predict_exec(&self, path: &TargetPath, arguments: &[Vec<u8>], request: &Request) -> Trace {
        match kernel::execve(self, path, arguments) {
            Handover::Refused(trace) => *trace,
            Handover::Dynamic {
                program,
                interpreter,
                arguments,
                secure,
                becomes,
                events,
            } => {
                let identified = self.identify(&interpreter);
                let mut trace = self.under(becomes, |session| match identified.as_ref() {
                    Identified::Glibc(config) => session.run_glibc(
                        config,
                        interpreter,
                        Purpose::Interpreter(program),
                        &arguments,
                        secure,
                        request,
                    ),
                    Identified::Musl(config) => session.run_musl(
                        config.clone(),
                        interpreter,
                        musl::Purpose::Interpreter {
                            program,
                            execfn: path.clone(),
                        },
                        &arguments,
                        secure,
                        request,
                    ),
                    Identified::Unknown => unknown_loader(&interpreter),
                });
                prepend(&mut trace, events);
                trace
            }
            Handover::Static {
                program,
                arguments,
                secure,
                becomes,
                events,
            } => {
                let identified = self.identify(&program);
                let mut trace = self.under(becomes, |session| match identified.as_ref() {
                    Identified::Glibc(config) => session.run_glibc(
                        config,
                        program,
                        Purpose::Command,
                        &arguments,
                        secure,
                        request,
                    ),
                    Identified::Musl(config) => session.run_musl(
                        config.clone(),
                        program,
                        musl::Purpose::Command,
                        &arguments,
                        secure,
                        request,
                    ),
                    Identified::Unknown => {
                        let mut trace = kernel::static_trace(program, Vec::new());
                        static_steps(session, &mut trace, request);
                        trace
                    }
                });
                prepend(&mut trace, events);
                trace
            }
        }
    }

    /// What is asked of the files from here on is asked by somebody else, if the program becomes that.
    fn under(
        &self,
        becomes: Option<Credentials>,
        run: impl FnOnce(&Session<'_>) -> Trace,
    ) -> Trace {
        let world = becomes.and_then(|who| self.world().as_user(&who));
        match world {
            None => run(self),
            Some(world) => {
                let mut session = Session::new(&*world);
                session.detail = self.detail;
                run(&session)
            }
        }
    }

    fn predict_library(&self, path: &TargetPath, request: &Request) -> Trace {
        let absolute = path.join_to(&self.world().machine().working_directory);
        let stat = match self.lookup(&absolute).and_then(|stat| {
            if stat.readable {
                Ok(stat)
            } else {
                Err(Errno::EACCES)
            }
        }) {
            Ok(stat) => stat,
            Err(_) if request.loader == Some(Family::Musl) => {
                return self.predict_musl_library(path, request);
            }
            Err(errno) => return plain_failure(&message::CANNOT_OPEN, path, Some(errno)),
        };
        let opened = self.open_once(&stat);
        let image = match opened.as_ref() {
            Opened::Image(image) => image.clone(),
            _ if request.loader == Some(Family::Musl) => {
                return self.predict_musl_library(path, request);
            }
            Opened::Unreadable(errno) => {
                return plain_failure(&message::CANNOT_READ, path, Some(*errno));
            }
            Opened::NotElf(bytes) if bytes.len() < 64 => {
                return plain_failure(&message::FILE_TOO_SHORT, path, None);
            }
            Opened::NotElf(_) => return plain_failure(&message::INVALID_HEADER, path, None),
        };
        let (loader, identified) = self.loader_for(&image, request.loader);
        let library = Loaded {
            path: path.clone(),
            stat,
            image,
        };
        match &identified {
            Identified::Glibc(config) => self.run_glibc(
                config,
                loader,
                Purpose::Library(library),
                &[],
                false,
                request,
            ),
            Identified::Musl(config) => self.run_musl(
                config.clone(),
                loader,
                musl::Purpose::Library {
                    path: library.path,
                    image: library.image,
                },
                &[],
                false,
                request,
            ),
            Identified::Unknown => unknown_loader(&loader),
        }
    }

    /// A file that is no ELF image, or not there, in musl's words.
    fn predict_musl_library(&self, path: &TargetPath, request: &Request) -> Trace {
        let image = self.empty_image();
        let (loader, identified) = self.loader_for(&image, Some(Family::Musl));
        let Identified::Musl(config) = identified else {
            return unknown_loader(&loader);
        };
        let purpose = musl::Purpose::Library {
            path: path.clone(),
            image,
        };
        self.run_musl(config, loader, purpose, &[], false, request)
    }

    fn run_glibc(
        &self,
        config: &glibc::Config,
        loader: Loaded,
        purpose: Purpose,
        arguments: &[Vec<u8>],
        secure: bool,
        request: &Request,
    ) -> Trace {
        let mut config = config.clone();
        if let Some(release) = request.release {
            config.release = release;
            config.release_known = true;
            config.ahead = glibc::Ahead::default();
        }
        glibc::run(
            self,
            Invocation {
                config,
                loader,
                purpose,
                arguments,
                secure,
                steps: &request.steps,
            },
        )
    }

    fn run_musl(
        &self,
        mut config: musl::Config,
        loader: Loaded,
        purpose: musl::Purpose,
        arguments: &[Vec<u8>],
        secure: bool,
        request: &Request,
    ) -> Trace {
        if let Some(release) = request.release {
            config.release = release;
            config.release_known = true;
        }
        let steps = &request.steps;
        musl::run(
            self,
            musl::Invocation {
                config,
                loader,
                purpose,
                arguments,
                secure,
                steps,
            },
        )
    }
}

/// What a statically linked program does after it has started, as far as it is known: Go's steps, up to the first other one.
fn static_steps(session: &Session<'_>, trace: &mut Trace, request: &Request) {
    let Some(program) = trace.objects.first().map(|object| object.image.clone()) else {
        return;
    };
    let events = trace.events.len() as u32;
    for step in &request.steps {
        let Some(answer) = goplugin::static_step(session, &program, step) else {
            return;
        };
        let process_ended = answer.process_ended();
        trace.steps.push(StepOutcome {
            failure: answer.failure,
            process_ended,
            objects: Vec::new(),
            symbol_in: None,
            events: events..events,
            gaps: answer.gaps,
            go: Some(Box::new(answer.told)),
        });
        if process_ended {
            return;
        }
    }
}

/// Events of the kernel's part come first.
fn prepend(trace: &mut Trace, events: Vec<Event>) {
    if events.is_empty() {
        return;
    }
    let by = events.len() as u32;
    let shift = |id: &mut EventId| id.0 += by;
    trace.events.splice(0..0, events);
    trace
        .problems
        .iter_mut()
        .chain(&mut trace.warnings)
        .chain(&mut trace.printed)
        .for_each(shift);
    if let Verdict::Fails { at, failure } = &mut trace.verdict {
        shift(at);
        failure.search.iter_mut().for_each(shift);
    }
    for event in &mut trace.events {
        if let Event::Problem(failure) | Event::Warning(failure) = event {
            failure.search.iter_mut().for_each(shift);
        }
    }
    for step in &mut trace.steps {
        step.events = step.events.start + by..step.events.end + by;
        if let Some(failure) = &mut step.failure {
            failure.search.iter_mut().for_each(shift);
        }
    }
}

fn plain_failure(text: &'static crate::Message, path: &TargetPath, errno: Option<Errno>) -> Trace {
    let mut fields = Fields::new().with("object", path);
    if let Some(errno) = errno {
        fields = fields.with("reason", errno.glibc_text());
    }
    let failure = Failure {
        message: text,
        fields,
        frame: Frame::Plain,
        exit_status: None,
        by: None,
        search: None,
    };
    let id = EventId(0);
    Trace {
        events: vec![Event::Problem(failure.clone())],
        problems: vec![id],
        printed: vec![id],
        verdict: Verdict::Fails { failure, at: id },
        ..kernel::empty_trace()
    }
}

/// One gap for each path up to a limit, and one for the others together.
fn not_recorded(paths: &[TargetPath]) -> Vec<Gap> {
    const NAME: &str = "not-in-the-snapshot";
    let named = paths.iter().take(UNKNOWN_PATHS_NAMED_MAX).map(|path| Gap {
        name: NAME,
        what: format!("{path} is not in the snapshot: it was not looked at when that was taken"),
    });
    let rest = paths.len().saturating_sub(UNKNOWN_PATHS_NAMED_MAX);
    let others = (rest > 0).then(|| Gap {
        name: NAME,
        what: format!("{rest} more paths are not in the snapshot"),
    });
    named.chain(others).collect()
}

fn unknown_loader(loader: &Loaded) -> Trace {
    let gaps = vec![Gap {
        name: "loader-not-modelled",
        what: format!("{} is neither glibc's nor musl's loader", loader.path),
    }];
    Trace {
        verdict: Verdict::Unknown { gaps },
        ..kernel::empty_trace()
    }
}
