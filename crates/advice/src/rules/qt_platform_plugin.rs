//! `qt-platform-plugin`: Qt's platform plugin does not load.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    name: "qt-platform-plugin",
    phase: Phase::Search,
    level: Level::Error,
    summary: "Qt found its platform plugin and could not load it: a library that the plugin needs is missing",
    loaders: RUNTIME,
    messages: &[
        "qt/platform-plugin-found", "qt/platform-plugin-found-default", "qt/platform-plugin-missing", "qt/platform-plugin-missing-default", "qt/no-platform", "qt/xcb-cursor",
    ],
    page: page!("qt-platform-plugin"),
    hear,
    ..Rule::BLANK
};

fn hear(heard: &Heard) -> Option<Hearing> {
    let (object, path) = (heard.text("object"), heard.text("path"));
    let plugin = if object.is_empty() { "xcb".to_owned() } else { object };
    let missing = heard.message.id.starts_with("qt/platform-plugin-missing");
    let windows = plugin == "windows";
    let folder = if path.is_empty() { "$(python3 -c 'import PyQt5,os; print(os.path.dirname(PyQt5.__file__))')/Qt5/plugins".to_owned() } else { path };
    let mut hearing = Hearing::new(Likelihood::Certain).why(if missing {
        format!("Qt has no platform plugin {plugin} where it looks: it was not deployed with the program, or a variable leads elsewhere")
    } else {
        format!("Qt found its platform plugin {plugin} and could not load it: the plugin needs a library that is not here; which one, Qt says only when asked")
    });
    hearing = hearing.decided_by("QT_DEBUG_PLUGINS=1 PROGRAM 2>&1 | grep -i 'cannot load library'");
    if windows {
        return Some(
            hearing
                .fix("put Qt's plugins beside the program", "windeployqt PROGRAM.exe")
                .fix("keep another Qt out", "set QT_PLUGIN_PATH= & set QT_QPA_PLATFORM_PLUGIN_PATH="),
        );
    }
    if plugin == "xcb" && !missing {
        hearing = hearing
            .fix("see what it lacks", format!("ldd {}/platforms/libqxcb.so | grep 'not found'", folder.trim_end_matches("/platforms")))
            .fix("most often it is one of these (Debian, Ubuntu)", "apt-get install libxcb-cursor0 libxcb-xinerama0 libxkbcommon-x11-0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0")
            .fix("the same on Fedora", "dnf install xcb-util-cursor xcb-util-wm xcb-util-image xcb-util-keysyms xcb-util-renderutil libxkbcommon-x11");
    }
    Some(
        hearing
            .fix("on a machine without a display", "QT_QPA_PLATFORM=offscreen PROGRAM")
            .advice("in Python: opencv-python brings a Qt of its own that gets in PyQt's way; opencv-python-headless does not")
            .not_helpful("reinstalling the application, as the text says: what is missing is a package of the system")
            .not_helpful("QT_QPA_PLATFORM_PLUGIN_PATH: the plugin was found"),
    )
}
