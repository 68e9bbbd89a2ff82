//! The corpus, explained: every text that a tool really printed comes to its rule, with the names in it; alone, and in the noise in
//! which people paste it.

use std::fmt::Write as _;

use libtest_mimic::{Arguments, Failed, Trial};
use sayso_advice::explain::{Explained, Explanation, explain};
use sayso_lab::texts::{self, NEGATIVE, Text};

fn main() {
    let arguments = Arguments::from_args();
    let texts = texts::all().unwrap_or_else(|error| panic!("{error:#}"));
    let mut trials = Vec::new();
    for text in &texts {
        let text = text.clone();
        trials.push(Trial::test(format!("plain {}", text.name), move || {
            judge(&text, &text.bytes).map_err(Failed::from)
        }));
    }
    for noise in NOISES {
        let texts = texts.clone();
        trials.push(Trial::test(format!("noise {}", noise.name), move || {
            in_noise(&texts, noise)
        }));
    }
    let counted = texts.clone();
    trials.push(Trial::test("enough texts of enough classes", move || {
        enough(&counted)
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

/// What the corpus must at least hold.
fn enough(texts: &[Text]) -> Result<(), Failed> {
    let is_made = |text: &&Text| {
        text.made_by
            .iter()
            .all(|made_by| !made_by.starts_with("quoted from "))
    };
    let positive = texts
        .iter()
        .filter(is_made)
        .filter(|text| text.class != NEGATIVE);
    let negative = texts
        .iter()
        .filter(is_made)
        .filter(|text| text.class == NEGATIVE);
    let mut classes: Vec<&str> = positive.clone().map(|text| text.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    let counts = (positive.count(), negative.count(), classes.len());
    if counts.0 < 400 || counts.1 < 150 || counts.2 < 56 {
        return Err(Failed::from(format!(
            "{} texts of loader failures, {} of others, {} classes: {classes:?}",
            counts.0, counts.1, counts.2
        )));
    }
    Ok(())
}

/// Rules with the same words: which of them it is stands in no text. A name that a distribution has under another number may come
/// first, as long as the plain one stands among the causes.
const NOT_FOUND: &[&str] = &[
    "library-not-found",
    "soname-gap",
    "library-outside-search-path",
];

/// A rule's name, or one of the names that it has elsewhere.
fn is_called(explained_rule: &sayso_advice::Rule, name: &str) -> bool {
    explained_rule.name == name || explained_rule.also.contains(&name)
}

/// Whether these bytes, in which the text stands, are explained as the text should be.
fn judge(text: &Text, bytes: &[u8]) -> Result<(), String> {
    let explanation = explain(bytes);
    let told = || {
        let results: Vec<String> = explanation.results.iter().map(tell).collect();
        format!(
            "\n{}\nexpected: {} {:?} {:?}\nsays:\n{}",
            String::from_utf8_lossy(bytes),
            text.class,
            text.or,
            text.entities,
            results.join("\n")
        )
    };
    if text.class == NEGATIVE {
        return negative(text, &explanation).map_err(|why| format!("{why}{}", told()));
    }
    let Some(first) = explanation.results.first() else {
        return Err(format!("nothing is recognised{}", told()));
    };
    let mut allowed = std::iter::once(&text.class).chain(&text.or);
    let is_possible = |name: &str| {
        first
            .causes
            .iter()
            .any(|possible| is_called(possible.rule, name))
    };
    let same_words =
        NOT_FOUND.contains(&first.rule.name) && NOT_FOUND.contains(&text.class.as_str());
    let is_right =
        allowed.any(|name| is_called(first.rule, name)) || same_words && is_possible(&text.class);
    if !is_right {
        return Err(format!("the first rule is {}{}", first.rule.name, told()));
    }
    if let Some(cause) = &text.cause
        && !first
            .causes
            .iter()
            .any(|possible| is_called(possible.rule, cause))
    {
        return Err(format!("{cause} is not among the causes{}", told()));
    }
    for (name, value) in &text.entities {
        let found = first
            .entities
            .iter()
            .any(|entity| entity.name == name && entity.values.contains(value));
        if !found {
            return Err(format!("no {name}={value}{}", told()));
        }
    }
    Ok(())
}

/// No loader's failure is seen in it, and where it belongs is known.
fn negative(text: &Text, explanation: &Explanation) -> Result<(), String> {
    if let Some(wrong) = explanation
        .results
        .iter()
        .find(|explained| explained.rule.name != NEGATIVE)
    {
        return Err(format!("it is taken for {}", wrong.rule.name));
    }
    let instead = explanation
        .results
        .iter()
        .filter_map(|explained| explained.instead);
    match &text.instead {
        Some(word) if word != "other" && !instead.clone().any(|said| said == word) => Err(format!(
            "it is {word}, and said to be {:?}",
            instead.collect::<Vec<_>>()
        )),
        _ => Ok(()),
    }
}

fn tell(explained: &Explained) -> String {
    let entities: Vec<String> = explained
        .entities
        .iter()
        .map(|entity| format!("{}={}", entity.name, entity.values.join("|")))
        .collect();
    let causes: Vec<&str> = explained
        .causes
        .iter()
        .map(|cause| cause.rule.name)
        .collect();
    format!(
        "    {} ({}) {} causes: {} instead: {:?}",
        explained.rule.name,
        explained.heard.message.id,
        entities.join(" "),
        causes.join(","),
        explained.instead
    )
}

/// What may happen to a text before somebody reads it.
#[derive(Clone, Copy)]
struct Noise {
    name: &'static str,
    add: fn(&str) -> String,
}

const NOISES: &[Noise] = &[
    Noise {
        name: "log prefixes",
        add: log_prefixes,
    },
    Noise {
        name: "colours",
        add: colours,
    },
    Noise {
        name: "JSON in a log line",
        add: json,
    },
    Noise {
        name: "wrapped at 80",
        add: wrapped,
    },
    Noise {
        name: "200 other lines",
        add: among_others,
    },
    Noise {
        name: "typographic quotes",
        add: typographic,
    },
    Noise {
        name: "carriage returns",
        add: carriage_returns,
    },
    Noise {
        name: "quoted in Markdown",
        add: markdown,
    },
];

/// Of a hundred texts that are right alone, so many may be lost in one kind of noise.
const NOISE_MISSES_PER_HUNDRED: usize = 0;

/// Every text in one kind of noise.
fn in_noise(texts: &[Text], noise: &Noise) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let mut asked = 0;
    for text in texts {
        // Noise is added to letters: a text in another character set stays alone. Those that are wrong without noise are told of once.
        let Ok(words) = std::str::from_utf8(&text.bytes) else {
            continue;
        };
        if judge(text, &text.bytes).is_err() {
            continue;
        }
        asked += 1;
        let mut expected = text.clone();
        if noise.name == "wrapped at 80" || noise.name == "typographic quotes" {
            // Names that the noise has broken cannot be asked for.
            let noisy = (noise.add)(words);
            expected
                .entities
                .retain(|(_, value)| noisy.contains(value.as_str()));
        }
        if let Err(why) = judge(&expected, (noise.add)(words).as_bytes()) {
            wrong.push(format!("{}: {why}", text.name));
        }
    }
    if wrong.len() * 100 <= asked * NOISE_MISSES_PER_HUNDRED {
        return Ok(());
    }
    let shown = wrong
        .iter()
        .take(60)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n\n");
    Err(Failed::from(format!(
        "{} of {asked}:\n{shown}",
        wrong.len()
    )))
}

fn each_line(text: &str, change: impl Fn(usize, &str) -> String) -> String {
    let lines = text.lines().enumerate();
    lines
        .map(|(number, line)| change(number, line) + "\n")
        .collect()
}

fn log_prefixes(text: &str) -> String {
    each_line(text, |number, line| {
        format!(
            "2026-11-21T09:14:{:02}.482193Z web-7f9c6d worker[412]: {line}",
            number % 60
        )
    })
}

fn colours(text: &str) -> String {
    each_line(text, |_, line| {
        format!("\u{1b}[31m\u{1b}[1m{line}\u{1b}[0m\u{1b}[K")
    })
}

fn json(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.trim_end().chars() {
        match letter {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            other if other.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(other));
            }
            other => escaped.push(other),
        }
    }
    format!(
        "{{\"level\":\"error\",\"ts\":1795252800.12,\"logger\":\"main\",\"msg\":\"{escaped}\",\"attempt\":3}}\n"
    )
}

/// As a terminal of 80 columns does it: in the middle of a word.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let letters: Vec<char> = line.chars().collect();
        for piece in letters.chunks(80) {
            out.extend(piece);
            out.push('\n');
        }
    }
    out
}

