//! The catalogue: one rule a file. To add one, copy the file and the page of a rule like it, and name it in the list below.

/// Rules whose findings [`crate::survey`] makes.
pub(crate) mod survey {
    pub(crate) use super::command_not_in_path::RULE as COMMAND_NOT_IN_PATH;
    pub(crate) use super::image_directory_unusable::RULE as IMAGE_DIRECTORY_UNUSABLE;
    pub(crate) use super::image_user_unknown::RULE as IMAGE_USER_UNKNOWN;
    pub(crate) use super::image_wrong_platform::RULE as IMAGE_WRONG_PLATFORM;
    pub(crate) use super::library_from_container_runtime::RULE as LIBRARY_FROM_CONTAINER_RUNTIME;
    pub(crate) use super::names_differ_in_case_only::RULE as NAMES_DIFFER_IN_CASE_ONLY;
    pub(crate) use super::python_extension_version::RULE as PYTHON_EXTENSION_VERSION;
    pub(crate) use super::usr_merge_undone::RULE as USR_MERGE_UNDONE;
    pub(crate) use super::virtual_environment_broken::RULE as VIRTUAL_ENVIRONMENT_BROKEN;
}

/// Rules whose findings [`crate::policy`] makes.
pub(crate) mod policy {
    pub(crate) use super::policy_build_id::RULE as POLICY_BUILD_ID;
    pub(crate) use super::policy_floor::RULE as POLICY_FLOOR;
    pub(crate) use super::policy_hardening::RULE as POLICY_HARDENING;
    pub(crate) use super::policy_machine::RULE as POLICY_MACHINE;
    pub(crate) use super::policy_needed::RULE as POLICY_NEEDED;
    pub(crate) use super::policy_run_path::RULE as POLICY_RUN_PATH;
    pub(crate) use super::policy_size::RULE as POLICY_SIZE;
    pub(crate) use super::policy_symbols::RULE as POLICY_SYMBOLS;
}

/// Rules whose findings [`crate::integrity`] makes.
pub(crate) mod integrity {
    pub(crate) use super::sbom_digest_changed::RULE as SBOM_DIGEST_CHANGED;
    pub(crate) use super::sbom_file_missing::RULE as SBOM_FILE_MISSING;
    pub(crate) use super::sbom_libc_too_old::RULE as SBOM_LIBC_TOO_OLD;
    pub(crate) use super::sbom_need_not_supplied::RULE as SBOM_NEED_NOT_SUPPLIED;
    pub(crate) use super::sbom_package_file_changed::RULE as SBOM_PACKAGE_FILE_CHANGED;
    pub(crate) use super::sbom_unowned_binary::RULE as SBOM_UNOWNED_BINARY;
    pub(crate) use super::sbom_weak_digest::RULE as SBOM_WEAK_DIGEST;
    pub(crate) use super::sums_file_changed::RULE as SUMS_FILE_CHANGED;
    pub(crate) use super::sums_file_missing::RULE as SUMS_FILE_MISSING;
    pub(crate) use super::sums_file_not_listed::RULE as SUMS_FILE_NOT_LISTED;
    pub(crate) use super::sums_file_unreadable::RULE as SUMS_FILE_UNREADABLE;
    pub(crate) use super::sums_line_malformed::RULE as SUMS_LINE_MALFORMED;
    pub(crate) use super::sums_weak_digest::RULE as SUMS_WEAK_DIGEST;

    /// Those of bills of materials, in the order in which they are told.
    pub(crate) static BILL: &[&crate::rule::Rule] = &[
        &SBOM_DIGEST_CHANGED,
        &SBOM_FILE_MISSING,
        &SBOM_UNOWNED_BINARY,
        &SBOM_LIBC_TOO_OLD,
        &SBOM_NEED_NOT_SUPPLIED,
        &SBOM_WEAK_DIGEST,
    ];
}

mod go_steps;
mod hearing;
mod macho;
mod pe;
mod prelude;
mod symbols;

pub use exec_format_arch::what_it_is;
pub(crate) use hearing::started_by_name;
pub(crate) use prelude::quoted;
pub(crate) use protected_symbol_taken::MESSAGES as OF_PROTECTED_SYMBOLS;
pub(crate) use symbols::{MissingSymbols, missing_symbols};

use crate::rule::Rule;

