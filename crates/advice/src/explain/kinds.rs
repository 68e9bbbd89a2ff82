//! What may stand in a hole of a message, and how far it reaches where no words of the message end it.
//!
//! A message stands in the middle of other text, so its first and last holes have no end of their own. A path may hold blanks and a
//! symbol may not; that is decided by the hole's name, here, for all tables.

use std::ops::Range;

use super::reasons;

/// What a hole holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A path, a library's name, a program: blanks only where it begins like a path.
    Path,
    /// A word without blanks: a version, a package.
    Word,
    /// A symbol: mangled it has no blank, demangled it has some.
    Symbol,
    /// Digits, in any base.
    Number,
    /// A sentence of `strerror`, or one of a loader's own.
    Reason,
    /// The same, or a loader's sentence that begins with a path.
    Error,
    /// Several entries, perhaps on lines of their own.
    List,
    /// Anything up to the end of the line.
    Free,
    /// A sentence of somebody else, all of the line.
    Message,
}

/// Longest value of a hole.
pub(super) const VALUE_BYTES_MAX: usize = 4096;

/// By the hole's name.
pub(super) fn kind(name: &str) -> Kind {
    match name {
        "object" | "requirer" | "provider" | "path" | "program" | "loader" | "library"
        | "interpreter" | "module" | "first" | "second" | "file" | "folder" | "plugin"
        | "script" | "tool" | "unit" | "image" | "other" => Kind::Path,
        "symbol" => Kind::Symbol,
        "version" | "package" | "function" | "object_uuid" | "requirer_uuid" | "provider_uuid"
        | "need" | "have" | "os" | "handle" | "option" | "token" | "mode" | "source" | "endian"
        | "architecture" | "type" | "thread" | "format" | "namespace" | "errno" | "limit"
        | "value" | "method" | "member" => Kind::Word,
        "bits" | "pid" | "line" | "level" | "code" | "signal" | "revision" | "size" | "count"
        | "address" | "abi" | "number" | "status" | "expected" | "slice" | "offset" | "index"
        | "end" | "first_address" | "second_address" | "ordinal" | "have_number"
        | "need_number" | "memory" | "which" | "subtype" | "signed" | "column" => Kind::Number,
        "reason" => Kind::Reason,
        "error" => Kind::Error,
        "candidates" => Kind::List,
        "message" => Kind::Message,
        _ => Kind::Free,
    }
}

impl Kind {
    /// Whether a value that other words enclose can be one. Enclosed words may be anything that a line holds: a version may
    /// be several, a number may be none.
    pub(super) fn allows(self, value: &[u8]) -> bool {
        if value.len() > VALUE_BYTES_MAX {
            return false;
        }
        match self {
            Kind::List => true,
            Kind::Path | Kind::Free | Kind::Reason | Kind::Error | Kind::Message => {
                !value.contains(&b'\n')
            }
            Kind::Word => !value.iter().any(|byte| matches!(byte, b'\n' | b'\t')),
            Kind::Symbol => {
                !value.iter().any(|byte| matches!(byte, b'\n' | b'\t')) && is_symbol(value)
            }
            // Hexadecimal ones have letters, and a digit all the same.
            Kind::Number => {
                value
                    .iter()
                    .all(|&byte| byte.is_ascii_alphanumeric() || b"x.-_+()".contains(&byte))
                    && (value.is_empty() || value.iter().any(u8::is_ascii_digit))
            }
        }
    }

    /// Whether it may go over a line's end, so that the search for the words behind it does not stop there.
    pub(super) fn spans_lines(self) -> bool {
        self == Kind::List
    }

    /// How far a value reaches that begins here and that no words of the message end.
    pub(super) fn extent(self, text: &[u8], start: usize) -> Option<usize> {
        let line = &text[start..line_end(text, start).min(start + VALUE_BYTES_MAX)];
        let length = match self {
            Kind::Word | Kind::Symbol => word(line),
            Kind::Number => line
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric())
                .count(),
            Kind::Path => path(line),
            Kind::Error if begins_like_a_path(line) => free(line),
            Kind::Reason | Kind::Error => reasons::extent(line)?,
            Kind::List => return Some(list_end(text, start)),
            Kind::Free | Kind::Message => free(line),
        };
        (length > 0).then_some(start + length)
    }

    /// Where a value begins that ends here and that no words of the message begin.
    pub(super) fn beginning(self, text: &[u8], end: usize) -> Option<usize> {
        let floor = end.saturating_sub(VALUE_BYTES_MAX);
        let start = text[floor..end]
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(floor, |at| floor + at + 1);
        let line = &text[start..end];
        let at = match self {
            Kind::Reason | Kind::Error => {
                reasons::beginning(line).unwrap_or_else(|| start_of_path(line))
            }
            Kind::Path | Kind::Free | Kind::List => start_of_path(line),
            Kind::Message => line
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count(),
            Kind::Word | Kind::Symbol | Kind::Number => line
                .iter()
                .rposition(|&byte| byte.is_ascii_whitespace() || b"'\"([<,;=".contains(&byte))
                .map_or(0, |at| at + 1),
        };
        (at < line.len()).then_some(start + at)
    }
}

