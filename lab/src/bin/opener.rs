//! Opens one library as a bare process would (`dlopen(PATH, RTLD_NOW)`) and prints `ok` or what the loader says.
#![expect(unsafe_code, reason = "dlopen is what this program is for")]

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStringExt as _;

fn main() {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("opener PATH");
        std::process::exit(2);
    };
    let path = CString::new(path.into_vec()).expect("an argument holds no NUL");
    // SAFETY: the path is a C string; what the library's initialisers do is the caller's choice. dlerror's text is read before
    // anything else of libdl is called.
    let said = unsafe {
        if libc::dlopen(path.as_ptr(), libc::RTLD_NOW).is_null() {
            let text = libc::dlerror();
            if text.is_null() {
                "(nothing)".into()
            } else {
                CStr::from_ptr(text).to_string_lossy().into_owned()
            }
        } else {
            "ok".into()
        }
    };
    println!("{said}");
    // SAFETY: finalisers of foreign libraries need not run.
    unsafe { libc::_exit(0) }
}
