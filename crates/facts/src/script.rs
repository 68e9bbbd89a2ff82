//! `#!` lines as the kernel reads them (`fs/binfmt_script.c: load_script`).
//!
//! The kernel looks at the file's first 256 bytes, filled up with NULs if the file is shorter. A newline before any NUL ends
//! the line. Without one the interpreter's path must at least end (by a blank or a NUL) within the buffer, because a cut
//! path could name another program; a cut argument is accepted. What follows was compared with a kernel, see the tests.

use crate::limits::SHEBANG_BYTES_MAX;

/// The interpreter line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shebang {
    /// The interpreter's path, exactly as the kernel takes it (a carriage return stays part of it). What was there to see
    /// if the kernel refuses the line. Empty and not refused if the name is a NUL: execve then asks for the working
    /// directory and says `EACCES`.
    pub interpreter: Vec<u8>,
    /// Everything after the interpreter as one argument, trailing blanks removed; `None` if nothing is there. It is empty
    /// where the file ends after a blank, without a newline.
    pub argument: Option<Vec<u8>>,
    /// The interpreter's path does not end within the kernel's buffer (256 bytes): the kernel refuses it (`ENOEXEC`).
    pub truncated: bool,
    /// Why execve says `ENOEXEC` to this line, if it does.
    pub refusal: Option<Refusal>,
    /// The argument goes on past the kernel's buffer, so the interpreter gets only its beginning.
    pub argument_cut: bool,
}

