//! What a paste tells beside the failure: which distribution, whether a container, whether a CI system.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::heard::Surroundings;

/// What a word points at.
#[derive(Debug, Clone, Copy)]
enum Hint {
    /// A distribution, and how much the word says.
    Distribution(&'static str, u32),
    Container,
    Ci,
    Conda,
    Go,
}

use Hint::{Ci, Conda, Container, Distribution, Go};

const WORDS: &[(&str, Hint)] = &[
    ("ID=debian", Distribution("debian", 9)),
    ("ID=ubuntu", Distribution("ubuntu", 9)),
    ("ID=alpine", Distribution("alpine", 9)),
    ("ID=fedora", Distribution("fedora", 9)),
    ("ID=\"rhel\"", Distribution("rhel", 9)),
    ("ID=\"centos\"", Distribution("centos", 9)),
    ("ID=\"rocky\"", Distribution("rocky", 9)),
    ("ID=\"almalinux\"", Distribution("almalinux", 9)),
    ("ID=\"amzn\"", Distribution("amzn", 9)),
    ("ID=\"opensuse", Distribution("opensuse", 9)),
    ("ID=arch", Distribution("arch", 9)),
    ("ID=nixos", Distribution("nixos", 9)),
    ("/lib/ld-musl-", Distribution("alpine", 3)),
    ("FROM alpine", Distribution("alpine", 8)),
    ("FROM ubuntu", Distribution("ubuntu", 8)),
    ("FROM debian", Distribution("debian", 8)),
    ("FROM fedora", Distribution("fedora", 8)),
    ("FROM amazonlinux", Distribution("amzn", 8)),
    ("FROM centos", Distribution("centos", 8)),
    ("-alpine", Distribution("alpine", 3)),
    ("Alpine Linux", Distribution("alpine", 5)),
    ("apk add", Distribution("alpine", 4)),
    ("Ubuntu 1", Distribution("ubuntu", 5)),
    ("Ubuntu 2", Distribution("ubuntu", 5)),
    ("ubuntu-latest", Distribution("ubuntu", 4)),
    ("~ubuntu", Distribution("ubuntu", 2)),
    ("Debian GNU/Linux", Distribution("debian", 5)),
    ("bookworm", Distribution("debian", 3)),
    ("bullseye", Distribution("debian", 3)),
    ("trixie", Distribution("debian", 3)),
    ("/usr/lib/x86_64-linux-gnu", Distribution("debian", 1)),
    ("/lib/x86_64-linux-gnu", Distribution("debian", 1)),
    ("apt-get ", Distribution("debian", 2)),
    ("Fedora release", Distribution("fedora", 5)),
    ("Fedora Linux", Distribution("fedora", 5)),
    ("CentOS", Distribution("centos", 4)),
    ("Red Hat Enterprise", Distribution("rhel", 5)),
    ("Rocky Linux", Distribution("rocky", 5)),
    ("AlmaLinux", Distribution("almalinux", 5)),
    ("Amazon Linux", Distribution("amzn", 5)),
    (".el7", Distribution("rhel", 2)),
    (".el8", Distribution("rhel", 2)),
    (".el9", Distribution("rhel", 2)),
    ("dnf install", Distribution("fedora", 2)),
    ("yum install", Distribution("rhel", 2)),
    ("openSUSE", Distribution("opensuse", 4)),
    ("zypper ", Distribution("opensuse", 3)),
    ("Arch Linux", Distribution("arch", 5)),
    ("pacman -", Distribution("arch", 4)),
    ("/nix/store/", Distribution("nixos", 3)),
    ("NixOS", Distribution("nixos", 5)),
    ("Void Linux", Distribution("void", 5)),
    ("Gentoo", Distribution("gentoo", 4)),
    ("/var/task/", Distribution("amzn", 3)),
    ("docker", Container),
    ("Dockerfile", Container),
    ("podman", Container),
    ("kubectl", Container),
    ("containerd", Container),
    ("CrashLoopBackOff", Container),
    ("OCI runtime", Container),
    ("runc", Container),
    ("kubelet", Container),
    ("standard_init_linux.go", Container),
    ("exec container process", Container),
    ("/var/task/", Container),
    ("##[error]", Ci),
    ("##[group]", Ci),
    ("/home/runner/work/", Ci),
    ("GITHUB_ACTIONS", Ci),
    ("Process completed with exit code", Ci),
    ("gitlab-runner", Ci),
    ("section_start:", Ci),
    ("/builds/", Ci),
    ("Jenkins", Ci),
    ("CIRCLE_", Ci),
    ("travis_", Ci),
    ("miniconda", Conda),
    ("anaconda", Conda),
    ("miniforge", Conda),
    ("mambaforge", Conda),
    ("/conda/", Conda),
    ("CONDA_PREFIX", Conda),
    ("micromamba", Conda),
    ("/go-link-", Go),
    ("/go-build", Go),
    ("go build", Go),
    ("go.o: in function", Go),
    ("_cgo_", Go),
    ("plugin_dlopen", Go),
];

/// Bytes at each end of a long text that are looked at: what stands a megabyte away says little.
const LOOKED_AT: usize = 1 << 20;
/// Paths that are kept.
const PATHS_MAX: usize = 16;

/// Looks at the words of a plain text.
pub(super) fn look(text: &[u8]) -> Surroundings {
    static WORDS_IN_ALL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let automaton =
        WORDS_IN_ALL.get_or_init(|| AhoCorasick::new(WORDS.iter().map(|(word, _)| word)).ok());
    let mut surroundings = Surroundings::default();
    let Some(automaton) = automaton else {
        return surroundings;
    };
    let ends = if text.len() > 2 * LOOKED_AT {
        [&text[..LOOKED_AT], &text[text.len() - LOOKED_AT..]]
    } else {
        [text, &[][..]]
    };
    let mut scores: Vec<(&'static str, u32)> = Vec::new();
    for end in ends {
        for hit in automaton.find_overlapping_iter(end) {
            match WORDS[hit.pattern().as_usize()].1 {
                Distribution(name, score) => {
                    match scores.iter_mut().find(|(known, _)| *known == name) {
                        // One clear word says more than many faint ones.
                        Some((_, known)) => *known = (*known).max(score),
                        None => scores.push((name, score)),
                    }
                }
                Container => surroundings.container = true,
                Ci => surroundings.ci = true,
                Conda => surroundings.conda = true,
                Go => surroundings.go = true,
            }
        }
    }
    // The clearest; faint ones (a Debian path is an Ubuntu path, too) are no answer.
    scores.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    surroundings.distribution = scores
        .first()
        .filter(|(_, score)| *score >= 3)
        .map(|(name, _)| *name);
    surroundings.paths = paths(&text[..text.len().min(LOOKED_AT)]);
    surroundings
}

/// Words that are programs or libraries with a path.
fn paths(text: &[u8]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"'\"()[]<>,;=:".contains(byte);
    for word in text.split(is_end) {
        let rooted = word.starts_with(b"/") || word.starts_with(b"./") || word.starts_with(b"../");
        let library = super::rows::find(word, b".so").is_some()
            || word.ends_with(b".dylib")
            || word.ends_with(b".node");
        if rooted && library && word.len() < 4096 {
            let path = crate::show::show(word);
            if !found.contains(&path) {
                found.push(path);
            }
            if found.len() >= PATHS_MAX {
                break;
            }
        }
    }
    found
}
