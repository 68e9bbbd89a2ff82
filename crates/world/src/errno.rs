//! Linux error numbers with the sentences that loaders print for them.

/// A Linux error number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Errno(pub i32);

macro_rules! errnos {
    ($($name:ident $number:literal $glibc:literal $musl:literal;)*) => {
        impl Errno {
            $(#[doc = $glibc] pub const $name: Errno = Errno($number);)*
            /// The constant's name, where it is one of those listed here.
            pub fn name(self) -> Option<&'static str> { match self.0 { $($number => Some(stringify!($name)),)* _ => None } }
            /// glibc's `strerror` in the C locale.
            pub fn glibc_text(self) -> String { match self.0 { $($number => $glibc.into(),)* n => format!("Unknown error {n}") } }
            /// musl's `strerror`.
            pub fn musl_text(self) -> String { match self.0 { $($number => $musl.into(),)* _ => "No error information".into() } }
        }
    };
}

errnos! {
    EPERM 1 "Operation not permitted" "Operation not permitted";
    ENOENT 2 "No such file or directory" "No such file or directory";
    EIO 5 "Input/output error" "I/O error";
    ENXIO 6 "No such device or address" "No such device or address";
    ENOEXEC 8 "Exec format error" "Exec format error";
    ENOMEM 12 "Cannot allocate memory" "Out of memory";
    EACCES 13 "Permission denied" "Permission denied";
    EBUSY 16 "Device or resource busy" "Resource busy";
    ENODEV 19 "No such device" "No such device";
    ENOTDIR 20 "Not a directory" "Not a directory";
    EISDIR 21 "Is a directory" "Is a directory";
    EINVAL 22 "Invalid argument" "Invalid argument";
    ENFILE 23 "Too many open files in system" "Too many open files in system";
    EMFILE 24 "Too many open files" "No file descriptors available";
    ETXTBSY 26 "Text file busy" "Text file busy";
    ENAMETOOLONG 36 "File name too long" "Filename too long";
    ELOOP 40 "Too many levels of symbolic links" "Symbolic link loop";
    ENODATA 61 "No data available" "No data available";
    EOVERFLOW 75 "Value too large for defined data type" "Value too large for data type";
    ELIBBAD 80 "Accessing a corrupted shared library" "Accessing a corrupted shared library";
}