/// Whether words with blanks in them can be a demangled symbol: `operator new(unsigned long)`, `vtable for Shape`, `-[Shape draw:]`, and
/// not `answer [Inferior 1`.
fn is_symbol(value: &[u8]) -> bool {
    const PHRASES: &[&[u8]] = &[b" for ", b" to ", b"operator", b"...", b" & ", b", "];
    let open = value
        .iter()
        .fold((0i32, 0i32), |(round, square), byte| match byte {
            b'(' => (round + 1, square),
            b')' => (round - 1, square),
            b'[' => (round, square + 1),
            b']' => (round, square - 1),
            _ => (round, square),
        });
    let balanced = open == (0, 0);
    let Some(blank) = value.iter().position(|&byte| byte == b' ') else {
        return true;
    };
    let head = &value[..blank];
    balanced
        && (head.iter().any(|byte| b"(<[@?".contains(byte))
            || PHRASES
                .iter()
                .any(|phrase| super::rows::find(value, phrase).is_some())
            || value.iter().any(|byte| b"(<".contains(byte)))
}

/// End of the line that this place is in.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    text[at..]
        .iter()
        .take(VALUE_BYTES_MAX * 2)
        .position(|&byte| byte == b'\n')
        .map_or(text.len().min(at + VALUE_BYTES_MAX * 2), |end| at + end)
}

/// Start of the line that this place is in.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(VALUE_BYTES_MAX * 2);
    text[floor..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(floor, |found| floor + found + 1)
}

/// A word, without the punctuation of a sentence behind it.
fn word(line: &[u8]) -> usize {
    let mut length = line
        .iter()
        .position(|&byte| byte.is_ascii_whitespace() || b"'\"<>;|".contains(&byte))
        .unwrap_or(line.len());
    // A bracket or comma ends it unless it belongs to it.
    let mut depth = 0usize;
    for (at, &byte) in line[..length].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' | b',' if depth == 0 => {
                length = at;
                break;
            }
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    trimmed(&line[..length])
}

/// Without full stops, colons and the like at the end.
fn trimmed(value: &[u8]) -> usize {
    value
        .iter()
        .rposition(|byte| !b".,;:!".contains(byte) && !byte.is_ascii_whitespace())
        .map_or(0, |at| at + 1)
}

fn free(line: &[u8]) -> usize {
    let quote = line
        .iter()
        .position(|&byte| byte == b'"')
        .filter(|_| line.split(|&byte| byte == b'"').count() % 2 == 0);
    let line = &line[..quote.unwrap_or(line.len())];
    line.iter()
        .rposition(|byte| !byte.is_ascii_whitespace())
        .map_or(0, |at| at + 1)
}

/// A path to the end of the line, a quote or a bracket; one that does not begin like a path ends at the first blank.
fn path(line: &[u8]) -> usize {
    let rooted = begins_like_a_path(line);
    let mut end = line.len();
    for (at, &byte) in line.iter().enumerate() {
        let before_bracket = at > 0 && line[at - 1] == b' ';
        let stop = match byte {
            b'"' | b'\t' | b'\'' | b'|' | b'>' => true,
            b'(' | b'[' => before_bracket,
            b')' | b']' => !line[..at].contains(&if byte == b')' { b'(' } else { b'[' }),
            b' ' => !rooted || !continues_path(&line[at + 1..]),
            b',' | b';' => matches!(line.get(at + 1), None | Some(b' ')),
            b':' => line.get(at + 1) == Some(&b' '),
            _ => false,
        };
        if stop {
            end = at;
            break;
        }
    }
    trimmed(&line[..end])
}

/// Whether what stands behind a blank still belongs to the path: a slash follows before the next blank or the line's end, and it
/// is no path of its own.
fn continues_path(rest: &[u8]) -> bool {
    let rest = &rest[..rest
        .iter()
        .position(|byte| b"'\"\t|>".contains(byte))
        .unwrap_or(rest.len())];
    if begins_like_a_path(rest) {
        return false;
    }
    let slash = rest.iter().position(|&byte| byte == b'/' || byte == b'\\');
    let Some(slash) = slash else {
        return false;
    };
    !rest[..slash]
        .windows(2)
        .any(|pair| pair == b" (" || pair == b": ")
}

