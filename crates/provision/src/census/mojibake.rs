//! Text that was decoded with the wrong character set.

/// Whether a text looks like UTF-8 that was read as Windows-1252 (`MÃ¼ller`, `â€™`), or has characters that a decoder put
/// in place of what it could not read.
pub(super) fn is_mojibake(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let is_garbled = |start: usize| {
        let rest = characters.get(start..).unwrap_or_default();
        let [lead, rest @ ..] = rest else { return false };
        let follow = match u32::from(*lead) {
            0xC2..=0xDF => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF4 => 3,
            _ => return false,
        };
        let Some(rest) = rest.get(..follow) else { return false };
        // `CAFÉ…` and `“ROSÉ”` are what they seem: an accent before common punctuation.
        rest.iter().all(|next| is_continuation(*next))
            && (matches!(lead, 'Ã' | 'Â') || rest.iter().any(|next| !is_punctuation(*next)))
    };
    text.contains(char::REPLACEMENT_CHARACTER) || (0..characters.len()).any(is_garbled)
}

/// Whether a byte from 80 to BF is this character in Windows-1252 or ISO 8859-1.
fn is_continuation(character: char) -> bool {
    matches!(u32::from(character), 0x80..=0xBF) || "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".contains(character)
}

/// Whether the character often follows a word.
fn is_punctuation(character: char) -> bool {
    "\u{a0}«»‹›„‚…‘’“”•–—™·®©°".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrongly_decoded_text_is_found_and_accents_are_not() {
        for wrong in
            ["MÃ¼ller", "JosÃ©", "Oâ€™Brien", "\u{fffd}", "MÃ¡rquez", "ZoÃ«", "Å\u{81}ukasz", "Ð˜Ð²Ð°Ð½", "à¤®", "ðŸ˜€"]
        {
            assert!(is_mojibake(wrong), "{wrong}");
        }
        for right in [
            "Müller",
            "José",
            "O’Brien",
            "JOÃO",
            "“ROSÉ”",
            "CAFÉ…",
            "ÅSA",
            "Иван",
            "李小龍",
            "Ñandú",
            "A–É–",
            "",
            "Ê »",
        ] {
            assert!(!is_mojibake(right), "{right}");
        }
    }
}
