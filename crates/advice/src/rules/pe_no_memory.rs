//! `pe-no-memory`: no memory to load a DLL.

use super::prelude::*;
use super::pe;

pub(super) static RULE: Rule = Rule {
    name: "pe-no-memory",
    phase: Phase::Map,
    level: Level::Error,
    summary: "there is too little memory or address space to map a DLL",
    loaders: WINDOWS,
    messages: pe::MESSAGES,
    page: page!("pe-no-memory"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let code = pe::code(heard);
    matches!(code, 8 | 1455 | 487).then(|| {
        Hearing::new(Likelihood::Certain)
            .why(if code == 487 {
                "two DLLs want the same addresses and one cannot be moved, or the address space is used up".to_owned()
            } else {
                format!("there is too little memory to map {}: large DLLs (CUDA, PyTorch) reserve room in the paging file when they load", pe::the_file(heard))
            })
            .decided_by("Task Manager, Performance, Memory: Committed against its limit")
            .advice("make the paging file larger (System, Advanced, Performance, Virtual memory), or let Windows manage it")
            .advice("start fewer processes: each worker of a data loader maps the DLLs again")
            .not_helpful("more video memory: it is the machine's own that is short")
    })
}
