//! Names that people or careless programs would take for one that Kubernetes or kubepki keeps for
//! itself. The fold is coarse on purpose: it only ever refuses.

use std::{collections::HashMap, sync::LazyLock};

use unicode_security::skeleton;

use crate::{
    policy::{Refused, Rule},
    reserved::{NAMES as RESERVED, Realm},
    spec::{is_invisible, quote},
};

/// What nobody may look like.
const PREFIXES: [&str; 2] = ["system:", "kubepki:"];
const NAMES: [&str; 4] =
    ["system:masters", "system:nodes", "kubepki:cluster-admins", "kubeadm:cluster-admins"];

/// Refuses text that reads like a kept name and is none, or hides one inside.
pub(crate) fn check(text: &str) -> Result<(), Refused> {
    let refused =
        |of: &str| Err(Refused::new(Rule::LookAlike, format!("{} looks like `{of}`", quote(text))));
    let folded = fold(text);
    let kept = &*FOLDED;
    for (name, folded_name) in &kept.names {
        if folded.contains(folded_name) && text != *name {
            return refused(name);
        }
    }
    for (prefix, folded_prefix) in &kept.prefixes {
        let inside = match text.strip_prefix(prefix) {
            // `system:serviceaccount:kube-system:default` is a name of Kubernetes' own.
            Some(rest) => fold(rest).replace("-system:", "").contains(folded_prefix),
            None => folded.contains(folded_prefix),
        };
        if inside {
            return refused(prefix);
        }
    }
    // What separates name spaces in Kubernetes stands in plain text only; the table below cannot
    // know every letter of every script.
    if !text.is_ascii() && folded.contains(':') {
        return refused("a name with a colon");
    }
    Ok(())
}

/// The reserved name that the text reads like.
pub(super) fn reserved(text: &str) -> Option<(&'static str, Realm)> {
    FOLDED.reserved.get(&fold(text)).copied()
}

