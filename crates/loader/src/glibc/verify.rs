//! Which files ld.so takes: the header checks of `elf/dl-load.c: open_verify` and the checks of `_dl_map_object_from_fd`.

use sayso_facts::elf::{Class, Image};
use sayso_world::{Architecture, Errno, FileKind, FileStat};

use super::process::Process;
use super::release::Rules;
use crate::messages::{Failure, Message, glibc as message};
use crate::session::Opened;
use crate::trace::SkipReason;

/// What the header checks say.
pub(crate) enum Header {
    /// An ELF file for this machine.
    Good,
    /// Passed over as if it were absent.
    Skip(SkipReason),
    /// Fatal, with `{endian}` or the error number that belongs to it.
    Fatal(&'static Message, Option<Errno>),
}

/// What this ld.so is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) machine: u16,
    pub(crate) class64: bool,
    pub(crate) little_endian: bool,
}

impl Target {
    /// What a file (the interpreter itself) is built for.
    pub(crate) fn of(image: &Image) -> Target {
        Target {
            machine: image.header().machine,
            class64: image.header().class == Class::Elf64,
            little_endian: image.header().ident[5] == 1,
        }
    }
    /// By the machine's architecture, where no interpreter says it.
    pub(crate) fn native(architecture: Architecture) -> Target {
        let (machine, class64, little_endian) = match architecture {
            Architecture::X86_64 | Architecture::Other => (62, true, true),
            Architecture::I386 => (3, false, true),
            Architecture::Aarch64 => (183, true, true),
            Architecture::Arm => (40, false, true),
            Architecture::Riscv64 => (243, true, true),
            Architecture::Ppc64le => (21, true, true),
            Architecture::S390x => (22, true, false),
        };
        Target {
            machine,
            class64,
            little_endian,
        }
    }
    fn header_bytes(self) -> usize {
        if self.class64 { 64 } else { 52 }
    }
    fn program_header_bytes(self) -> u64 {
        if self.class64 { 56 } else { 32 }
    }
}

fn half(bytes: &[u8], at: usize, little: bool) -> u16 {
    let pair = [bytes[at], bytes[at + 1]];
    if little {
        u16::from_le_bytes(pair)
    } else {
        u16::from_be_bytes(pair)
    }
}

/// `open_verify` behind the open.
pub(crate) fn header(target: Target, rules: Rules, stat: &FileStat, opened: &Opened) -> Header {
    if stat.kind == FileKind::Directory {
        return Header::Fatal(&message::CANNOT_READ, Some(Errno::EISDIR));
    }
    let (bytes, size): (&[u8], usize) = match opened {
        Opened::Unreadable(errno) => return Header::Fatal(&message::CANNOT_READ, Some(*errno)),
        Opened::Image(image) => {
            let head = image.file_bytes(0..target.header_bytes());
            (head.unwrap_or_default(), image.file_size())
        }
        Opened::NotElf(bytes) => (bytes, bytes.len()),
    };
    if bytes.len() < target.header_bytes() {
        return Header::Fatal(&message::FILE_TOO_SHORT, None);
    }
    let ident = &bytes[..16];
    if ident[..4] != *b"\x7fELF" {
        return Header::Fatal(&message::INVALID_HEADER, None);
    }
    if (ident[4] == 2) != target.class64 || !matches!(ident[4], 1 | 2) {
        return Header::Skip(SkipReason::WrongClass);
    }
    let little = target.little_endian;
    let machine = half(bytes, 18, little);
    if let Some(message) = odd_ident(ident, target, rules) {
        // Debian and what is made of it (any/local-ld-multiarch): an odd file of another machine is passed over, not refused.
        return if machine == target.machine {
            Header::Fatal(message, None)
        } else {
            Header::Skip(SkipReason::WrongMachine { machine })
        };
    }
    let version = (u32::from(half(bytes, if little { 20 } else { 22 }, little)))
        | (u32::from(half(bytes, if little { 22 } else { 20 }, little)) << 16);
    if version != 1 {
        return Header::Fatal(&message::WRONG_VERSION, None);
    }
    if machine != target.machine {
        return Header::Skip(SkipReason::WrongMachine { machine });
    }
    if !matches!(half(bytes, 16, little), 2 | 3) {
        return Header::Fatal(&message::WRONG_TYPE, None);
    }
    let Opened::Image(image) = opened else {
        return Header::Fatal(&message::FILE_TOO_SHORT, None);
    };
    let header = image.header();
    if u64::from(header.phentsize) != target.program_header_bytes() {
        return Header::Fatal(&message::WRONG_PHENTSIZE, None);
    }
    let end = header
        .phoff
        .checked_add(u64::from(header.phnum) * target.program_header_bytes());
    if end.is_none_or(|end| end > size as u64) {
        // pread beyond the end is short, not an error; a negative offset is EINVAL.
        let errno = (header.phoff > i64::MAX as u64).then_some(Errno::EINVAL);
        return Header::Fatal(&message::CANNOT_READ, errno);
    }
    if rules.abi_note_checked() && image.abi_tag().is_some_and(|[os, ..]| os != 0) {
        return Header::Skip(SkipReason::WrongMachine { machine });
    }
    Header::Good
}

