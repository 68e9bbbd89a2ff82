//! Every row of every table, filled, hidden in the noise of real pastes, and read again; and texts that once went wrong.

use sayso_loader::Message;
use sayso_loader::messages::{FRAMES, Fields, Part, TABLES, shapes};

use super::plain::Plain;
use super::rows::{Role, Row, rows};
use super::{Heard, Surroundings, hear};

/// Plausible values of a hole, by its name.
fn values(name: &str) -> &'static [&'static str] {
    match name {
        "symbol" => &[
            "_ZN3foo3barEv",
            "deflateInit2_",
            "memcpy",
            "??0QString@@QEAA@XZ",
        ],
        "version" => &["GLIBC_2.34", "GLIBCXX_3.4.30", "V_1.0"],
        "reason" | "error" => &[
            "No such file or directory",
            "Permission denied",
            "Operation not permitted",
        ],
        "pid" | "bytes" | "caller" | "line" | "count" | "size" | "level" | "ordinal" | "number"
        | "index" => &["17", "4242"],
        "code" => &["3221225781", "3221225595"],
        "status" => &["c0000135", "c000007b"],
        "errno" | "signal" | "revision" | "bits" => &["64", "126", "7"],
        "have" | "need" => &["x86_64", "arm64"],
        "package" => &["internal/cpu", "github.com/a/b"],
        "endian" => &["little", "big"],
        "program" | "loader" => &["./prog", "/usr/local/bin/app", "app"],
        "path" | "interpreter" | "file" | "folder" => {
            &["/opt/app/run.sh", "./tool", "/lib64/ld-linux-x86-64.so.2"]
        }
        "requirer" => &["/opt/my app/bin/main", "/usr/lib/liba.so.3", "./main"],
        "requirer_uuid" | "provider_uuid" | "object_uuid" => {
            &["E96C2B42-790D-32F5-A0D3-7BF22202E531"]
        }
        "os" => &["14.2"],
        "type" => &["25", "2a"],
        "address" | "first_address" | "second_address" | "handle" | "found" | "expected" => {
            &["0x7fff2030", "0x104c8c000"]
        }
        "candidates" => &["'/a/b.dylib' (no such file), '/c/b.dylib' (not a file)"],
        "function" => &["dlsym"],
        "token" => &["@loader_path"],
        "message" => &["libz.so.1: file too short"],
        "value" | "limit" | "data" => &["7f", "1000"],
        _ if super::kinds::kind(name) == super::kinds::Kind::Number => &["17", "4242", "32"],
        _ => &[
            "libz.so.1",
            "/usr/lib/x86_64-linux-gnu/libfoo-2.so.1",
            "libbar.so",
        ],
    }
}

fn holes(template: &'static str) -> Vec<&'static str> {
    let parts = shapes(template).into_iter().next().unwrap_or_default();
    let name = |part| {
        if let Part::Field(name) = part {
            Some(name)
        } else {
            None
        }
    };
    parts.into_iter().filter_map(name).collect()
}

fn filled(template: &'static str, turn: usize) -> (Fields, Vec<u8>) {
    let mut fields = Fields::new();
    for (at, name) in holes(template).into_iter().enumerate() {
        let values = values(name);
        fields = fields.with(name, values[(turn + at) % values.len()]);
    }
    let text = format(template, &fields);
    (fields, text)
}

/// Fills the holes of a template, which may be a translation's.
fn format(template: &'static str, fields: &Fields) -> Vec<u8> {
    let parts = shapes(template).into_iter().next().unwrap_or_default();
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(match part {
            Part::Literal(literal) => literal.as_bytes(),
            Part::Field(name) => fields.get(name).unwrap_or_default(),
        });
    }
    text
}

/// Rows that are found by themselves; the others need a frame.
fn strong() -> impl Iterator<Item = &'static Row> {
    let rows = rows().rows.iter();
    rows.filter(|row| {
        row.role == Role::Sentence && !row.weak && !row.windows && row.anchor.is_some()
    })
}

fn heard(text: &[u8]) -> Vec<Heard> {
    hear(text, &Plain::new(text), &Surroundings::default())
}

/// The row and all of its values are read from the text.
fn reads(text: &[u8], message: &Message, fields: &Fields) -> Result<(), String> {
    let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let heards = heard(text);
    let Some(heard) = heards.iter().find(|heard| heard.says(message.id)) else {
        let instead: Vec<_> = heards.iter().map(|heard| heard.message.id).collect();
        return Err(format!(
            "{} is not read in {:?}, but {instead:?}",
            message.id,
            show(text)
        ));
    };
    // A sentence of another that is passed on is read by itself.
    for (name, value) in fields.iter().filter(|(name, _)| *name != "message") {
        let all = heard
            .parts
            .iter()
            .chain(&heard.frames)
            .map(|said| &said.fields)
            .chain([&heard.fields]);
        if !all
            .into_iter()
            .any(|fields| fields.get(name) == Some(value))
        {
            return Err(format!(
                "{} of {}: {:?} instead of {:?} in {:?}",
                name,
                message.id,
                heard.text(name),
                show(value),
                show(text)
            ));
        }
    }
    Ok(())
}

