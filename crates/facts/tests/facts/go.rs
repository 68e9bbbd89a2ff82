//! Go programs and plugins: the fuzzer's seeds say what was put into them. Files of real toolchains are held against Go's own readers in the lab.

use sayso_facts::elf::Image;
use sayso_facts::go::{
    Architecture, ExportKind, FoundBy, Mode, ModuleWord, PluginSupport, Program,
};

fn program(seed: &str) -> Program {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/go_program/");
    let bytes = std::fs::read(format!("{folder}{seed}")).expect("a seed");
    let image = Image::parse(bytes.into()).expect("an ELF file");
    Program::of(&image).expect("a Go program")
}

#[test]
fn a_host() {
    let host = program("host");
    assert_eq!(host.mode, Mode::Executable);
    assert_eq!(host.architecture, Architecture::Amd64);
    assert_eq!(
        host.version.as_ref().map(|v| (v.text.as_str(), v.patch)),
        Some(("go1.27.3", Some(3)))
    );
    assert_eq!(host.plugin_support(), PluginSupport::Yes);
    assert_eq!((host.plugin_path.as_deref(), host.init_tasks), (None, None));
    let info = host.build_info.as_ref().expect("build info");
    assert_eq!(info.setting("-trimpath"), Some("true"));
    let module = host.module.as_ref().expect("moduledata");
    assert_eq!(module.found_by, FoundBy::Symbol);
    assert_eq!(module.layout.map(|layout| layout.next), Some(560));
    assert!(host.package_hashes.is_empty() && host.exports.is_empty());
    let hash = host.offered_hash("fmt").expect("the hash of fmt");
    assert_eq!(hash.to_string(), "0202020202020202");
    assert_eq!(host.offered_hash("fm"), None);
}

#[test]
fn plugins_of_every_layout() {
    let check = |seed: &str, version: Option<&str>, path: &str, next: u64, tasks: Option<u64>| {
        let plugin = program(seed);
        assert_eq!(plugin.mode, Mode::Plugin, "{seed}");
        assert_eq!(
            plugin.version.as_ref().map(|v| v.text.as_str()),
            version,
            "{seed}"
        );
        assert_eq!(plugin.plugin_path.as_deref(), Some(path), "{seed}");
        assert_eq!(plugin.init_tasks, tasks, "{seed}");
        let module = plugin.module.as_ref().expect(seed);
        assert_eq!(
            (module.found_by, module.next_in_code),
            (FoundBy::Initialiser, Some(next)),
            "{seed}"
        );
        let [first, second] = plugin.package_hashes.as_slice() else {
            panic!("{seed}: two packages: {:?}", plugin.package_hashes);
        };
        assert_eq!(first.package, "fmt", "{seed}");
        assert_eq!(second.link_hash.to_string(), "03", "{seed}");
        let symbol = second.symbol.and_then(|index| plugin.image().symbol(index));
        let name = symbol.map(|symbol| plugin.image().string(symbol.name).to_vec());
        let suffix = format!(".pkghash.{}", second.package).into_bytes();
        assert!(name.is_some_and(|name| name.ends_with(&suffix)), "{seed}");
        plugin
    };
    let oldest = check("plugin-1.19", None, "p", 544, None);
    assert_eq!(oldest.build_info, None);
    check(
        "plugin-1.22",
        Some("go1.22.10"),
        "example.com/p",
        584,
        Some(1),
    );
    check(
        "plugin-1.26",
        Some("go1.26.6"),
        "example.com/p",
        584,
        Some(1),
    );
    check(
        "plugin-1.27",
        Some("go1.27.3"),
        "example.com/p%2ev2",
        560,
        Some(1),
    );
    // No layout: the path stands beside the hashes, which prove themselves; the rest is left out.
    let unknown = check("plugin-unknown", Some("go1.28.0"), "p", 560, None);
    assert_eq!(unknown.module.map(|module| module.layout), Ok(None));
}

#[test]
fn exports_and_their_types() {
    let plugin = program("plugin-1.26");
    let exports: Vec<(&str, ExportKind, Option<&str>)> = plugin
        .exports
        .iter()
        .map(|export| (export.name.as_str(), export.kind, export.go_type.as_deref()))
        .collect();
    let want = [
        ("V", ExportKind::Variable, Some("*int")),
        ("F", ExportKind::Function, Some("func()")),
    ];
    assert_eq!(exports, want);
    let v = plugin.export_type("V").expect("a type");
    assert_eq!(
        (v.package, v.packages, v.methods),
        (None, Some(Vec::new()), Some(Vec::new()))
    );
    assert_eq!(plugin.export_type("v"), None);
}

#[test]
fn words_of_moduledata() {
    let plugin = program("plugin-1.22");
    let layout = plugin
        .module
        .as_ref()
        .ok()
        .and_then(|module| module.layout)
        .expect("a layout");
    assert_eq!(
        plugin.module_word(layout.pluginpath),
        Some(ModuleWord::Address)
    );
    assert_eq!(
        plugin.module_word(layout.pluginpath + 8),
        Some(ModuleWord::Number(13))
    );
    assert_eq!(plugin.module_word(layout.next), Some(ModuleWord::Number(0)));
    assert_eq!(plugin.module_word(u64::MAX), None);
}

#[test]
fn sizes_of_the_same_symbols() {
    let (old, new) = (program("plugin-1.22"), program("plugin-1.26"));
    assert!(old.size_differences(&old).is_empty());
    let differences = old.size_differences(&new);
    // The build settings differ, which says nothing; nothing else does.
    assert!(differences.is_empty(), "{differences:?}");
    let host = program("host");
    let differences = old.size_differences(&host);
    let of = |name: &str| {
        differences
            .iter()
            .find(|d| d.symbol == name)
            .map(|d| (d.here, d.there))
    };
    assert_eq!(of("runtime.firstmoduledata"), Some((592, 568)));
    assert_eq!(of("go:link.pkghashbytes.fmt"), Some((1, 8)));
}
