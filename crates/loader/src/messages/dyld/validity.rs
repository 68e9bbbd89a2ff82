//! What dyld finds wrong in a file's header and load commands: every library from macOS 15.4 on, the program too from 26.0 on.
//! Each is the `{reason}` or the whole text. A text alone with ` in FILE` before it is the program's.

use super::{V15_4, V26};

crate::messages::messages! {
    /// Damage, or an old linker or editor.
    LC_MAIN_NOT_ALLOWED_FOR_DRIVERKIT "dyld/lc-main-not-allowed-for-driverkit" None, "mach_o/UnsafeHeader.cpp: valid", "LC_MAIN not allowed for driverkit" since V15_4;
    /// Damage, or an old linker or editor.
    UNKNOWN_MACH_O_FILETYPE "dyld/unknown-mach-o-filetype" None, "mach_o/UnsafeHeader.cpp: valid", "unknown mach-o filetype ({value})" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_STRING_OFFSET_OUTSIDE_ITS_SIZE "dyld/load-command-string-offset-outside-its-size" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} string offset ({value}) outside its size ({limit})" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_STRING_EXTENDS_BEYOND_END_LOAD_COMMAND "dyld/load-command-string-extends-beyond-end-load-command" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} string extends beyond end of load command" since V15_4;
    /// The file is cut.
    LOAD_COMMANDS_LENGTH_EXCEEDS_LENGTH_FILE "dyld/load-commands-length-exceeds-length-file" None, "mach_o/UnsafeHeader.cpp: valid", "load commands length ({value}) exceeds length of file ({limit})" since V15_4;
    /// Damage, or an old linker or editor.
    UNKNOWN_FILETYPE "dyld/unknown-filetype" None, "mach_o/UnsafeHeader.cpp: valid", "unknown filetype {value}" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_SYMTAB_SIZE_WRONG "dyld/load-command-lc-symtab-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_SYMTAB size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_DYSYMTAB_SIZE_WRONG "dyld/load-command-lc-dysymtab-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_DYSYMTAB size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_SEGMENT_SPLIT_INFO_SIZE_WRONG "dyld/load-command-lc-segment-split-info-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_SEGMENT_SPLIT_INFO size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_ATOM_INFO_SIZE_WRONG "dyld/load-command-lc-atom-info-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_ATOM_INFO size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_FUNCTION_STARTS_SIZE_WRONG "dyld/load-command-lc-function-starts-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_FUNCTION_STARTS size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_DYLD_EXPORTS_TRIE_SIZE_WRONG "dyld/load-command-lc-dyld-exports-trie-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_DYLD_EXPORTS_TRIE size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_DYLD_CHAINED_FIXUPS_SIZE_WRONG "dyld/load-command-lc-dyld-chained-fixups-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_DYLD_CHAINED_FIXUPS size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_ENCRYPTION_INFO_SIZE_WRONG "dyld/load-command-lc-encryption-info-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_ENCRYPTION_INFO size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_ENCRYPTION_INFO_64_SIZE_WRONG "dyld/load-command-lc-encryption-info-64-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_ENCRYPTION_INFO_64 size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_DYLD_INFO_ONLY_SIZE_WRONG "dyld/load-command-lc-dyld-info-only-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_DYLD_INFO_ONLY size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_VERSION_MIN_SIZE_WRONG "dyld/load-command-lc-version-min-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_VERSION_MIN_* size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_UUID_SIZE_WRONG "dyld/load-command-lc-uuid-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_UUID size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_BUILD_VERSION_SIZE_WRONG "dyld/load-command-lc-build-version-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_BUILD_VERSION size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_MAIN_SIZE_WRONG "dyld/load-command-lc-main-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_MAIN size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_SEGMENT_SIZE_DOES_NOT_MATCH_NUMBER_SECTIONS "dyld/load-command-lc-segment-size-does-not-match-number-sections" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_SEGMENT size does not match number of sections" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_SEGMENT_64_SIZE_DOES_NOT_MATCH_NUMBER_SECTI "dyld/load-command-lc-segment-64-size-does-not-match-number-secti" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_SEGMENT_64 size does not match number of sections" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_UNKNOWN_REQUIRED_LOAD_COMMAND_0X "dyld/load-command-unknown-required-load-command-0x" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} unknown required load command 0x{value}" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMANDS_EXCEED_LENGTH_TEXT_SEGMENT "dyld/load-commands-exceed-length-text-segment" None, "mach_o/UnsafeHeader.cpp: valid", "load commands ({value}) exceed length of __TEXT segment ({limit})" since V15_4;
    /// Damage, or an old linker or editor.
    TEXT_SEGMENT_NOT_START_MACH_O "dyld/text-segment-not-start-mach-o" None, "mach_o/UnsafeHeader.cpp: valid", "__TEXT segment not start of mach-o ({value})" since V15_4;
    /// Damage, or an old linker or editor.
    MISSING_TEXT_SEGMENT "dyld/missing-text-segment" None, "mach_o/UnsafeHeader.cpp: valid", "missing __TEXT segment" since V15_4;
    /// Damage, or an old linker or editor.
    TOO_MANY_LC_UUID_LOAD_COMMANDS "dyld/too-many-lc-uuid-load-commands" None, "mach_o/UnsafeHeader.cpp: valid", "too many LC_UUID load commands" since V15_4;
    /// Linked with `-no_uuid`: refused for files of SDK 12 on.
    MISSING_LC_UUID_LOAD_COMMAND "dyld/missing-lc-uuid-load-command" None, "mach_o/UnsafeHeader.cpp: valid", "missing LC_UUID load command" since V15_4;
    /// Damage, or an old linker or editor.
    MULTIPLE_LC_ID_DYLIB_FOUND "dyld/multiple-lc-id-dylib-found" None, "mach_o/UnsafeHeader.cpp: valid", "multiple LC_ID_DYLIB found" since V15_4;
    /// A library without a name of its own.
    MH_DYLIB_MISSING_LC_ID_DYLIB "dyld/mh-dylib-missing-lc-id-dylib" None, "mach_o/UnsafeHeader.cpp: valid", "MH_DYLIB is missing LC_ID_DYLIB" since V15_4;
    /// Damage, or an old linker or editor.
    FOUND_LC_ID_DYLIB_FOUND_IN_NON_MH_DYLIB "dyld/found-lc-id-dylib-found-in-non-mh-dylib" None, "mach_o/UnsafeHeader.cpp: valid", "found LC_ID_DYLIB found in non-MH_DYLIB" since V15_4;
    /// A file that needs nothing: refused for files of SDK 15.4 on.
    MISSING_LC_LOAD_DYLIB_MUST_LINK_WITH_AT_LEAST_LIBSYSTEM_DYLI "dyld/missing-lc-load-dylib-must-link-with-at-least-libsystem-dyli" None, "mach_o/UnsafeHeader.cpp: valid", "missing LC_LOAD_DYLIB (must link with at least libSystem.dylib)" since V15_4;
    /// The same run path twice: refused for files of SDK 15.4 on (15.4 to 15.6) or 26.0 on (26).
    DUPLICATE_LC_RPATH "dyld/duplicate-lc-rpath" None, "mach_o/UnsafeHeader.cpp: valid", "duplicate LC_RPATH '{path}'" since V15_4;
    /// The file is cut.
    SEGMENT_LOAD_COMMAND_CONTENT_EXTENDS_BEYOND_END_FILE "dyld/segment-load-command-content-extends-beyond-end-file" None, "mach_o/UnsafeHeader.cpp: valid", "segment '{segment}' load command content extends beyond end of file" since V15_4;
    /// Damage, or an old linker or editor.
    SEGMENT_FILESIZE_EXCEEDS_VMSIZE "dyld/segment-filesize-exceeds-vmsize" None, "mach_o/UnsafeHeader.cpp: valid", "segment '{segment}' filesize exceeds vmsize" since V15_4;
    /// Damage, or an old linker or editor.
    TEXT_SEGMENT_PERMISSIONS_NOT_R_X "dyld/text-segment-permissions-not-r-x" None, "mach_o/UnsafeHeader.cpp: valid", "__TEXT segment permissions is not 'r-x'" since V15_4;
    /// Damage, or an old linker or editor.
    LINKEDIT_SEGMENT_PERMISSIONS_NOT_R "dyld/linkedit-segment-permissions-not-r" None, "mach_o/UnsafeHeader.cpp: valid", "__LINKEDIT segment permissions is not 'r--'" since V15_4;
    /// Damage, or an old linker or editor.
    DATA_SEGMENT_PERMISSIONS_NOT_RW "dyld/data-segment-permissions-not-rw" None, "mach_o/UnsafeHeader.cpp: valid", "__DATA segment permissions is not 'rw-'" since V15_4;
    /// Damage, or an old linker or editor.
    DATA_CONST_SEGMENT_PERMISSIONS_NOT_RW "dyld/data-const-segment-permissions-not-rw" None, "mach_o/UnsafeHeader.cpp: valid", "__DATA_CONST segment permissions is not 'rw-'" since V15_4;
    /// Damage, or an old linker or editor.
    DATA_CONST_SEGMENT_MISSING_SG_READ_ONLY_FLAG "dyld/data-const-segment-missing-sg-read-only-flag" None, "mach_o/UnsafeHeader.cpp: valid", "__DATA_CONST segment missing SG_READ_ONLY flag" since V15_4;
    /// Damage, or an old linker or editor.
    SEGMENT_VM_RANGE_WRAPS "dyld/segment-vm-range-wraps" None, "mach_o/UnsafeHeader.cpp: valid", "'{segment}' segment vm range wraps" since V15_4;
    /// Damage, or an old linker or editor.
    SECTION_SIZE_TOO_LARGE_0X "dyld/section-size-too-large-0x" None, "mach_o/UnsafeHeader.cpp: valid", "section '{section}' size too large 0x{value}" since V15_4;
    /// Damage, or an old linker or editor.
    SECTION_START_ADDRESS_0X_BEFORE_CONTAINING_SEGMENT_S_ADDRES "dyld/section-start-address-0x-before-containing-segment-s-addres" None, "mach_o/UnsafeHeader.cpp: valid", "section '{section}' start address 0x{value} is before containing segment's address 0x{limit}" since V15_4;
    /// Damage, or an old linker or editor.
    SECTION_END_ADDRESS_0X_BEYOND_CONTAINING_SEGMENT_S_END_ADDR "dyld/section-end-address-0x-beyond-containing-segment-s-end-addr" None, "mach_o/UnsafeHeader.cpp: valid", "section '{section}' end address 0x{value} is beyond containing segment's end address 0x{limit}" since V15_4;
    /// Damage, or an old linker or editor.
    TEXT_SEGMENT_FILEOFFSET_NOT_ZERO "dyld/text-segment-fileoffset-not-zero" None, "mach_o/UnsafeHeader.cpp: valid", "__TEXT segment fileoffset is not zero" since V15_4;
    /// Damage, or an old linker or editor.
    VM_RANGE_SEGMENT_OVERLAPS_SEGMENT "dyld/vm-range-segment-overlaps-segment" None, "mach_o/UnsafeHeader.cpp: valid", "vm range of segment '{segment}' overlaps segment '{other}'" since V15_4;
    /// Damage, or an old linker or editor.
    FILE_RANGE_SEGMENT_OVERLAPS_SEGMENT "dyld/file-range-segment-overlaps-segment" None, "mach_o/UnsafeHeader.cpp: valid", "file range of segment '{segment}' overlaps segment '{other}'" since V15_4;
    /// Damage, or an old linker or editor.
    SEGMENT_FILE_OFFSET_OUT_ORDER "dyld/segment-file-offset-out-order" None, "mach_o/UnsafeHeader.cpp: valid", "segment '{segment}' file offset out of order" since V15_4;
    /// Damage, or an old linker or editor.
    SEGMENT_VM_ADDRESS_OUT_ORDER "dyld/segment-vm-address-out-order" None, "mach_o/UnsafeHeader.cpp: valid", "segment '{segment}' vm address out of order" since V15_4;
    /// Damage, or an old linker or editor.
    MH_EXECUTE_MH_DYLIB_IN_CACHE_BIT_SET "dyld/mh-execute-mh-dylib-in-cache-bit-set" None, "mach_o/UnsafeHeader.cpp: valid", "MH_EXECUTE has MH_DYLIB_IN_CACHE bit set" since V15_4;
    /// Damage, or an old linker or editor.
    MULTIPLE_LC_MAIN_LOAD_COMMANDS "dyld/multiple-lc-main-load-commands" None, "mach_o/UnsafeHeader.cpp: valid", "multiple LC_MAIN load commands" since V15_4;
    /// Damage, or an old linker or editor.
    MULTIPLE_LC_UNIXTHREAD_LOAD_COMMANDS "dyld/multiple-lc-unixthread-load-commands" None, "mach_o/UnsafeHeader.cpp: valid", "multiple LC_UNIXTHREAD load commands" since V15_4;
    /// Damage, or an old linker or editor.
    INVALID_LC_UNIXTHREAD "dyld/invalid-lc-unixthread" None, "mach_o/UnsafeHeader.cpp: valid", "invalid LC_UNIXTHREAD" since V15_4;
    /// Damage, or an old linker or editor.
    CAN_T_HAVE_LC_MAIN_AND_LC_UNIXTHREAD_LOAD_COMMANDS "dyld/can-t-have-lc-main-and-lc-unixthread-load-commands" None, "mach_o/UnsafeHeader.cpp: valid", "can't have LC_MAIN and LC_UNIXTHREAD load commands" since V15_4;
    /// Damage, or an old linker or editor.
    MISSING_LC_MAIN_OR_LC_UNIXTHREAD_IN_MAIN_EXECUTABLE "dyld/missing-lc-main-or-lc-unixthread-in-main-executable" None, "mach_o/UnsafeHeader.cpp: valid", "missing LC_MAIN or LC_UNIXTHREAD in main executable" since V15_4;
    /// Damage, or an old linker or editor.
    MALFORMED_LC_LINKER_OPTION_COMMAND "dyld/malformed-lc-linker-option-command" None, "mach_o/UnsafeHeader.cpp: valid", "malformed LC_LINKER_OPTION command" since V15_4;
    /// A file of a PowerPC machine.
    BIG_ENDIAN_MACH_O_FILE "dyld/big-endian-mach-o-file" None, "mach_o/UnsafeHeader.cpp: valid", "big endian mach-o file" since V15_4;
    /// Damage, or an old linker or editor.
    MALFORMED_MACH_O_SIZE_SMALLER_THAN_HEADER_AND_LOAD_COMMANDS "dyld/malformed-mach-o-size-smaller-than-header-and-load-commands" None, "mach_o/UnsafeHeader.cpp: valid", "malformed mach-o, size smaller than header and load commands" since V15_4;
    /// Damage, or an old linker or editor.
    NOT_DYLIB_LOAD_COMMAND "dyld/not-dylib-load-command" None, "mach_o/UnsafeHeader.cpp: valid", "not a dylib load command" since V15_4;
    /// The same library named twice: refused for files of SDK 15.0 on (15.4 to 15.6) or 26.0 on (26).
    DUPLICATE_LINKED_DYLIB "dyld/duplicate-linked-dylib" None, "mach_o/UnsafeHeader.cpp: valid", "duplicate linked dylib '{object}'" since V15_4;
    /// Damage, or an old linker or editor.
    UNSUPPORTED_ARCH_FOR_THREAD_LOAD_COMMAND "dyld/unsupported-arch-for-thread-load-command" None, "mach_o/UnsafeHeader.cpp: valid", "unsupported arch for thread load command" since V15_4;
    /// Damage, or an old linker or editor.
    FILE_TOO_SMALL_LENGTH "dyld/file-too-small-length" None, "mach_o/UnsafeHeader.cpp: valid", "file is too small (length={value})" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_FUNCTION_VARIANTS_SIZE_WRONG "dyld/load-command-lc-function-variants-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_FUNCTION_VARIANTS size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMAND_LC_FUNCTION_VARIANT_FIXUPS_SIZE_WRONG "dyld/load-command-lc-function-variant-fixups-size-wrong" None, "mach_o/UnsafeHeader.cpp: valid", "load command #{command} LC_FUNCTION_VARIANT_FIXUPS size wrong" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMANDS_DO_NOT_FIT_IN_TEXT_SEGMENT_FILESIZE "dyld/load-commands-do-not-fit-in-text-segment-filesize" None, "mach_o/UnsafeHeader.cpp: valid", "load commands do not fit in __TEXT segment filesize" since V15_4;
    /// Damage, or an old linker or editor.
    LOAD_COMMANDS_DO_NOT_FIT_IN_TEXT_SEGMENT_VMSIZE "dyld/load-commands-do-not-fit-in-text-segment-vmsize" None, "mach_o/UnsafeHeader.cpp: valid", "load commands do not fit in __TEXT segment vmsize" since V15_4;
    /// Damage, or an old linker or editor.
    DUPLICATE_SEGMENT_NAME "dyld/duplicate-segment-name" None, "mach_o/UnsafeHeader.cpp: valid", "duplicate segment name '{segment}'" since V26;
}
