//! What to do about a look-up that fails.

/// A sentence of advice about a name that is not there, or is of another type; `None`: there is nothing to add to Go's own words.
pub fn lookup_hint(
    exports: &[(String, Option<String>)],
    name: &str,
    wanted: Option<&str>,
) -> Option<String> {
    if let Some((_, found)) = exports.iter().find(|(known, _)| known == name) {
        return type_hint(found.as_deref()?, wanted?);
    }
    let names: Vec<String> = exports.iter().map(|(known, _)| known.clone()).collect();
    if !name.chars().next().is_some_and(char::is_uppercase) {
        let upper = capitalised(name);
        let there = if names.contains(&upper) {
            format!(": {upper} is there")
        } else {
            String::new()
        };
        return Some(format!(
            "only names that begin with a capital letter are exported{there}"
        ));
    }
    let near = (name.chars().count() / 3).min(2);
    let close = names
        .iter()
        .filter(|known| distance(known, name) <= near)
        .min_by_key(|known| distance(known, name));
    if let Some(close) = close {
        return Some(format!("did you mean {close}?"));
    }
    Some(match names.as_slice() {
        [] => "the plugin exports no function and no variable: exported are those of package main itself, not those of packages that it imports".into(),
        names => format!("it exports {} (constants, types, methods and generic functions are never found)", crate::rules::enumerate_some(names, 6)),
    })
}

fn type_hint(found: &str, wanted: &str) -> Option<String> {
    if found.strip_prefix('*') == Some(wanted) {
        return Some(format!(
            "it is a variable, and Lookup gives a pointer to it: assert {found} and read it through the pointer"
        ));
    }
    if wanted.strip_prefix('*') == Some(found) {
        return Some(format!(
            "it is a function, which Lookup gives itself: assert {found}"
        ));
    }
    (found != wanted).then(|| format!("the plugin has it as {found}"))
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Edits between two names, case ignored; long names count as far apart.
fn distance(a: &str, b: &str) -> usize {
    const LONG: usize = 64;
    let (a, b): (Vec<char>, Vec<char>) = (
        a.to_lowercase().chars().collect(),
        b.to_lowercase().chars().collect(),
    );
    if a.len() > LONG || b.len() > LONG {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != y))
                .min(above + 1)
                .min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_of_use() {
        let exports: Vec<(String, Option<String>)> = [("V", "*int"), ("Handle", "func()")]
            .map(|(name, kind)| (name.to_owned(), Some(kind.to_owned())))
            .to_vec();
        let check = |name: &str, wanted: Option<&str>, want: &str| {
            let hint = lookup_hint(&exports, name, wanted).unwrap_or_default();
            assert!(hint.contains(want), "{name} {wanted:?}: {hint}");
        };
        check("V", Some("int"), "pointer");
        check("Handle", Some("*func()"), "assert func()");
        check("Handle", Some("func(int)"), "has it as func()");
        check("handle", None, "Handle is there");
        check("Handel", None, "did you mean Handle");
        check("Nowhere", None, "it exports V and Handle");
        assert_eq!(lookup_hint(&exports, "V", Some("*int")), None);
        assert_eq!(distance("abc", "abd"), 1);
    }
}
