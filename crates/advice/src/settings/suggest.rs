//! "Did you mean …?"

/// The known word that is nearest to what was typed, if it is near enough to be a slip.
pub fn nearest<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    // A key is short; longer text is no slip of one.
    const LENGTH_MAX: usize = 64;
    if typed.len() > LENGTH_MAX {
        return None;
    }
    let canonical = |word: &str| word.replace(['_', ' '], "-").to_ascii_lowercase();
    let typed = canonical(typed);
    known
        .iter()
        .map(|word| (distance(&typed, word), *word))
        .filter(|(distance, word)| *distance <= word.len() / 3 || *distance <= 1)
        .min()
        .map(|(_, word)| word)
}

/// Levenshtein's, over bytes.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_recognised() {
        let known = ["glibc", "glibcxx", "needed-forbidden", "run-path"];
        assert_eq!(nearest("glib", &known), Some("glibc"));
        assert_eq!(
            nearest("needed_forbidden", &known),
            Some("needed-forbidden")
        );
        assert_eq!(nearest("runpath", &known), Some("run-path"));
        assert_eq!(nearest("colour", &known), None);
    }
}
