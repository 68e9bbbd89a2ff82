//! What a trace means: the catalogue of rules, and the findings they make.
//!
//! A [`Rule`] is one file under `rules/` with one page under `docs/rules/`. It looks at a finished [`Trace`] (never at a
//! file system of its own: further questions go through the [`Session`]) and adds [`Finding`]s. [`advise`] runs the
//! catalogue. Nothing here can fail; what cannot be known is left unsaid.
#![forbid(unsafe_code)]

mod answer;
mod askers;
pub mod bundle;
pub mod causes;
mod context;
pub mod difference;
pub mod explain;
mod finding;
pub mod floor;
pub mod go;
pub mod integrity;
pub mod limits;
pub mod mend;
pub mod packages;
pub mod policy;
mod rule;
mod rules;
pub mod settings;
mod show;
pub mod survey;

pub use answer::{Answer, Asking, Format, Outcome, is_library_name, is_program, kind};
pub use askers::askers;
pub use causes::Cause;
pub use context::{Context, Trouble};
pub use explain::explain;
pub use finding::{Finding, Findings, Fix, Subject};
pub use rule::{Check, Level, Phase, Rule, Speaker};
pub use rules::{RULES, enumerate_some, what_it_is};
pub use show::{machine_name, show, show_lines};

use sayso_loader::{Request, Session, Trace};

/// Runs the catalogue over a trace: findings by level, and within a level in the order in which the user would meet them.
/// Rules whose level is below `least` are not asked: [`Level::Note`] asks all of them.
pub fn advise(
    session: &Session<'_>,
    request: &Request,
    trace: &Trace,
    least: Level,
) -> Vec<Finding> {
    let context = Context::new(session, request, trace);
    let mut findings = Findings::default();
    for rule in RULES.iter().filter(|rule| rule.level <= least) {
        let Some(check) = rule.check else {
            continue;
        };
        if rule.messages.is_empty() || rule.messages.iter().any(|id| context.met(id)) {
            check(&context, &mut findings);
        }
    }
    findings.into_sorted()
}

/// The rule of this name, or the one that has it among its other names.
pub fn rule(name: &str) -> Option<&'static Rule> {
    let named = RULES.iter().find(|rule| rule.name == name);
    let called = || RULES.iter().find(|rule| rule.also.contains(&name));
    named.or_else(called).copied()
}
