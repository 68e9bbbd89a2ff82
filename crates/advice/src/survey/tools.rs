//! Programs that start another program: which of their words is the command.

/// What stands behind a tool's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Behind {
    /// A command, looked for in `PATH`.
    Command {
        arguments: Vec<Vec<u8>>,
        /// `NAME=VALUE` words of `env`.
        settings: Vec<(Vec<u8>, Vec<u8>)>,
        /// `env -i`.
        bare: bool,
        /// Whom `gosu` and its like become.
        user: Option<Vec<u8>>,
    },
    /// The text behind a shell's `-c`.
    ShellText {
        text: Vec<u8>,
        arguments: Vec<Vec<u8>>,
    },
    /// A script of a shell, and its arguments.
    ShellScript {
        path: Vec<u8>,
        arguments: Vec<Vec<u8>>,
    },
    /// A file that an interpreter reads.
    Program {
        path: Vec<u8>,
        language: &'static str,
    },
    /// The words are not understood, so what comes is not known.
    Unknown,
    /// It starts nothing that is known of.
    Nothing,
}

struct Tool {
    name: &'static str,
    /// Options that take the next word as their value.
    valued: &'static [&'static str],
    /// Words of its own before the command.
    own: usize,
}

const fn tool(name: &'static str, valued: &'static [&'static str], own: usize) -> Tool {
    Tool { name, valued, own }
}

/// Tools that run the rest of their words (their manuals; `tini -h`, `dumb-init --help`).
static TOOLS: &[Tool] = &[
    tool("tini", &["-p", "-e"], 0),
    tool("tini-static", &["-p", "-e"], 0),
    tool("docker-init", &["-p", "-e"], 0),
    tool("dumb-init", &["-r", "--rewrite"], 0),
    tool("catatonit", &[], 0),
    tool("nohup", &[], 0),
    tool("nice", &["-n", "--adjustment"], 0),
    tool("ionice", &["-c", "-n", "--class", "--classdata"], 0),
    tool("setsid", &[], 0),
    tool(
        "stdbuf",
        &["-i", "-o", "-e", "--input", "--output", "--error"],
        0,
    ),
    tool("timeout", &["-s", "-k", "--signal", "--kill-after"], 1),
    tool("gosu", &[], 1),
    tool("su-exec", &[], 1),
];

const SHELLS: &[&str] = &["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "rbash"];

/// Interpreters whose first operand is a file: name, language, options with a value, options after which no file follows.
type Interpreter = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);
static INTERPRETERS: &[Interpreter] = &[
    (
        "python",
        "Python",
        &["-W", "-X", "--check-hash-based-pycs"],
        &["-m", "-c"],
    ),
    ("pypy", "Python", &["-W", "-X"], &["-m", "-c"]),
    (
        "node",
        "Node",
        &["-r", "--require", "--import", "-C", "--conditions"],
        &["-e", "--eval", "-p", "--print"],
    ),
    ("ruby", "Ruby", &["-I", "-r", "-C"], &["-e", "-S"]),
    ("perl", "Perl", &["-I"], &["-e", "-E", "-S"]),
    ("php", "PHP", &["-c", "-d", "-z"], &["-r", "-S", "-f"]),
];

/// What a tool of this name does with its words (`arguments[0]` is its own name).
pub(super) fn behind(name: &[u8], arguments: &[Vec<u8>]) -> Behind {
    let name = String::from_utf8_lossy(name).into_owned();
    let words = arguments.get(1..).unwrap_or_default();
    if SHELLS.contains(&name.as_str()) {
        return shell(words);
    }
    if name == "env" {
        return env(words);
    }
    if name == "java" {
        return java(words);
    }
    if let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) {
        return wrapped(tool, words);
    }
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    match INTERPRETERS
        .iter()
        .find(|interpreter| interpreter.0 == stem)
    {
        Some(interpreter) => program(interpreter, words),
        None => Behind::Nothing,
    }
}