macro_rules! catalogue {
    ($($module:ident)*) => {
        $(#[allow(clippy::unnecessary_wraps, reason = "what a rule hears has one type, also where it always answers")] mod $module;)*
        /// Every rule, in the order in which a program meets their phases.
        pub static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

catalogue! {
    command_not_in_path image_user_unknown image_directory_unusable usr_merge_undone image_wrong_platform python_extension_version virtual_environment_broken library_from_container_runtime names_differ_in_case_only
    exec_file_not_found exec_permission_denied exec_format_arch shebang_bad_interpreter interp_missing interp_unusable
    ldso_misused
    dlopen_file_not_found
    elf_file_too_short elf_invalid_header elf_wrong_class elf_header_refused elf_cannot_read not_a_shared_library
    map_segment_noexec execstack_refused isa_level ldso_assertion
    library_unreadable library_wrong_machine library_symlink_loop runpath_not_inherited stale_cache
    library_only_for_newer_processor library_name_spelled_otherwise
    library_outside_search_path soname_link_missing soname_gap musl_glibc_loader_needed glibc_musl_libc_needed library_not_found
    preload_missing token_in_secure_program tunables_ignored
    glibc_private_mix glibc_version_missing libstdcxx_version_missing version_not_found symver_not_defined_in_file
    relr_without_marker version_information_missing
    musl_glibc_symbol_missing undefined_symbol_cxx11_abi undefined_symbol dlsym_symbol_missing
    elf_bad_reloc text_relocation_refused copy_size_differs protected_symbol_taken ifunc_relink
    static_tls_exhausted musl_initial_exec_tls
    go_plugin_path_not_found go_pkg_mismatch_std go_pkg_mismatch_dep go_plugin_previous_failure
    go_plugin_already_loaded go_plugin_not_implemented go_no_plugin_module_data go_plugin_layout_misread
    go_plugin_symbol_lookup go_plugin_type_assert go_plugin_dlopen_failed go_plugin_crash_in_dlopen
    go_plugin_runtime_corrupt go_plugin_empty_path go_linkshared_abi_mismatch go_release_differs go_trimpath_differs
    go_gcflags_differ go_race_differs go_cover_differs go_tags_differ go_cgo_differs go_experiment_differs
    go_toolchain_differs go_module_version_differs go_module_directory_differs go_module_replaced go_code_differs
    go_failed_plugin_poisons go_earlier_plugin_differs go_build_mode_not_supported go_build_needs_cgo
    go_build_one_main_package go_build_internal_linking go_build_linkshared_plugin go_build_assembly_r15
    go_build_cgo_directive go_static_host go_patch_release_skew go_variable_size_skew go_function_skew
    go_amd64_level_too_high go_same_plugin_path go_host_cannot_open_plugins go_c_shared_on_musl go_two_runtimes
    go_c_shared_cannot_unload go_c_shared_exports go_libc_needs
    crash_during_load dlopen_from_static dlopen_misused load_refused
    macho_code_signature macho_wrong_arch macho_wrong_platform macho_duplicate_load_command macho_not_a_library macho_damaged macho_restricted_env
    macho_rpath_not_found macho_lib_not_found macho_compat_version macho_symbol_not_found macho_newer_os macho_inserted_library objc_duplicate_class
    debug_crt_missing vcruntime_missing dll_dependency_not_found pe_entry_point_not_found pe_bad_image pe_wrong_arch pe_not_pe_file pe_dll_init_failed
    pe_side_by_side pe_blocked pe_no_memory pe_damaged pe_call_refused wine_prefix_broken
    node_abi_mismatch runtime_abi_mismatch not_a_module java_library_path dotnet_dllimport_not_found qt_platform_plugin
    android_namespace android_refused not_a_loader_failure
    run_path_empty_element run_path_relative run_path_relative_in_secure_program needed_absolute_path
    executable_stack text_relocations two_copies_of_a_library lazy_symbol_missing glibc_library_under_musl needed_never_used elf_damaged
    policy_floor policy_needed policy_run_path policy_symbols policy_hardening policy_machine policy_build_id policy_size
    sbom_digest_changed sbom_file_missing sbom_unowned_binary sbom_libc_too_old sbom_need_not_supplied sbom_package_file_changed sbom_weak_digest
    sums_file_changed sums_file_missing sums_file_unreadable sums_file_not_listed sums_line_malformed sums_weak_digest
}

/// "a", "a and b", "a, b and c".
pub(crate) fn enumerate(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The first `most` names and a count of the others: "a, b and 7 more".
pub fn enumerate_some(names: &[String], most: usize) -> String {
    if names.len() <= most {
        return enumerate(names);
    }
    format!(
        "{} and {} more",
        names[..most].join(", "),
        names.len() - most
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::RULES;

    #[test]
    fn names_are_unique_kebab_case_and_head_their_pages() {
        let mut names = HashSet::new();
        for rule in RULES {
            assert!(names.insert(rule.name), "{} twice", rule.name);
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(rule.name.chars().all(kebab), "{}", rule.name);
            let title = format!("# {}\n", rule.name);
            assert!(
                rule.page.starts_with(&title),
                "{} is not its page's title",
                rule.name
            );
            assert!(
                !rule.summary.ends_with('.'),
                "{}: a phrase, not a sentence",
                rule.name
            );
        }
    }

    #[test]
    fn every_message_of_a_loader_is_explained_by_a_rule_and_every_id_is_known() {
        let known: HashSet<&str> = [
            sayso_loader::messages::TABLES,
            sayso_loader::messages::PARTS,
        ]
        .into_iter()
        .flatten()
        .flat_map(|table| table.iter())
        .map(|message| message.id)
        .collect();
        let others = crate::explain::elsewhere::TABLE
            .iter()
            .map(|message| message.id);
        let explained: HashSet<&str> = RULES
            .iter()
            .flat_map(|rule| rule.messages.iter().chain(rule.hears).copied())
            .chain(super::load_refused::RARE.iter().copied())
            .chain(["musl/static-dlopen", "go/dlopen", "go/dlopen-old"])
            .collect();
        let unexplained: Vec<_> = known.difference(&explained).collect();
        assert!(unexplained.is_empty(), "no rule explains {unexplained:?}");
        let known: HashSet<&str> = known.into_iter().chain(others).collect();
        let unknown: Vec<_> = explained.difference(&known).collect();
        assert!(unknown.is_empty(), "no loader says {unknown:?}");
    }

    #[test]
    fn every_class_that_users_meet_is_a_rule_by_name_or_by_another_name() {
        const CLASSES: &[&str] = &[
            "interp-missing",
            "exec-format-arch",
            "shebang-bad-interpreter",
            "dlopen-file-not-found",
            "go-plugin-path-not-found",
            "macho-wrong-arch",
            "macho-code-signature",
            "map-segment-noexec",
            "elf-wrong-class",
            "execstack-refused",
            "elf-invalid-header",
            "pe-bad-image",
            "isa-level",
            "pe-not-pe-file",
            "pe-wrong-arch",
            "ldso-assertion",
            "elf-file-too-short",
            "lib-not-found",
            "dll-dependency-not-found",
            "soname-gap",
            "lib-search-path",
            "vcruntime-missing",
            "dotnet-dllimport-not-found",
            "macho-rpath-not-found",
            "qt-platform-plugin",
            "macho-lib-not-found",
            "musl-glibc-loader-needed",
            "macho-restricted-env",
            "debug-crt-missing",
            "glibc-version-missing",
            "macho-compat-version",
            "glibc-private-mix",
            "libstdcxx-version-missing",
            "symver-not-defined-in-file",
            "undefined-symbol",
            "pe-entry-point-not-found",
            "undefined-symbol-cxx11-abi",
            "macho-symbol-not-found",
            "musl-glibc-symbol-missing",
            "elf-bad-reloc",
            "static-tls-exhausted",
            "musl-initial-exec-tls",
            "pe-dll-init-failed",
            "dlopen-from-static",
            "crash-during-load",
            "go-pkg-mismatch-std",
            "go-pkg-mismatch-dep",
            "node-abi-mismatch",
            "go-no-plugin-module-data",
            "go-plugin-not-implemented",
            "go-plugin-runtime-corrupt",
            "runtime-abi-mismatch",
            "go-plugin-already-loaded",
            "go-plugin-symbol-lookup",
            "dlsym-symbol-missing",
            "go-plugin-type-assert",
            "not-loader/link-time",
            "not-loader/interpreter-module-missing",
            "not-loader/app-code",
            "not-loader/compile-time",
            "not-loader/packaging-check",
            "not-loader/permission",
            "not-loader/network",
            "not-loader/app-init",
            "not-loader/display",
            "not-loader/illegal-instruction",
            "not-loader/command-not-found",
        ];
        let missing: Vec<_> = CLASSES
            .iter()
            .filter(|class| crate::rule(class).is_none())
            .collect();
        assert!(missing.is_empty(), "no rule is called {missing:?}");
    }
}
