//! Names that a person takes for the same: other case, or the other Unicode form of an accent.
//!
//! File systems of macOS (and Windows) hold such names for one, Linux does not. An image that was put together there may ask for
//! `libFoo.so` and have `libfoo.so`.

/// Letters with one accent (Latin-1 and Latin Extended-A), each before its plain letter: their decompositions in the Unicode Character
/// Database.
const ACCENTED: &str = "ÀAÁAÂAÃAÄAÅAÇCÈEÉEÊEËEÌIÍIÎIÏIÑNÒOÓOÔOÕOÖOÙUÚUÛUÜUÝYàaáaâaãaäaåaçcèeéeêeëeìiíiîiïiñnòoóoôoõoöoùuúuûuüuýyÿyĀAāaĂAăaĄAąaĆCćcĈCĉcĊCċcČCčcĎDďdĒEēeĔEĕeĖEėeĘEęeĚEěeĜGĝgĞGğgĠGġgĢGģgĤHĥhĨIĩiĪIīiĬIĭiĮIįiİIĴJĵjĶKķkĹLĺlĻLļlĽLľlŃNńnŅNņnŇNňnŌOōoŎOŏoŐOőoŔRŕrŖRŗrŘRřrŚSśsŜSŝsŞSşsŠSšsŢTţtŤTťtŨUũuŪUūuŬUŭuŮUůuŰUűuŲUųuŴWŵwŶYŷyŸYŹZźzŻZżzŽZžz";

/// A name without case and with its accents only counted; `None` if it is no UTF-8.
fn folded(name: &[u8]) -> Option<(String, usize)> {
    let text = std::str::from_utf8(name).ok()?;
    let (mut plain, mut accents) = (String::new(), 0);
    for letter in text.chars().flat_map(char::to_lowercase) {
        if matches!(letter, '\u{300}'..='\u{36f}') {
            accents += 1;
            continue;
        }
        let mut table = ACCENTED.chars();
        let mut base = letter;
        while let (Some(accented), Some(letter_alone)) = (table.next(), table.next()) {
            if accented == letter {
                base = letter_alone;
                accents += 1;
                break;
            }
        }
        plain.push(base);
    }
    Some((plain, accents))
}

/// The two names differ, and only in case or in the form of their accents.
pub(super) fn differ_in_spelling(one: &[u8], other: &[u8]) -> bool {
    // Nearly every name is plain, and folders have thousands of them. A plain name has no accent to be written otherwise.
    match (one.is_ascii(), other.is_ascii()) {
        (true, true) => return one != other && one.eq_ignore_ascii_case(other),
        (false, false) => {}
        _ => return false,
    }
    // Lengths in bytes differ with the form, but never by more than this for names that are equal.
    one != other
        && one.len().abs_diff(other.len()) <= one.len().max(other.len()) / 2
        && folded(one).is_some_and(|folded_one| folded(other) == Some(folded_one))
}

#[cfg(test)]
mod tests {
    use super::differ_in_spelling;

    #[test]
    fn case_and_form_are_spelling_and_other_letters_are_not() {
        let check = |one: &str, other: &str, want| {
            assert_eq!(
                differ_in_spelling(one.as_bytes(), other.as_bytes()),
                want,
                "{one} {other}"
            );
        };
        check("libFoo.so.1", "libfoo.so.1", true);
        check("lib\u{e4}.so", "liba\u{308}.so", true);
        check("lib\u{c4}.so", "liba\u{308}.so", true);
        check("liba.so", "lib\u{e4}.so", false);
        check("libfoo.so", "libfoo.so", false);
        check("libfoo.so.1", "libfoo.so.2", false);
    }
}
