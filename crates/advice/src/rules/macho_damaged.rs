//! `macho-damaged`: a Mach-O file that dyld cannot read.

use super::prelude::*;
use super::macho;

/// What dyld says of a file that does not hold together.
pub(super) const DAMAGE: &[&str] = &[
    "dyld/big-endian-mach-o-file",
    "dyld/can-t-have-lc-main-and-lc-unixthread-load-commands",
    "dyld/data-const-segment-missing-sg-read-only-flag",
    "dyld/data-const-segment-permissions-not-rw",
    "dyld/data-segment-permissions-not-rw",
    "dyld/duplicate-segment-name",
    "dyld/file-range-segment-overlaps-segment",
    "dyld/file-too-small-length",
    "dyld/found-lc-id-dylib-found-in-non-mh-dylib",
    "dyld/invalid-lc-unixthread",
    "dyld/lc-main-not-allowed-for-driverkit",
    "dyld/linkedit-segment-permissions-not-r",
    "dyld/load-command-lc-atom-info-size-wrong",
    "dyld/load-command-lc-build-version-size-wrong",
    "dyld/load-command-lc-dyld-chained-fixups-size-wrong",
    "dyld/load-command-lc-dyld-exports-trie-size-wrong",
    "dyld/load-command-lc-dyld-info-only-size-wrong",
    "dyld/load-command-lc-dysymtab-size-wrong",
    "dyld/load-command-lc-encryption-info-64-size-wrong",
    "dyld/load-command-lc-encryption-info-size-wrong",
    "dyld/load-command-lc-function-starts-size-wrong",
    "dyld/load-command-lc-function-variant-fixups-size-wrong",
    "dyld/load-command-lc-function-variants-size-wrong",
    "dyld/load-command-lc-main-size-wrong",
    "dyld/load-command-lc-segment-64-size-does-not-match-number-secti",
    "dyld/load-command-lc-segment-size-does-not-match-number-sections",
    "dyld/load-command-lc-segment-split-info-size-wrong",
    "dyld/load-command-lc-symtab-size-wrong",
    "dyld/load-command-lc-uuid-size-wrong",
    "dyld/load-command-lc-version-min-size-wrong",
    "dyld/load-command-string-extends-beyond-end-load-command",
    "dyld/load-command-string-offset-outside-its-size",
    "dyld/load-command-unknown-required-load-command-0x",
    "dyld/load-commands-do-not-fit-in-text-segment-filesize",
    "dyld/load-commands-do-not-fit-in-text-segment-vmsize",
    "dyld/load-commands-exceed-length-text-segment",
    "dyld/load-commands-length-exceeds-length-file",
    "dyld/malformed-lc-linker-option-command",
    "dyld/malformed-mach-o-size-smaller-than-header-and-load-commands",
    "dyld/mh-dylib-missing-lc-id-dylib",
    "dyld/mh-execute-mh-dylib-in-cache-bit-set",
    "dyld/missing-lc-load-dylib-must-link-with-at-least-libsystem-dyli",
    "dyld/missing-lc-main-or-lc-unixthread-in-main-executable",
    "dyld/missing-lc-uuid-load-command",
    "dyld/missing-text-segment",
    "dyld/multiple-lc-id-dylib-found",
    "dyld/multiple-lc-main-load-commands",
    "dyld/multiple-lc-unixthread-load-commands",
    "dyld/not-dylib-load-command",
    "dyld/section-end-address-0x-beyond-containing-segment-s-end-addr",
    "dyld/section-size-too-large-0x",
    "dyld/section-start-address-0x-before-containing-segment-s-addres",
    "dyld/segment-file-offset-out-order",
    "dyld/segment-filesize-exceeds-vmsize",
    "dyld/segment-load-command-content-extends-beyond-end-file",
    "dyld/segment-vm-address-out-order",
    "dyld/segment-vm-range-wraps",
    "dyld/text-segment-fileoffset-not-zero",
    "dyld/text-segment-not-start-mach-o",
    "dyld/text-segment-permissions-not-r-x",
    "dyld/too-many-lc-uuid-load-commands",
    "dyld/unknown-filetype",
    "dyld/unknown-mach-o-filetype",
    "dyld/unsupported-arch-for-thread-load-command",
    "dyld/vm-range-segment-overlaps-segment",
    "dyld/call-failed",
    "dyld/file-too-short",
    "dyld/mmap",
    "dyld/vm-allocate",
    "dyld/file-changed",
    "dyld/truncated",
    "dyld/truncated-fat",
    "dyld/slice-beyond-end",
    "dyld/fat-beyond-end",
    "dyld/malformed",
    "dyld/malformed-header",
    "dyld/malformed-load-command",
    "dyld/chained-fixups",
    "dyld/invalid-in",
    "dyld/garbage-collection",
    "dyld/unknown-ordinal",
    "dyld/unknown-ordinal-quoted",
    "dyld/ordinal-too-big",
    "dyld/reexport-ordinal",
    "dyld/no-libsystem",
    "dyld/no-libdyld",
    "dyld/cache-load",
    "dyld/no-main",
    "dyld/no-entry-point",
    "dyld/root-path-set",
    "dyld/two-platforms",
    "dyld/no-minimum-os",
];

pub(super) static RULE: Rule = Rule {
    name: "macho-damaged",
    phase: Phase::Map,
    level: Level::Error,
    summary: "the file is damaged, or a tool wrote its load commands wrongly",
    loaders: DYLD,
    messages: DAMAGE,
    page: page!("macho-damaged"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    if !macho::says(heard, DAMAGE) || macho::says(heard, macho::SIGNATURE) || macho::says(heard, macho::DUPLICATE) {
        return None;
    }
    let name = macho::library(heard);
    let hearing = Hearing::new(Likelihood::Certain);
    Some(if heard.says("dyld/missing-lc-uuid-load-command") {
        hearing
            .why(format!("{name} was linked without a UUID (-no_uuid), which macOS 15.4 and later refuse in files of newer SDKs"))
            .advice("link it again without -no_uuid")
    } else if heard.says("dyld/cache-load") || heard.says("dyld/no-libdyld") {
        hearing
            .why("this macOS lacks or cannot read its own libraries: a root made by hand, or a damaged system")
            .advice("in a chroot: it needs the system's dyld shared cache; else install macOS again over itself")
    } else if heard.says("dyld/mmap") || heard.says("dyld/vm-allocate") {
        hearing.why(format!("there was no memory or no address space to map {name}")).decided_by("ulimit -a; vm_stat")
    } else {
        hearing
            .why(format!("{name} does not hold together: it was cut, or an editor (LIEF, llvm-install-name-tool with too little room, an old patcher) wrote it wrongly"))
            .decided_by(format!("otool -l {} | tail; ls -l {}", quoted(&name), quoted(&name)))
            .advice("take the file as its maker built it; change names with Apple's install_name_tool, linked with -headerpad_max_install_names")
    })
}
