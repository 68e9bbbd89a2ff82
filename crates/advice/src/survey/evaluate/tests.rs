//! What texts come to.

use super::value::dirname;
use super::*;
use crate::survey::words::Caller;

/// The commands that `/opt/x/run` with the arguments `one` and `two words` reaches, each with its `LD_LIBRARY_PATH`; a question mark:
/// not certain; `…`: not all was read.
fn told(text: &str) -> String {
    let world = sayso_fixture::parse(
        "machine: glibc 2.36 x86_64\nenv: KNOWN=yes\n/opt/x/lib dir\n/bin/x symlink -> ../opt/x/run\n/opt/x/run text \"\"\n/etc/set.sh text \"L=/etc/lib\\n\"",
    )
    .expect("a world")
    .memory();
    let session = Session::new(&world);
    let stage = Stage {
        arguments: Vec::new(),
        told_by: String::new(),
        caller: Caller::Runtime,
        machine: sayso_world::World::machine(&world).clone(),
        decisive: true,
        unknown: Vec::new(),
    };
    let arguments = [b"one".to_vec(), b"two words".to_vec()];
    let told = evaluate(&session, &stage, b"/bin/x", &arguments, text.as_bytes());
    let mut lines: Vec<String> = told
        .reached
        .iter()
        .map(|reached| {
            let words: Vec<String> = reached.words.iter().map(crate::show).collect();
            let path = reached.machine.variable(b"LD_LIBRARY_PATH");
            let path = match path {
                Some(path) => format!(" [{}]", crate::show(path)),
                None if reached.unknown.is_empty() => String::new(),
                None => " [?]".into(),
            };
            let sure = if reached.sure { "" } else { "?" };
            format!("{sure}{}{path}", words.join(","))
        })
        .collect();
    if !told.read {
        lines.push("…".into());
    }
    lines.join(" | ")
}

#[test]
fn what_a_wrapper_sets_is_known() {
    let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
    check("exec ./app \"$@\"", "./app,one,two words");
    check("cd /opt/x && exec ./app $1", "./app,one");
    check("export LD_LIBRARY_PATH=/l\nexec /a", "/a [/l]");
    check("LD_LIBRARY_PATH=/l exec /a", "/a [/l]");
    check("LD_LIBRARY_PATH=/l /a; /b", "/a [/l] | /b");
    check("L=/l; export LD_LIBRARY_PATH=$L:$L2; /a", "/a [/l:]");
    check(
        "LD_LIBRARY_PATH=/l${NO:+:$NO}${KNOWN:+:$KNOWN} /a",
        "/a [/l:yes]",
    );
    check(
        "D=$(dirname \"$0\"); LD_LIBRARY_PATH=$D/lib /a",
        "/a [/bin/lib]",
    );
    check("D=$(readlink -f $0); exec ${D%/*}/app", "/opt/x/app");
    check("D=`dirname \\`readlink -f $0\\``; exec $D/app", "…");
    check(
        "D=$(cd \"$(dirname \"$(readlink -f \"$0\")\")\" && pwd -P); exec \"$D\"/app",
        "/opt/x/app",
    );
    check(
        "cd /opt/x/lib/..; LD_LIBRARY_PATH=$PWD/lib:$(pwd) /a",
        "/a [/opt/x/lib:/opt/x]",
    );
    check(". /etc/set.sh; LD_LIBRARY_PATH=$L /a", "/a [/etc/lib]");
    check(
        "set -- -x \"$@\"; shift; exec /a \"$@\"",
        "/a,one,two words",
    );
    check("set -a; LD_LIBRARY_PATH=/l; /a", "/a [/l]");
    check(
        "A=/l; A+=/m; LD_LIBRARY_PATH=$A /a; unset A; LD_LIBRARY_PATH=$A /b",
        "/a [/l/m] | /b []",
    );
    check("${APP:=/a} x; ${0##*/} y", "x,y");
    check(
        "X=$(basename $0 .sh); exec /opt/$X-$(uname -m)",
        "/opt/x-x86_64",
    );
}

#[test]
fn what_a_shell_decides_is_not_made_up() {
    let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
    check("if x; then L=/l; fi\nLD_LIBRARY_PATH=$L /a", "/a [?]");
    check("if x; then export LD_LIBRARY_PATH=/l; fi\n/a", "/a [?]");
    check("[ -d /l ] && export LD_LIBRARY_PATH=/l\n/a", "/a [?]");
    check("export LD_LIBRARY_PATH=$(find /l)\n/a", "/a [?]");
    check("export LD_LIBRARY_PATH=$HOME/l\n/a", "/a [?]");
    check("f() { export LD_LIBRARY_PATH=/l; }\nf\n/a", "?/a");
    check(". /nowhere\n/a", "?/a");
    check("eval x\n/a", "?/a");
    check("case $1 in one) cd /x;; esac\n./a", "?./a");
    check("/a || /b; /c", "/a | ?/b | ?/c");
    check("exit 0; /a", "");
    check("$UNKNOWN_TOOL; $HOME/a", "");
    check("/a 'open", "…");
}

#[test]
fn substitutions_within_one_another_are_followed_so_far() {
    let nested = |depth: usize| {
        let text = format!("exec {}/x{}", "$(echo ".repeat(depth), ")".repeat(depth));
        told(&text)
    };
    assert_eq!(nested(NESTED_MAX), "/x");
    assert_eq!(nested(NESTED_MAX + 1), "");
}

#[test]
fn a_long_text_is_read_so_far() {
    let padded = |length: usize| {
        let mut text = "# ".to_owned();
        text.extend(std::iter::repeat_n('x', length - "# \nexec /a".len()));
        text.push_str("\nexec /a");
        told(&text)
    };
    assert_eq!(padded(SHELL_TEXT_MAX), "/a");
    // Cut within the command, so what it names is not taken for certain: the whole text was not read.
    assert_eq!(padded(SHELL_TEXT_MAX + 1), "/ | …");
}

#[test]
fn dirname_prints_what_the_real_one_prints() {
    let check = |path: &str, want: &str| {
        assert_eq!(crate::show(dirname(path.as_bytes())), want, "{path}");
    };
    check("/a/b", "/a");
    check("/a/b/", "/a");
    check("/a", "/");
    check("a", ".");
    check("a/b", "a");
    check("/", "/");
    check("//a//b//", "//a");
    check("", ".");
}
