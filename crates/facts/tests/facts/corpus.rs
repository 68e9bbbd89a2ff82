//! Replays what the fuzzers keep: every file of `fuzz/corpus/<target>` and `fuzz/findings/<target>` goes through the
//! function of its target on the stable toolchain.

use sayso_fixture::corpus::replay;

use crate::exercise;

#[test]
fn elf_image() {
    replay("elf_image", exercise::elf_image);
}

#[test]
fn shebang() {
    replay("shebang", exercise::shebang);
}

#[test]
fn go_program() {
    replay("go_program", exercise::go_program);
}

#[test]
fn rpmdb() {
    replay("rpmdb", exercise::rpmdb);
}
