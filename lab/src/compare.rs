//! A real and a predicted account, side by side.

use std::fmt::Write as _;

use crate::told::Told;

/// What differs, as a text to be read; `None`: nothing.
pub fn difference(real: &Told, predicted: &Told) -> Option<String> {
    if real == predicted {
        return None;
    }
    let (left, right) = (real.lines(), predicted.lines());
    let mut text = String::from("  real                    (< only real, > only predicted)\n");
    for (mark, line) in aligned(&left, &right) {
        let _ = writeln!(text, "{mark} {line}");
    }
    Some(text)
}

/// The shortest edit from one list to the other: the table of common subsequences, which is small here.
fn aligned<'a>(left: &'a [String], right: &'a [String]) -> Vec<(char, &'a str)> {
    let mut common = vec![vec![0_u32; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] = if left[i] == right[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            lines.push((' ', left[i].as_str()));
            i += 1;
            j += 1;
        } else if j == right.len() || (i < left.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('<', left[i].as_str()));
            i += 1;
        } else {
            lines.push(('>', right[j].as_str()));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn what_both_have_stands_once() {
        let list = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (left, right) = (list("a b c"), list("a c d"));
        assert_eq!(
            aligned(&left, &right),
            [(' ', "a"), ('<', "b"), (' ', "c"), ('>', "d")]
        );
    }
}