fn among_others(text: &str) -> String {
    let other = |number: usize| match number % 5 {
        0 => format!(
            "#12 {}.{:03} Step {}/31 : RUN make -j4",
            number,
            number * 7 % 1000,
            number % 31
        ),
        1 => format!(
            "[{number:>3}/412] Building CXX object src/CMakeFiles/core.dir/part{number}.cc.o"
        ),
        2 => format!(
            "time=\"2026-11-21T09:0{}:11Z\" level=info msg=\"request served\" status=200 bytes={}",
            number % 10,
            number * 31
        ),
        3 => format!(
            "Get:{number} http://deb.example.org bookworm/main amd64 package-{number} amd64 1.{number}-2 [{number}.4 kB]"
        ),
        _ => String::new(),
    };
    let before: String = (0..100).map(|number| other(number) + "\n").collect();
    let after: String = (100..200).map(|number| other(number) + "\n").collect();
    format!("{before}{text}{after}")
}

/// As a word processor or a ticket system does it.
fn typographic(text: &str) -> String {
    let mut out = String::new();
    let mut open = false;
    for letter in text.chars() {
        out.push(match letter {
            '\'' => '\u{2019}',
            '`' => '\u{2018}',
            '"' => {
                open = !open;
                if open { '\u{201c}' } else { '\u{201d}' }
            }
            other => other,
        });
    }
    out
}

fn carriage_returns(text: &str) -> String {
    each_line(text, |_, line| format!("{line}\r"))
}

fn markdown(text: &str) -> String {
    let quoted = each_line(text, |_, line| format!("> {line}"));
    format!("Hi, after the update I get this:\n\n{quoted}\nAny idea? Thanks!\n")
}
