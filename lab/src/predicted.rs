//! What sayso predicts, in the form of [`Told`].

use sayso_fixture::{Fixture, Libc};
use sayso_loader::messages::{glibc, kernel};
use sayso_loader::{
    Event, EventId, Failure, Probe, ProbeOutcome, SearchRule, Session, Trace, Verdict,
};
use sayso_world::World;

use crate::recorded::error_name;
use crate::told::{End, SILENT, Told, Tried, without_address};

fn text(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(bytes.as_ref()).into_owned()
}

/// Predicts what happens in a world.
pub fn predict(fixture: &Fixture, world: &dyn World) -> Told {
    let trace = Session::new(world).predict(&fixture.request());
    told(fixture, &trace)
}

fn told(fixture: &Fixture, trace: &Trace) -> Told {
    let mut told = Told {
        words: Vec::new(),
        end: end(trace),
        output: Vec::new(),
        objects: Vec::new(),
        steps: Vec::new(),
        tried: tried(fixture, trace),
    };
    if !matches!(told.end, End::Refused(_)) {
        for id in &trace.printed {
            if let Event::Problem(failure) | Event::Warning(failure) = trace.event(*id)
                && !failure.text().starts_with(SILENT)
            {
                told.words
                    .extend(text(failure.text()).lines().map(str::to_owned));
            }
        }
    }
    if let Some(output) = &trace.output {
        told.output = text(output).lines().map(without_address).collect();
    }
    let tells_objects =
        !fixture.steps.is_empty() || fixture.options.iter().any(|option| option == "objects");
    if tells_objects && matches!(trace.verdict, Verdict::Loads) && trace.output.is_none() {
        told.objects = trace
            .load_order
            .iter()
            .map(|&id| {
                let object = trace.object(id);
                // glibc leaves the program's `l_name` empty.
                let is_program = id.0 == 0 && object.needed_by.is_none();
                if is_program && fixture.machine.libc == Libc::Glibc {
                    return String::new();
                }
                object.path.to_string()
            })
            .collect();
    }
    if matches!(trace.verdict, Verdict::Loads) {
        steps(trace, &mut told);
    }
    told
}

fn end(trace: &Trace) -> End {
    match &trace.verdict {
        Verdict::Loads => End::Exit(0),
        Verdict::Unknown { gaps } => End::Unknown(
            gaps.iter()
                .map(|gap| gap.name)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        Verdict::Fails { failure, .. }
            if failure.message.id.starts_with("kernel/") && !failure.is(&kernel::KILLED) =>
        {
            let said = text(failure.text());
            End::Refused(said.rsplit(": ").next().unwrap_or_default().into())
        }
        Verdict::Fails { failure, .. } => exit_of(failure),
    }
}

/// What a failure that ends the process leaves; the harness ends what does not end by itself.
fn exit_of(failure: &Failure) -> End {
    const SIGXCPU: i32 = 24;
    if failure.is(&glibc::ENDLESS) {
        return End::Exit(128 + SIGXCPU);
    }
    End::Exit(failure.exit_status.unwrap_or(-1))
}

fn steps(trace: &Trace, told: &mut Told) {
    for (index, step) in trace.steps.iter().enumerate() {
        let number = index + 1;
        // What the program does after an answer that cannot be known is not known either.
        if let Some(gap) = step.gaps.first() {
            told.end = End::Unknown(gap.name.into());
            return;
        }
        match &step.failure {
            Some(failure) if step.process_ended => {
                told.end = exit_of(failure);
                let said = failure.text();
                if !said.starts_with(SILENT) {
                    told.words.extend(text(said).lines().map(str::to_owned));
                }
                return;
            }
            Some(failure) => told
                .steps
                .push(format!("{number} error {}", text(failure.text()))),
            None => told.steps.push(format!("{number} ok")),
        }
        if step.process_ended {
            return;
        }
    }
}

/// Every path tried until the real loader gives up. The model goes on after that; what it does then is not compared.
fn tried(fixture: &Fixture, trace: &Trace) -> Vec<Tried> {
    let mut tried = Vec::new();
    let stops_at = match &trace.verdict {
        // musl tells of every missing library before it ends.
        Verdict::Fails { at, .. } if fixture.machine.libc == Libc::Glibc => at.0 as usize,
        _ => usize::MAX,
    };
    let step_of = |event: usize| {
        trace
            .steps
            .iter()
            .position(|step| step.events.contains(&(event as u32)))
    };
    let mut failed_step = None;
    for (index, event) in trace.events.iter().enumerate().take(stops_at) {
        let step = step_of(index);
        if step.is_some() && step == failed_step {
            continue;
        }
        match event {
            Event::Problem(_) if step.is_some() => failed_step = step,
            Event::Search { probes, .. } => {
                tried.extend(probes.iter().filter_map(one_try));
                let failure = step.and_then(|step| trace.steps[step].failure.as_ref());
                if failure.is_some_and(|failure| failure.search == Some(EventId(index as u32))) {
                    failed_step = step;
                }
            }
            _ => {}
        }
    }
    tried
}

fn one_try(probe: &Probe) -> Option<Tried> {
    let by_name = matches!(
        probe.because,
        SearchRule::AlreadyLoaded(_) | SearchRule::LibcItself
    );
    let outcome = match &probe.outcome {
        _ if by_name => return None,
        ProbeOutcome::KnownAbsent => return None,
        ProbeOutcome::Errno(errno) => error_name(*errno),
        _ => "opened".into(),
    };
    Some(Tried {
        path: probe.path.to_string(),
        outcome,
    })
}
