//! What stands before dyld's sentences. `{message}` is read on through the other tables.

use super::{V10_15, V11_LAST, V12};

crate::messages::messages! {
    /// At launch: everything that ends the process.
    LAUNCH "dyld/frame-launch" None, "dyld/DyldProcessConfig.cpp: console", "dyld[[{pid}]]: {message}" since V12;
    /// At launch, a lazily bound function that is missing.
    LAUNCH_LAZY "dyld/frame-launch-lazy" None, "src/dyld2.cpp: bindLazySymbol", "dyld: lazy symbol binding failed: {message}" , until V11_LAST;
    /// A warning.
    LAUNCH_WARNING "dyld/frame-launch-warning" None, "src/dyld2.cpp: vwarn", "dyld: warning, {message}" , until V11_LAST;
    /// The same up to 11.
    LAUNCH_OLD "dyld/frame-launch-old" None, "src/dyld2.cpp: halt", "dyld: {message}" , until V11_LAST;
    /// `dlopen`: four digits of the mode and more from 12 on; in 10.15 and 11 from closures.
    DLOPEN "dyld/frame-dlopen" None, "dyld/DyldAPIs.cpp: dlopen_from", "dlopen({path}, 0x{mode}): {message}" since V10_15;
    /// `dlopen` up to 11.
    DLOPEN_OLD "dyld/frame-dlopen-old" None, "src/dyldAPIs.cpp: dlopen_internal", "dlopen({path}, {mode}): {message}" , until V11_LAST;
    /// `dlopen_preflight` up to 11.
    PREFLIGHT_OLD "dyld/frame-preflight-old" None, "src/dyldAPIs.cpp: dlopen_preflight_internal", "dlopen_preflight({path}): {message}" , until V11_LAST;
}