/// `/x`, `./x`, `../x`, `~/x`, `@rpath/x`, `C:\x`, `\\server\x`.
pub(super) fn begins_like_a_path(text: &[u8]) -> bool {
    let drive = text.len() > 2
        && text[0].is_ascii_alphabetic()
        && text[1] == b':'
        && b"\\/".contains(&text[2]);
    drive
        || [
            b"/".as_slice(),
            b"./",
            b"../",
            b"~/",
            b"@rpath/",
            b"@loader_path/",
            b"@executable_path/",
            b"\\\\",
            b".\\",
            b"..\\",
        ]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Where a path begins that ends with the line given.
fn start_of_path(line: &[u8]) -> usize {
    // The nearest thing that no path goes over.
    let mut floor = 0;
    for (at, &byte) in line.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| line[at]);
        let opens =
            before.is_none_or(|byte| byte.is_ascii_whitespace() || b"([<{:=,'\"".contains(&byte));
        match byte {
            b'\t' | b'|' | b'>' | b'"' => floor = at + 1,
            b'\'' | b'(' | b'[' | b'<' | b'{' if opens => floor = at + 1,
            b' ' if matches!(before, Some(b':' | b',' | b';' | b']' | b')')) => floor = at + 1,
            b'=' if begins_like_a_path(&line[at + 1..]) => floor = at + 1,
            _ => {}
        }
    }
    while line.get(floor).is_some_and(u8::is_ascii_whitespace) {
        floor += 1;
    }
    let rest = &line[floor..];
    if let Some(last) = last_rooted(rest) {
        return floor + last;
    }
    let blank = rest
        .iter()
        .rposition(|&byte| byte == b' ')
        .map_or(0, |at| at + 1);
    floor + blank
}

/// Where the last word begins that looks like the beginning of a path.
fn last_rooted(line: &[u8]) -> Option<usize> {
    (0..line.len())
        .rev()
        .find(|&at| (at == 0 || line[at - 1] == b' ') && begins_like_a_path(&line[at..]))
}

/// Entries on this line, and on the lines behind it that are indented and hold a path.
fn list_end(text: &[u8], start: usize) -> usize {
    let most = text.len().min(start + VALUE_BYTES_MAX * 4);
    let mut end = line_end(text, start).min(most);
    while end < most {
        let next = line_end(text, end + 1).min(most);
        let line = &text[end + 1..next];
        let indented = line.first().is_some_and(u8::is_ascii_whitespace);
        if !indented || !begins_like_a_path(line.trim_ascii_start().trim_ascii_start()) {
            break;
        }
        end = next;
    }
    let value = &text[start..end];
    start
        + value
            .iter()
            .rposition(|byte| !byte.is_ascii_whitespace() && *byte != b'"')
            .map_or(0, |at| at + 1)
}

/// Words that stand where a file's name could, and are none.
const NO_FILES: &[&[u8]] = &[
    b"error",
    b"warning",
    b"note",
    b"fatal",
    b"info",
    b"debug",
    b"trace",
    b"critical",
    b"panic",
    b"caused by",
    b"reason",
    b"message",
    b"exception",
    b"failed",
    b"stderr",
    b"stdout",
    b"hint",
    b"help",
    b"e",
    b"w",
    b"i",
];

/// The name of an exception.
pub(super) fn is_thrown(value: &[u8]) -> bool {
    value.ends_with(b"Error") || value.ends_with(b"Exception")
}

/// Whether a value can be the name of a file: not a word like `error`, not empty.
pub(super) fn is_file(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_option = value.starts_with(b"-");
    !(value.is_empty() || is_thrown(value) || is_option || NO_FILES.contains(&lower.as_slice()))
}

/// The part of a range without blanks at its ends.
pub(super) fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let start = range.start
        + value
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    let end = range.end
        - value
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::Kind;

    fn before(line: &str) -> &str {
        &line[Kind::Path
            .beginning(line.as_bytes(), line.len())
            .expect("something stands there")..]
    }
    fn after(kind: Kind, line: &str) -> &str {
        &line[..kind
            .extent(line.as_bytes(), 0)
            .expect("something stands there")]
    }

    #[test]
    fn a_path_begins_where_it_looks_like_one() {
        assert_eq!(
            before("Nov 21 10:00:00 host app[12]: /opt/my app/liba.so"),
            "/opt/my app/liba.so"
        );
        assert_eq!(before("ImportError libz.so.1"), "libz.so.1");
        assert_eq!(before("2024-05-01T12:00:00.0Z ./prog"), "./prog");
        assert_eq!(before("cannot load /etc/x.conf nor /opt/x.so"), "/opt/x.so");
        assert_eq!(before("web-1  | prog"), "prog");
        assert_eq!(before("failed (/opt/x(1)/lib.so"), "/opt/x(1)/lib.so");
        assert_eq!(before("msg=\"dlopen('/a/b.so"), "/a/b.so");
    }

    #[test]
    fn a_value_ends_where_its_kind_does() {
        assert_eq!(after(Kind::Word, "_ZN1aC2Ev\t(./x.so)"), "_ZN1aC2Ev");
        assert_eq!(after(Kind::Word, "foo\","), "foo");
        assert_eq!(
            after(Kind::Word, "operator(a,b), version V"),
            "operator(a,b)"
        );
        assert_eq!(after(Kind::Path, "/a b/c.so in /x/y.py"), "/a b/c.so in");
        assert_eq!(after(Kind::Path, "libz.so.1 in /x"), "libz.so.1");
        assert_eq!(after(Kind::Path, "/a/b.dylib)"), "/a/b.dylib");
        assert_eq!(
            after(Kind::Reason, "No such file or directory at x.pm line 3"),
            "No such file or directory"
        );
    }
}
