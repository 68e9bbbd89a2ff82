//! `/etc/ld.so.preload`: libraries that glibc's loader maps before all others.

/// The names in the file, as `elf/rtld.c: dl_main` takes them out: separated by blanks, tabs, newlines and colons, comments from
/// `#` to the end of the line left out, and what stands behind a NUL byte not seen.
///
/// The real code has a slip that is kept here (seen in 2.17 to 2.42): after a comment it goes on looking for the next `#` from the start of
/// the file but over a length already shortened, so a later comment can be missed, and its words are then taken for names.
pub fn names(file: &[u8]) -> Vec<Vec<u8>> {
    let mut text = file.to_vec();
    blank_comments(&mut text);
    let separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b':');
    // A last name without a separator behind it is set aside first, so that a NUL before it does not hide it.
    let last_at = text.iter().rposition(&separator).map_or(0, |at| at + 1);
    let (body, last) = text.split_at(last_at);
    let before_nul = |bytes: &[u8]| bytes.split(|&b| b == 0).next().map(<[u8]>::to_vec);
    let body = before_nul(body).unwrap_or_default();
    let mut names: Vec<Vec<u8>> = body
        .split(|byte| separator(byte))
        .map(<[u8]>::to_vec)
        .collect();
    names.retain(|name| !name.is_empty());
    if !last.is_empty() {
        // Handed on even if empty because it begins with a NUL, which names the program itself.
        names.extend(before_nul(last));
    }
    names
}

fn blank_comments(text: &mut [u8]) {
    let mut rest = text.len();
    while rest > 0 {
        let Some(hash) = text[..rest].iter().position(|&b| b == b'#') else {
            return;
        };
        rest -= hash;
        let mut at = hash;
        loop {
            text[at] = b' ';
            rest -= 1;
            at += 1;
            if rest == 0 || text.get(at).is_none_or(|&b| b == b'\n') {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    fn check(file: &str, expected: &[&str]) {
        let expected: Vec<Vec<u8>> = expected
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        assert_eq!(names(file.as_bytes()), expected, "{file:?}");
    }

    #[test]
    fn separators_and_comments() {
        check("", &[]);
        check("\n", &[]);
        check("liba.so", &["liba.so"]);
        check(
            "/a.so:/b.so /c.so\t/d.so\n/e.so\n",
            &["/a.so", "/b.so", "/c.so", "/d.so", "/e.so"],
        );
        check("::liba.so: :", &["liba.so"]);
        check("# all comment\nliba.so\n", &["liba.so"]);
        check("liba.so#libb.so\nlibc.so", &["liba.so", "libc.so"]);
        check("liba.so\n#", &["liba.so"]);
        check("liba.so\0 hidden.so\nlibb.so", &["liba.so", "libb.so"]);
    }

    #[test]
    fn the_slip_about_later_comments() {
        // The second search stops 13 bytes before the end of the file, before the second comment.
        check("# all comment\nliba.so # more\n", &["liba.so", "#", "more"]);
        // And it blanks only as much of the later one as the length allows.
        check(
            "liba.so # more\n# all comment\nlibb.so\n",
            &["liba.so", "mment", "libb.so"],
        );
    }
}
