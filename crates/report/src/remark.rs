//! Findings of any command in one shape, for the formats of other tools: SARIF, JUnit, annotations, tables.

use sayso_advice::floor::{Floor, Violation};
use sayso_advice::integrity::{Fault, held};
use sayso_advice::policy::{Broken, Judged};
use sayso_advice::{Finding, Fix, Level, Rule, Subject, show};

use crate::floor::Measured;
use crate::held::HeldBill;
use crate::image::ImageAnswer;
use crate::sums::Sums;
use crate::{Answer, Outcome, words};

/// One finding.
#[derive(Debug, Clone)]
pub struct Remark {
    /// Its rule.
    pub rule: &'static Rule,
    /// How much it matters.
    pub level: Level,
    /// The file or artifact as the user named it.
    pub file: String,
    /// The object in it; the file itself where it is one.
    pub object: String,
    /// One sentence.
    pub message: String,
    /// What mends it.
    pub fixes: Vec<Fix>,
}

/// Everything that a run has to say, with the files that it has nothing to say about.
#[derive(Debug, Clone, Default)]
pub struct Remarks {
    /// Every file or artifact that was looked at, in order.
    pub files: Vec<String>,
    /// What was found.
    pub remarks: Vec<Remark>,
}

impl Remarks {
    /// Of one file's answer.
    pub fn of(answer: &Answer) -> Remarks {
        let mut remarks = Remarks::default();
        remarks.add_answer(answer);
        remarks
    }

    /// Of a file's answer.
    pub fn add_answer(&mut self, answer: &Answer) {
        let file = show(&answer.named);
        let of_finding = |finding: &Finding| Remark {
            rule: finding.rule,
            level: finding.level,
            file: file.clone(),
            object: match &finding.subject {
                Subject::Object(id) => words::path(&answer.trace, *id),
                Subject::File(path) => show(path),
                Subject::Name(name) => show(name),
            },
            message: finding.message.clone(),
            fixes: finding.fixes.clone(),
        };
        let mut found: Vec<Remark> = answer.findings.iter().map(of_finding).collect();
        let is_told = found.iter().any(|remark| remark.level == Level::Error);
        // A failure that no rule explains is a failure still.
        if answer.outcome() == Outcome::Fails
            && !is_told
            && let Some(rule) = sayso_advice::rule("load-refused")
        {
            found.push(Remark {
                rule,
                level: Level::Error,
                object: file.clone(),
                message: "it does not load (see `sayso check`)".into(),
                fixes: Vec::new(),
                file: file.clone(),
            });
        }
        self.remarks.append(&mut found);
        self.files.push(file);
    }

    /// Of an image as a whole: what is wrong with no file of it in particular.
    pub fn add_image(&mut self, image: &ImageAnswer) {
        self.files.push(image.named.clone());
        self.remarks
            .extend(image.findings.iter().map(|finding| Remark {
                rule: finding.rule,
                level: finding.level,
                file: image.named.clone(),
                object: match &finding.subject {
                    Subject::File(path) => show(path),
                    Subject::Name(name) => show(name),
                    Subject::Object(_) => image.named.clone(),
                },
                message: finding.message.clone(),
                fixes: finding.fixes.clone(),
            }));
    }

    /// Everything that another run has to say, behind what this one has.
    pub fn append(&mut self, mut other: Remarks) {
        self.files.append(&mut other.files);
        self.remarks.append(&mut other.remarks);
    }

    /// Of an artifact's limits.
    pub fn add_measured(&mut self, measured: &Measured) {
        self.files.push(measured.named.clone());
        for (floor, violations) in measured.floors.iter().zip(&measured.violations) {
            self.remarks.extend(
                violations
                    .iter()
                    .map(|violation| of_violation(measured, floor, violation)),
            );
        }
    }

    /// Of a bill that was held against files.
    pub fn add_bill(&mut self, held: &HeldBill<'_>) {
        self.files.push(held.bill.to_owned());
        let faults = held.held.faults.iter();
        self.remarks
            .extend(faults.map(|fault| of_fault(fault, held.bill, &fault.subject)));
    }

    /// Of a list of checksums that was held against files.
    pub fn add_sums(&mut self, sums: &Sums) {
        let list = sums.list.clone().unwrap_or_default();
        for file in &sums.files {
            let name = show(&file.name);
            let fault = file.fault(usize::MAX);
            self.remarks
                .extend(fault.map(|fault| of_fault(&fault, &name, &name)));
            self.files.push(name);
        }
        let of_list = held::malformed(&sums.malformed).chain(held::weak(&sums.files));
        let of_list: Vec<Remark> = of_list
            .map(|fault| of_fault(&fault, &list, &fault.subject))
            .collect();
        if !of_list.is_empty() {
            self.files.push(list);
            self.remarks.extend(of_list);
        }
    }

    /// Of a policy; exceptions are left out.
    pub fn add_judged(&mut self, judged: &Judged) {
        self.remarks.extend(judged.broken.iter().map(of_broken));
        for (broken, _) in &judged.excepted {
            if !self.files.contains(&broken.artifact) {
                self.files.push(broken.artifact.clone());
            }
        }
    }
}

fn of_violation(measured: &Measured, floor: &Floor, violation: &Violation) -> Remark {
    let part = violation
        .part
        .or_else(|| Some(violation.demand.as_ref()?.because.first()?.part))
        .or((!floor.parts.is_empty()).then_some(0));
    let axis = violation.demand.as_ref().map(|demand| demand.axis);
    let lowerings = axis.map(|axis| floor.lowerings(axis)).unwrap_or_default();
    Remark {
        rule: sayso_advice::policy::floor_rule(),
        level: Level::Error,
        file: measured.named.clone(),
        object: part.map_or_else(|| measured.named.clone(), |part| floor.parts[part].clone()),
        message: crate::text::violation_sentence(floor, violation),
        fixes: lowerings
            .into_iter()
            .map(|lowering| Fix {
                summary: lowering.what,
                command: lowering.how,
            })
            .collect(),
    }
}

fn of_fault(fault: &Fault, file: &str, object: &str) -> Remark {
    Remark {
        rule: fault.rule,
        level: fault.rule.level,
        file: file.to_owned(),
        object: object.to_owned(),
        message: format!("{object}: {}", fault.why),
        fixes: vec![Fix {
            summary: fault.mend.to_owned(),
            command: None,
        }],
    }
}

fn of_broken(broken: &Broken) -> Remark {
    Remark {
        rule: broken.finding.rule,
        level: broken.finding.level,
        file: broken.artifact.clone(),
        object: broken.object.clone(),
        message: broken.finding.message.clone(),
        fixes: broken.finding.fixes.clone(),
    }
}

impl Remark {
    /// The message with what mends it, as plain lines.
    pub(crate) fn with_fixes(&self) -> String {
        let mut text = self.message.clone();
        for fix in &self.fixes {
            text.push_str("\nfix: ");
            text.push_str(&fix.summary);
            if let Some(command) = &fix.command {
                text.push_str(": ");
                text.push_str(command);
            }
        }
        text
    }
}
