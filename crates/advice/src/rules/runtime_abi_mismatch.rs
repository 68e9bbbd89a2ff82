//! `runtime-abi-mismatch`: a native module of another release of its language.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "runtime-abi-mismatch",
    phase: Phase::Runtime,
    level: Level::Error,
    summary: "a native module was built for another release or build of its language",
    loaders: RUNTIME,
    messages: &[
        "ruby/incompatible-library", "ruby/linked-to-incompatible", "php/api", "php/build-id", "php/zend-api", "perl/handshake", "perl/api-version",
        "perl/object-version", "lua/version", "lua/numeric-types", "r/built-before", "r/built-under", "r/built-for", "python/version", "python/numpy-api",
        "python/numpy-api-2", "python/numpy-two", "python/numpy-abi", "python/numpy-size", "qt/incompatible-plugin", "qt/debug-and-release", "qt/mixed-versions",
    ],
    page: page!("runtime-abi-mismatch"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, have, need) = (heard.text("object"), heard.text("have"), heard.text("need"));
    let family = heard.message.id.split('/').next().unwrap_or_default();
    let name = if object.is_empty() { "the module".to_owned() } else { object };
    let sides = if have.is_empty() || need.is_empty() { String::new() } else { format!(" (it was built for {have}, here is {need})") };
    let hearing = Hearing::new(Likelihood::Certain);
    Some(match family {
        "ruby" => hearing
            .why(format!("{name} was built for another Ruby than the one that loads it"))
            .decided_by("ruby -v; gem env | grep -i -e version -e directory")
            .fix("build the native gems for this Ruby", "gem pristine --all --extensions")
            .fix("with Bundler", "bundle pristine")
            .not_helpful("copying gems between Ruby's folders: each minor release has an interface of its own"),
        "php" => hearing
            .why(format!("{name} was built for another PHP{sides}: its number, its thread safety (ZTS or NTS) and its debug setting must all be the same"))
            .decided_by("php -i | grep -e 'PHP API' -e 'Thread Safety' -e 'extension_dir'")
            .fix("build the extension for this PHP", "pecl install --force NAME    (Debian: apt-get install php8.2-NAME, of the same release)")
            .advice("if several PHPs are installed, the web server's may be another than the command line's"),
        "perl" => hearing
            .why(format!("{name} was built for another perl{sides}"))
            .decided_by("perl -V:version -V:archname; perl -e 'print join qq(\\n), @INC'; echo $PERL5LIB")
            .fix("keep the modules of the other perl out", "unset PERL5LIB PERL_LOCAL_LIB_ROOT")
            .fix("or install them again for this one", "cpanm --reinstall MODULE"),
        "lua" => hearing
            .why(format!("{name} was built for another Lua{sides}"))
            .decided_by("lua -v; lua -e 'print(package.cpath)'")
            .fix("build it for this one", "luarocks --lua-version=5.4 install --force NAME"),
        "r" => hearing
            .why(format!("the package {name} was built for another R{sides}"))
            .fix("install it again", "R -e 'update.packages(ask = FALSE, checkBuilt = TRUE)'"),
        "qt" => hearing
            .why(format!("two releases or builds of Qt meet in one process: {name}{sides}"))
            .decided_by("QT_DEBUG_PLUGINS=1 PROGRAM 2>&1 | grep -e 'loaded library' -e Cannot")
            .fix("do not let another Qt's plugins be found", "unset QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH")
            .advice("in Python: PyQt, PySide and opencv-python each bring a Qt; keep one (opencv-python-headless has none)"),
        _ => hearing
            .why(format!("{name} was built for another release of its language or of a library behind it{sides}"))
            .decided_by("python -V; python -m pip list")
            .fix("install it again for this Python", "python -m pip install --force-reinstall --no-cache-dir PACKAGE")
            .advice("NumPy: a module built with NumPy 2 runs with 1.x only where it was built for both; bring numpy up to date, or the module"),
    })
}