fn check(noise: impl Fn(&str) -> String) {
    let mut wrong = Vec::new();
    for row in strong() {
        for turn in 0..3 {
            let (fields, text) = filled(row.template, turn);
            let text = String::from_utf8(text).expect("tables are text");
            wrong.extend(reads(noise(&text).as_bytes(), row.message, &fields).err());
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        strong().count() * 3,
        wrong
            .iter()
            .take(60)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn rows_are_read_alone() {
    check(str::to_owned);
}

#[test]
fn rows_are_read_in_a_terminal() {
    check(|text| format!("user@host:~$ make\nwrote 5 files, all fine\n{text}\nuser@host:~$ \n"));
}

#[test]
fn rows_are_read_in_colours() {
    check(|text| format!("\u{1b}[32mok\u{1b}[0m\r\n\u{1b}[1;31m{text}\u{1b}[0m\r\n$ next\r\n"));
}

#[test]
fn rows_are_read_in_json() {
    check(|text| {
        let escaped = text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
            .replace('\t', "\\t");
        format!("{{\"level\":\"error\",\"msg\":\"first line\\n{escaped}\\n\",\"n\":1}}\n")
    });
}

#[test]
fn rows_are_read_in_typographic_quotes() {
    check(|text| text.replace('`', "\u{2018}").replace('\'', "\u{2019}"));
}

#[test]
fn rows_are_read_when_a_terminal_has_cut_them() {
    check(|text| {
        let mut wrapped = String::from(
            "$ ./prog --with --some --options --so --that --the --line --is --cut --80\n",
        );
        for line in text.split('\n') {
            let letters: Vec<char> = line.chars().collect();
            for piece in letters.chunks(80) {
                wrapped.extend(piece);
                wrapped.push('\n');
            }
        }
        wrapped
    });
}

#[test]
fn every_frame_peels() {
    let mut wrong = Vec::new();
    for frame in FRAMES.iter().copied().flatten() {
        let family =
            |message: &Message| message.id.split('/').next().unwrap_or_default().to_owned();
        let Some(inner) = strong()
            .filter(|row| family(row.message) == family(frame) && row.language == "en")
            .find(|row| holes(row.template).len() == 1)
        else {
            continue;
        };
        let (fields, text) = filled(inner.template, 0);
        let mut frame_fields = fields.clone();
        for name in holes(frame.template) {
            frame_fields = frame_fields.with(name, values(name)[0]);
        }
        let text = frame.format(&frame_fields.with("message", &text));
        let heards = heard(&text);
        let peeled = heards
            .iter()
            .any(|heard| heard.says(frame.id) && heard.says(inner.message.id));
        if !peeled {
            let got: Vec<_> = heards.iter().flat_map(Heard::ids).collect();
            wrong.push(format!(
                "{}: {:?}: {got:?}",
                frame.id,
                String::from_utf8_lossy(&text)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_are_found_by_their_words() {
    let lost: Vec<&str> = TABLES
        .iter()
        .copied()
        .flatten()
        .map(|message| message.id)
        .filter(|id| {
            rows()
                .rows
                .iter()
                .any(|row| row.message.id == *id && row.anchor.is_none())
        })
        .collect();
    assert!(lost.len() < 20, "{lost:?}");
}

#[test]
fn a_builds_errors_do_not_crowd_out_the_loaders_sentence() {
    use crate::limits::{EXPLAIN_ELSEWHERE_MAX, EXPLAIN_OTHERS_MAX};

    const LAST: &str = "./app: error while loading shared libraries: libz.so.1: cannot open shared object file: No such file or directory\n";
    let errors = |count: usize| -> String {
        let lines = (0..count)
            .map(|number| format!("part{number}.c:{}:7: error: wrong {number}\n", number + 1));
        lines.collect::<Vec<_>>().concat()
    };
    let said = |text: &str| super::explain(text.as_bytes()).results;
    for count in [EXPLAIN_OTHERS_MAX - 1, EXPLAIN_OTHERS_MAX] {
        assert_eq!(said(&errors(count)).len(), count);
    }
    assert_eq!(
        said(&errors(EXPLAIN_OTHERS_MAX + 1)).len(),
        EXPLAIN_OTHERS_MAX
    );
    for count in [EXPLAIN_ELSEWHERE_MAX - 1, EXPLAIN_ELSEWHERE_MAX + 1] {
        let results = said(&(errors(count) + LAST));
        assert_eq!(
            results.len(),
            1,
            "others are told only where no loader spoke"
        );
        assert_eq!(results[0].heard.message.id, "glibc/cannot-open");
    }
}
