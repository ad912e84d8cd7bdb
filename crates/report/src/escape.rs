//! Which characters are hidden, and how a text shows them. Looks at a character's category in Unicode
//! alone, never at where the text came from.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Tells whether a character would not be seen as itself: it moves the cursor, changes the direction
/// of writing, ends a line, has no meaning yet, or looks like nothing or like a space.
pub fn is_hidden(character: char) -> bool {
    use GeneralCategory as Category;
    if matches!(character, ' '..='~') {
        return false;
    }
    match character.general_category() {
        Category::Control
        | Category::Format
        | Category::LineSeparator
        | Category::ParagraphSeparator
        | Category::PrivateUse
        | Category::SpaceSeparator
        | Category::Surrogate
        | Category::Unassigned => true,
        _ => is_blank(character),
    }
}

/// Letters, marks and symbols that are drawn as nothing: Unicode's Default_Ignorable_Code_Point
/// (DerivedCoreProperties.txt) as far as its category does not say so, and the empty Braille cell.
const fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// A text in which every hidden character stands as `\n`, `\u{1b}` and the like.
pub fn escape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hidden) else { return Cow::Borrowed(text) };
    let (seen, rest) = text.split_at(first);
    let mut escaped = seen.to_owned();
    for character in rest.chars() {
        match is_hidden(character) {
            true => escaped.extend(character.escape_default()),
            false => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_hidden() {
        let hidden = [
            '\0',
            '\t',
            '\n',
            '\r',
            '\u{7}',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180e}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{e000}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff9}',
            '\u{ffff}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{10ffff}',
        ];
        for character in hidden {
            assert!(is_hidden(character), "U+{:04X}", u32::from(character));
        }
        for character in " ~aäß€ё中한ᄀ한אا้́😀".chars() {
            assert!(!is_hidden(character), "U+{:04X}", u32::from(character));
        }
    }

    #[test]
    fn an_escaped_text_is_its_own() {
        for text in ["plain", "ä `b`", "a\u{202e}b\n\u{1b}]0;x\u{7}"] {
            let once = escape(text).into_owned();
            assert_eq!(escape(&once), once);
            assert!(!once.contains(is_hidden));
        }
        assert!(matches!(escape("as it is"), Cow::Borrowed(_)));
    }
}
