//! `not-a-module`: a library that is no module of this language.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "not-a-module",
    phase: Phase::Use,
    level: Level::Error,
    summary: "the file was loaded, and is no module for the program that loaded it",
    loaders: RUNTIME,
    messages: &[
        "python/no-init-function", "python/no-init-function-2", "php/not-an-extension", "php/not-a-zend-extension", "perl/bootstrap-symbol", "perl/no-loadable-object", "qt/no-metadata",
    ],
    page: page!("not-a-module"),
    hear,
    ..Rule::BLANK
};

pub(super) fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, symbol) = (heard.text("object"), heard.text("symbol"));
    let name = if object.is_empty() { "the file".to_owned() } else { object };
    let hearing = Hearing::new(Likelihood::Certain);
    Some(match heard.message.id.split('/').next().unwrap_or_default() {
        "python" => hearing
            .why(format!("the file was loaded, and has no {symbol}: it is no extension module, or one whose name is not its file's (PyInit_NAME must end in the file's name)"))
            .decided_by("nm -D --defined-only FILE.so | grep PyInit")
            .advice("keep the name that the build gave to the file; import the package, not the library inside it"),
        "php" => hearing
            .why(format!("{name} is no extension of the kind that was asked for"))
            .fix("Zend extensions (xdebug, opcache) want the other line in php.ini", "zend_extension=NAME"),
        "perl" => hearing
            .why(format!("Perl finds no compiled part that fits the module{}", if symbol.is_empty() { String::new() } else { format!(" ({symbol})") }))
            .decided_by("perl -e 'print join qq(\\n), @INC'; find / -name 'NAME.so' -path '*auto*' 2>/dev/null")
            .fix("install the module for this perl", "cpanm --reinstall MODULE"),
        "qt" => hearing.why(format!("{name} is no plugin of Qt, or not readable")).decided_by("QT_DEBUG_PLUGINS=1 PROGRAM"),
        _ => hearing.why(format!("{name} is no module for the program that loaded it")),
    })
}