/// What is wrong with `e_ident` behind the class, in ld.so's order.
fn odd_ident(ident: &[u8], target: Target, rules: Rules) -> Option<&'static crate::Message> {
    if (ident[5] == 1) != target.little_endian || !matches!(ident[5], 1 | 2) {
        return Some(&message::WRONG_ENDIAN);
    }
    if ident[6] != 1 {
        return Some(&message::WRONG_IDENT_VERSION);
    }
    // ELFOSABI_SYSV and ELFOSABI_LINUX (`sysdeps/unix/sysv/linux/ldsodefs.h`).
    if !matches!(ident[7], 0 | 3) {
        return Some(&message::WRONG_OSABI);
    }
    if ident[8] != 0 && !(ident[7] == 3 && ident[8] < abi_versions(rules)) {
        return Some(&message::WRONG_ABI_VERSION);
    }
    let padding = ident[9..16].iter().any(|&byte| byte != 0);
    padding.then_some(&message::NONZERO_PADDING)
}

/// `LIBC_ABI_MAX`: DEFAULT, UNIQUE, and from 2.27 on ABSOLUTE.
fn abi_versions(rules: Rules) -> u8 {
    if rules.0 >= crate::request::Release(2, 27, 0) {
        4
    } else {
        3
    }
}

/// How an object is opened (`mode`).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mode {
    /// `__RTLD_OPENEXEC`: the program itself, through ld.so as a command.
    pub(crate) program: bool,
    /// `__RTLD_DLOPEN`
    pub(crate) dlopen: bool,
    /// `__RTLD_SECURE`: preloads.
    pub(crate) preload: bool,
    /// `RTLD_NOLOAD`
    pub(crate) noload: bool,
    /// `RTLD_DEEPBIND`
    pub(crate) deepbind: bool,
    /// `__RTLD_AUDIT`
    pub(crate) audit: bool,
    /// Missing files are only marked (`trace_mode`).
    pub(crate) trace: bool,
}

impl Process<'_, '_> {
    /// A fatal answer of the header checks, about the path that was opened.
    pub(crate) fn header_failure(
        &self,
        text: &'static Message,
        path: &[u8],
        errno: Option<Errno>,
    ) -> Box<Failure> {
        let mut failure = self.failure_with_errno(text, path, errno);
        if text.id == message::WRONG_ENDIAN.id {
            let wanted = if self.target.little_endian {
                "little"
            } else {
                "big"
            };
            failure.fields = failure.fields.with("endian", wanted);
        }
        failure
    }

    /// The checks of `_dl_map_object_from_fd`, in its order. `name` is the name asked for, which these texts carry.
    pub(crate) fn check_mappable(
        &mut self,
        name: &[u8],
        stat: &FileStat,
        image: &Image,
        mode: Mode,
    ) -> Result<(), Box<Failure>> {
        let fail = |process: &Self, message: &'static Message, errno| {
            Err(process.failure_with_errno(message, name, errno))
        };
        let page = self.session.world().machine().page_size.max(1);
        let (mut loads, mut dynamic, mut empty_dynamic, mut stack) = (0, false, false, 7);
        for segment in image.segments() {
            match segment.kind {
                2 if segment.filesz == 0 => empty_dynamic = true,
                2 => dynamic = segment.vaddr != 0,
                1 => {
                    let difference = segment.vaddr.wrapping_sub(segment.offset);
                    if self.rules.page_alignment_only() {
                        if difference & (page - 1) != 0 {
                            return fail(self, &message::MISALIGNED_LOAD, None);
                        }
                    } else {
                        if segment.align & (page - 1) != 0 {
                            return fail(self, &message::MISALIGNED_ALIGN_OLD, None);
                        }
                        if difference & segment.align.wrapping_sub(1) != 0 {
                            return fail(self, &message::MISALIGNED_LOAD_OLD, None);
                        }
                    }
                    loads += 1;
                }
                0x6474_e551 => stack = segment.flags,
                _ => {}
            }
        }
        if loads == 0 {
            return fail(self, &message::NO_LOADABLE, None);
        }
        let shared = image.header().kind == 3;
        if !shared && !mode.program {
            return fail(self, &message::EXECUTABLE_AS_LIBRARY, None);
        }
        if (!dynamic && shared) || empty_dynamic {
            return fail(self, &message::NO_DYNAMIC, None);
        }
        if stat.noexec
            && image
                .segments()
                .iter()
                .any(|segment| segment.kind == 1 && segment.flags & 1 != 0)
        {
            // `_dl_map_segments` leaves the error number out of its text.
            return fail(self, &message::MAP_SEGMENT, None);
        }
        let flags = image.dynamic().map_or(0, |dynamic| dynamic.flags_1);
        let (noopen, pie) = (flags & 0x40 != 0, flags & 0x0800_0000 != 0);
        if (noopen && mode.dlopen) || (pie && self.rules.pie_refused() && !mode.program) {
            return fail(
                self,
                if pie {
                    &message::PIE_AS_LIBRARY
                } else {
                    &message::NOOPEN
                },
                None,
            );
        }
        if stack & 1 != 0 && !self.execstack {
            let refused = mode.dlopen || self.tunables.execstack != 1;
            if refused && self.rules.execstack_refused_by_dlopen() {
                return fail(self, &message::EXECSTACK, Some(Errno::EINVAL));
            }
            self.execstack = true;
        }
        Ok(())
    }
}