fn wrapped(tool: &Tool, words: &[Vec<u8>]) -> Behind {
    let Some(at) = operand(words, tool.valued) else {
        return Behind::Nothing;
    };
    let own = words
        .get(at)
        .filter(|_| matches!(tool.name, "gosu" | "su-exec"));
    let rest = words.get(at + tool.own..).unwrap_or_default();
    if rest.is_empty() {
        return Behind::Nothing;
    }
    Behind::Command {
        arguments: rest.to_vec(),
        settings: Vec::new(),
        bare: false,
        user: own.cloned(),
    }
}

/// The first word that is no option; `--` ends the options.
fn operand(words: &[Vec<u8>], valued: &[&str]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == b"--" {
            return (at + 1 < words.len()).then_some(at + 1);
        }
        if !word.starts_with(b"-") || word == b"-" {
            return Some(at);
        }
        at += if valued.iter().any(|option| option.as_bytes() == *word) {
            2
        } else {
            1
        };
    }
    None
}

fn shell(words: &[Vec<u8>]) -> Behind {
    let mut at = 0;
    let mut text_follows = false;
    while let Some(word) = words.get(at) {
        if word == b"--" {
            at += 1;
            break;
        }
        if word.starts_with(b"--") {
            at += if matches!(word.as_slice(), b"--rcfile" | b"--init-file") {
                2
            } else {
                1
            };
            continue;
        }
        if !matches!(word.first(), Some(b'-' | b'+')) || word.len() < 2 {
            break;
        }
        text_follows |= word[0] == b'-' && word.contains(&b'c');
        // `-o pipefail`, also at the end of a cluster: `-eo pipefail`.
        at += if matches!(word.last(), Some(b'o' | b'O')) {
            2
        } else {
            1
        };
    }
    let Some(operand) = words.get(at) else {
        return Behind::Nothing;
    };
    let rest = words[at + 1..].to_vec();
    if text_follows {
        return Behind::ShellText {
            text: operand.clone(),
            // The word behind the text is the name ($0), not an argument.
            arguments: rest.get(1..).unwrap_or_default().to_vec(),
        };
    }
    Behind::ShellScript {
        path: operand.clone(),
        arguments: rest,
    }
}

fn env(words: &[Vec<u8>]) -> Behind {
    let (mut settings, mut bare) = (Vec::new(), false);
    let mut words = words.to_vec();
    let mut at = 0;
    while let Some(word) = words.get(at).cloned() {
        match word.as_slice() {
            b"-" | b"-i" | b"--ignore-environment" => bare = true,
            b"-u" | b"--unset" | b"-C" | b"--chdir" => at += 1,
            b"--" => {}
            _ if word.starts_with(b"-S")
                || word.starts_with(b"-vS")
                || word.starts_with(b"--split-string") =>
            {
                // The rest of the line was given as one word by the kernel.
                let skip = word
                    .iter()
                    .position(|&b| matches!(b, b'S' | b'='))
                    .map_or(0, |at| at + 1);
                let inner = if word.len() > skip && !word.starts_with(b"--split-string") {
                    word[skip..].to_vec()
                } else if let Some(eq) = word.iter().position(|&b| b == b'=') {
                    word[eq + 1..].to_vec()
                } else {
                    at += 1;
                    words.get(at).cloned().unwrap_or_default()
                };
                let split: Vec<Vec<u8>> = inner
                    .split(u8::is_ascii_whitespace)
                    .filter(|word| !word.is_empty())
                    .map(<[u8]>::to_vec)
                    .collect();
                let rest = words.get(at + 1..).unwrap_or_default().to_vec();
                words = split.into_iter().chain(rest).collect();
                at = 0;
                continue;
            }
            _ if word.starts_with(b"-") => {}
            _ => match word.iter().position(|&b| b == b'=') {
                Some(eq) => settings.push((word[..eq].to_vec(), word[eq + 1..].to_vec())),
                None => {
                    return Behind::Command {
                        arguments: words[at..].to_vec(),
                        settings,
                        bare,
                        user: None,
                    };
                }
            },
        }
        at += 1;
    }
    Behind::Nothing
}