/// Why the kernel takes a file that begins with `#!` for no script (`ENOEXEC`; a shell then runs it by itself).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing but blanks before the end of the line.
    NoInterpreter,
    /// The interpreter's path does not end within the kernel's buffer.
    TooLong,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl Shebang {
    /// Reads the line; `None` if the file does not begin with `#!`.
    pub fn parse(file: &[u8]) -> Option<Shebang> {
        if !file.starts_with(b"#!") {
            return None;
        }
        let mut buffer = [0u8; SHEBANG_BYTES_MAX];
        let held = file.len().min(SHEBANG_BYTES_MAX);
        buffer[..held].copy_from_slice(&file[..held]);
        Some(Shebang::read(&buffer, file.len() > SHEBANG_BYTES_MAX))
    }

    fn read(buffer: &[u8; SHEBANG_BYTES_MAX], more: bool) -> Shebang {
        let last = SHEBANG_BYTES_MAX - 1;
        let newline = buffer
            .iter()
            .position(|&byte| matches!(byte, b'\n' | 0))
            .filter(|&at| buffer[at] == b'\n');
        // As in the kernel, `end` is itself looked at: a newline or the last byte, which it then overwrites by a NUL.
        let find = |from: usize, end: usize, wanted: &dyn Fn(u8) -> bool| {
            (from..=end).find(|&at| wanted(buffer[at]))
        };
        let not_blank = |byte: u8| !is_blank(byte);
        let ends_name = |byte: u8| is_blank(byte) || byte == 0;
        if newline.is_none() {
            let Some(name) = find(2, last, &not_blank) else {
                return Shebang::refused(Refusal::NoInterpreter, &[]);
            };
            if find(name, last, &ends_name).is_none() {
                return Shebang::refused(Refusal::TooLong, &buffer[name..]);
            }
        }
        let mut end = newline.unwrap_or(last);
        while is_blank(buffer[end - 1]) {
            end -= 1;
        }
        let name = match find(2, end, &not_blank) {
            Some(name) if name != end => name,
            _ => return Shebang::refused(Refusal::NoInterpreter, &[]),
        };
        let separator = find(name, end, &ends_name);
        let argument = separator
            .filter(|&at| buffer[at] != 0)
            .and_then(|at| find(at, end, &not_blank));
        // Both are C strings by now.
        let text = |from: usize, to: usize| {
            let text = &buffer[from..to.max(from)];
            text.iter()
                .take_while(|&&byte| byte != 0)
                .copied()
                .collect::<Vec<u8>>()
        };
        Shebang {
            interpreter: text(name, separator.unwrap_or(end)),
            argument: argument.map(|from| text(from, end)),
            truncated: false,
            refusal: None,
            argument_cut: argument.is_some() && newline.is_none() && (more || buffer[last] != 0),
        }
    }

    fn refused(refusal: Refusal, interpreter: &[u8]) -> Shebang {
        Shebang {
            interpreter: interpreter.to_vec(),
            argument: None,
            truncated: refusal == Refusal::TooLong,
            refusal: Some(refusal),
            argument_cut: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SH: &[u8] = b"/bin/sh";

    #[track_caller]
    fn check(file: &[u8], interpreter: &[u8], argument: Option<&[u8]>) {
        let line = Shebang::parse(file).unwrap();
        assert_eq!(line.refusal, None);
        assert_eq!(line.interpreter, interpreter);
        assert_eq!(line.argument.as_deref(), argument);
    }

    #[track_caller]
    fn refused(file: &[u8], refusal: Refusal) {
        let line = Shebang::parse(file).unwrap();
        assert_eq!(line.refusal, Some(refusal));
        assert_eq!(line.truncated, refusal == Refusal::TooLong);
    }

    // Every expectation here was seen on Linux 6.18 by running the file.
    #[test]
    fn lines_that_end() {
        check(b"#!/bin/sh\n", SH, None);
        check(b"#!/bin/sh -x y \t\nrest", SH, Some(b"-x y"));
        check(b"#! \t/bin/sh\r\n", b"/bin/sh\r", None);
        check(
            b"#!/usr/bin/env python3\r\n",
            b"/usr/bin/env",
            Some(b"python3\r"),
        );
        check(b"#!/bin/sh \t \n", SH, None);
        check(b"#!\r\n", b"\r", None);
        refused(b"#!\n/bin/sh", Refusal::NoInterpreter);
        refused(b"#!  \n", Refusal::NoInterpreter);
        assert_eq!(Shebang::parse(b"# !/bin/sh\n"), None);
        assert_eq!(Shebang::parse(b"#"), None);
    }

    #[test]
    fn files_that_end_before_the_line_does() {
        check(b"#!/bin/sh", SH, None);
        check(b"#!/bin/sh ", SH, Some(b""));
        check(b"#!/bin/sh -x  ", SH, Some(b"-x  "));
        check(b"#!", b"", None);
        check(b"#!  ", b"", None);
    }

    #[test]
    fn a_nul_ends_everything() {
        check(b"#!/bin/sh\0foo\n", SH, None);
        check(b"#!/bin/sh a\0b\n", SH, Some(b"a"));
        check(b"#! \0 ", b"", None);
    }

    fn blanks(count: usize) -> Vec<u8> {
        [b"#!".to_vec(), vec![b' '; count]].concat()
    }
    /// A file of `size` bytes: a name that fills it, and what comes after.
    fn long(size: usize, after: &[u8]) -> Vec<u8> {
        [b"#!".to_vec(), vec![b'/'; size - 2], after.to_vec()].concat()
    }

    #[test]
    fn both_sides_of_the_buffer() {
        refused(&blanks(254), Refusal::NoInterpreter);
        refused(&blanks(253), Refusal::NoInterpreter);
        check(&blanks(252), b"", None);
        refused(&long(256, b""), Refusal::TooLong);
        refused(&long(256, b"\n"), Refusal::TooLong);
        check(&long(255, b"\n"), &[b'/'; 253], None);
        check(&long(255, b""), &[b'/'; 253], None);
        check(&long(255, b" yyyy"), &[b'/'; 253], None);
        let line = Shebang::parse(&[b"#!/bin/sh ".to_vec(), vec![b'x'; 300]].concat()).unwrap();
        assert_eq!(line.argument.as_ref().map(Vec::len), Some(245));
        assert!(line.argument_cut);
        check(
            &[b"#!/bin/sh ".to_vec(), vec![b' '; 300]].concat(),
            SH,
            None,
        );
        let fits = [b"#!/bin/sh ".to_vec(), vec![b'x'; 245]].concat();
        assert!(!Shebang::parse(&fits).unwrap().argument_cut);
    }
}