/// The kept names, each with what it folds into: every request is held against them.
struct Folded {
    prefixes: [(&'static str, String); 2],
    names: [(&'static str, String); 4],
    reserved: HashMap<String, (&'static str, Realm)>,
}

static FOLDED: LazyLock<Folded> = LazyLock::new(|| {
    let with_fold = |name: &'static str| (name, fold(name));
    let reserved = RESERVED.map(|row| (fold(row.0), row)).into_iter().collect();
    Folded { prefixes: PREFIXES.map(with_fold), names: NAMES.map(with_fold), reserved }
});

/// Folds what looks alike into one text: case, width, styles, accents, other scripts' letters,
/// digits for letters, white space and what cannot be seen.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        let c = plain(c);
        if !is_invisible(c) && !c.is_whitespace() && !c.is_control() && !is_mark(c) {
            folded.extend(c.to_lowercase().map(plain).map(shape));
        }
    }
    // `rn` reads as `m`, and `vv` as `w`.
    folded.replace("rn", "m").replace("vv", "w")
}

/// ASCII characters that are told apart only by a careful look.
const fn shape(c: char) -> char {
    match c {
        '1' | 'i' | '|' | '!' => 'l',
        '0' => 'o',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        ';' => ':',
        '_' => '-',
        other => other,
    }
}

/// Combining marks.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}'
        | '\u{5bf}'..='\u{5c2}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

/// The ASCII character that one of another script, width or style looks like, else itself.
fn plain(c: char) -> char {
    // None is in the table, where a search costs more than all the rest of a request's rules.
    if c.is_ascii() {
        return c;
    }
    let code = u32::from(c);
    let letter = |offset: u32| char::from(b'a' + (offset % 26) as u8);
    match code {
        0xff01..=0xff5e => char::from((code - 0xff01) as u8 + b'!'),
        // Mathematical alphabets: thirteen styles of A-Z a-z, one behind the other.
        0x1d400..=0x1d6a3 => letter(code - 0x1d400),
        0x24b6..=0x24cf => letter(code - 0x24b6),
        0x24d0..=0x24e9 => letter(code - 0x24d0),
        0x249c..=0x24b5 => letter(code - 0x249c),
        0x1f110..=0x1f129 => letter(code - 0x1f110),
        0x1f130..=0x1f149 => letter(code - 0x1f130),
        0x1f150..=0x1f169 => letter(code - 0x1f150),
        0x1f170..=0x1f189 => letter(code - 0x1f170),
        0x1f1e6..=0x1f1ff => letter(code - 0x1f1e6),
        _ => LETTERS.get(&c).copied().or_else(|| confusable(c)).unwrap_or(c),
    }
}

/// The ASCII character that Unicode says it is confused with (UTS 39, 4).
fn confusable(c: char) -> Option<char> {
    let mut text = [0; 4];
    let mut skeleton = skeleton(c.encode_utf8(&mut text));
    match (skeleton.next(), skeleton.next()) {
        (Some(plain), None) if plain.is_ascii() => Some(plain),
        _ => None,
    }
}

/// The table, by the letter that looks like another.
static LETTERS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let letters = TABLE.iter().flat_map(|(to, from)| from.chars().map(|letter| (letter, *to)));
    letters.collect()
});

/// Letters and signs of other scripts and with accents, by what they look like.
#[rustfmt::skip]
const TABLE: &[(char, &str)] = &[
    ('a', "аАαΑɑᴀⲁàáâãäåāăąǎȧạảấầậắặæªᵃₐ⍺ÀÁÂÃÄÅĀĂĄΆά"),
    ('b', "ЬьвВβΒʙᏏḃḅɓᵇƀ"),
    ('c', "сСϲϹᴄⲥçćĉċčƈḉᶜ¢ⅽⅭ"),
    ('d', "ԁɗďđḋḍḏᴅᵈⅾⅮժÐð"),
    ('e', "еЕεΕєЄэёЁѐϵɛᴇⲉèéêëēĕėęěẹẻẽếềệᵉₑ℮ℯÈÉÊËĒĚΈέ"),
    ('i', "іІїЇιΙίΊɩıᴉɪⲓìíîïĩīĭįịỉⅰⅠᵢⁱℹÌÍÎÏĪΐϊ"),
    ('k', "кКκΚϰᴋⲕķǩḱḳƙᵏₖ\u{212a}"),
    ('l', "ⅼⅬӏӀʟľĺļłḷḻɫǀ∣ˡₗℓון"),
    ('m', "мМΜᴍⲙṁṃɱḿⅿⅯᵐₘ₥ɯш"),
    ('n', "пПηΝռոᴎɴпͷñńņňṅṇṉŋɲₙⁿийИЙ"),
    ('o', "оОοΟօσѳᴏⲟòóôõöøōŏőơǒọỏốồộớờợºᵒₒ०໐ÒÓÔÕÖØŌΌόס"),
    ('p', "рРρΡϱᴘⲣṕṗƥᵖₚ"),
    ('r', "гГгᴦʀɾŕŗřṙṛṟяЯᵣʳɼ"),
    ('s', "ѕЅꜱʂśŝşšșṡṣſƨßⲋˢₛՏ"),
    ('t', "тТτΤᴛⲧţťțṫṭṯŧƭᵗₜ†"),
    ('u', "υնսᴜùúûüũūŭůűųưǔụủứừựᵘᵤцЦʋ"),
    ('y', "уУүҮγΥʏýÿŷȳẏỵỷỹƴʸўЎЫы"),
    (':', "：﹕︓ː˸։׃∶꞉ꓽ፡᛬⁚⸬ः܃܄᠄︰ⵗ׃"),
    ('-', "‐‑‒–—―−﹣⁃˗ー‾"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_names_themselves_and_ordinary_names_are_no_look_alikes() {
        for good in [
            "system:masters",
            "system:nodes",
            "system:node:node-0",
            "system:serviceaccount:kube-system:default",
            "kubepki:cluster-admins",
            "system:kube-scheduler",
            "jane",
            "développeurs",
            "ops team",
            "разработка",
            "system",
            "ci:build",
            "oidc:system",
            "masters",
            "ecosystem",
            "Acme GmbH & Co. KG",
        ] {
            check(good).unwrap();
        }
    }

    #[test]
    fn look_alikes_are_seen() {
        for bad in [
            "System:masters",
            "SYSTEM:MASTERS",
            "system:Masters",
            "ѕystem:masters",
            "sуstem:masters",
            "systeм:masters",
            "ｓｙｓｔｅｍ：ｍａｓｔｅｒｓ",
            "system：masters",
            "𝐬𝐲𝐬𝐭𝐞𝐦:masters",
            "system\u{200b}:masters",
            "system:\u{2060}masters",
            "system :masters",
            "system:rnasters",
            "systern:masters",
            "5ystem:ma5ters",
            "system:mast\u{435}rs",
            "syst\u{65}\u{301}m:masters",
            "sýstém:masters",
            "dev/O=system:masters",
            "dev,system:masters",
            "system:x,system:masters",
            "CN=system:masters",
            "system;masters",
            "ⓢⓨⓢⓣⓔⓜ:masters",
            "σύστημα:x",
            "kubepki:c1uster-admins",
            "kubepki:cluster_admins",
            "Kubepki:x",
            "system꞉nodes",
            "system:n0des",
            "system:node\u{455}",
            "x system:node:a",
            // Letters that only Unicode's table has: Lisu, Cherokee, Coptic.
            "ꓢystem:masters",
            "system:maꜱters",
            "systꭼm:masters",
        ] {
            assert_eq!(check(bad).map_err(|r| r.rule), Err(Rule::LookAlike), "{bad}");
        }
    }

    #[test]
    fn every_letter_is_in_the_table_once() {
        for (position, (_, letters)) in TABLE.iter().enumerate() {
            for letter in letters.chars() {
                let first = TABLE.iter().position(|(_, from)| from.contains(letter));
                assert_eq!(first, Some(position), "{letter}");
                assert!(!letter.is_ascii(), "{letter}");
            }
        }
    }
}