fn java(words: &[Vec<u8>]) -> Behind {
    const VALUED: &[&[u8]] = &[
        b"-cp",
        b"-classpath",
        b"--class-path",
        b"-p",
        b"--module-path",
        b"--add-modules",
    ];
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == b"-jar" {
            return match words.get(at + 1) {
                Some(path) => Behind::Program {
                    path: path.clone(),
                    language: "Java",
                },
                None => Behind::Unknown,
            };
        }
        if !word.starts_with(b"-") {
            return Behind::Nothing;
        }
        at += if VALUED.contains(&word.as_slice()) {
            2
        } else {
            1
        };
    }
    Behind::Nothing
}

fn program((_, language, valued, last): &Interpreter, words: &[Vec<u8>]) -> Behind {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let is = |options: &[&str]| options.iter().any(|option| option.as_bytes() == *word);
        if word == b"--" {
            at += 1;
            break;
        }
        // `-c` is a value in PHP and a text in Python: the shorter table decides first.
        if is(last)
            || last.iter().any(|option| {
                option.len() == 2 && word.starts_with(option.as_bytes()) && *language != "PHP"
            })
        {
            return Behind::Nothing;
        }
        if is(valued) {
            at += 2;
        } else if word.starts_with(b"-") && word.len() > 1 {
            at += 1;
        } else {
            break;
        }
    }
    match words.get(at) {
        Some(path) if path != b"-" => Behind::Program {
            path: path.clone(),
            language,
        },
        _ => Behind::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        let words: Vec<Vec<u8>> = line
            .split(' ')
            .map(|word| word.as_bytes().to_vec())
            .collect();
        let text = |words: &[Vec<u8>]| String::from_utf8_lossy(&words.join(&b' ')).into_owned();
        match behind(&words[0], &words) {
            Behind::Command {
                arguments,
                settings,
                bare,
                user,
            } => format!(
                "{}{}{}run {}",
                if bare { "bare " } else { "" },
                settings
                    .iter()
                    .flat_map(|(key, value)| [
                        text(std::slice::from_ref(key)),
                        "=".into(),
                        text(std::slice::from_ref(value)),
                        " ".into()
                    ])
                    .collect::<String>(),
                user.map_or(String::new(), |user| format!("as {} ", text(&[user]))),
                text(&arguments)
            ),
            Behind::ShellText {
                text: inner,
                arguments,
            } => format!("text {} {}", text(&[inner]), text(&arguments)),
            Behind::ShellScript { path, arguments } => {
                format!("script {} {}", text(&[path]), text(&arguments))
            }
            Behind::Program { path, language } => format!("{language} {}", text(&[path])),
            Behind::Unknown => "unknown".into(),
            Behind::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn the_command_behind_a_tool_is_found() {
        let check = |line: &str, want: &str| assert_eq!(told(line), want, "{line}");
        check("tini -g -p TERM -- /app --x", "run /app --x");
        check("tini /app", "run /app");
        check("dumb-init --rewrite 15:3 -- sh -c x", "run sh -c x");
        check(
            "gosu postgres postgres -D x",
            "as postgres run postgres -D x",
        );
        check("timeout -s KILL 5 app a", "run app a");
        check("env -i A=1 -u B app", "bare A=1 run app");
        check("env -S app", "run app");
        check("env -Sapp /script", "run app /script");
        check("env python3 /x", "run python3 /x");
        check("sh -ec text name arg", "text text arg");
        check("bash -eo pipefail -c text", "text text ");
        check("sh /entry.sh a b", "script /entry.sh a b");
        check("sh", "nothing");
        check("java -cp x -Xmx1g -jar app.jar", "Java app.jar");
        check("java -cp x Main", "nothing");
        check("python3.11 -u /app/main.py", "Python /app/main.py");
        check("python3 -m http.server", "nothing");
        check("node --import x server.js", "Node server.js");
        check("php -d a=b x.php", "PHP x.php");
        check("server --port 1", "nothing");
    }
}
