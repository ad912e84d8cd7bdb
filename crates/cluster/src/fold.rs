//! One form for names that are one name to a disk: some ignore case, some the way in which an accent
//! is written.

use unicode_normalization::UnicodeNormalization;

/// The canonical form without case (a simple form of Unicode's D146: decompose, fold, compose).
pub(crate) fn fold(text: &str) -> String {
    text.nfd().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_to_a_disk_is_one_form() {
        for (one, other) in [("Admin", "admin"), ("\u{e9}", "e\u{301}"), ("\u{c9}", "e\u{301}")] {
            assert_eq!(fold(one), fold(other));
        }
        assert_ne!(fold("admin"), fold("adm1n"));
    }
}
