//! Texts as another program left them: invisible characters, look-alikes, and numbers that a spreadsheet mangled.

use unicode_normalization::UnicodeNormalization as _;
use unicode_script::{Script, UnicodeScript as _};

/// A text in normal form C, without the characters at which a copy from a page or a mail leaves no trace for the eye. White
/// space around it is dropped, the non-breaking kind too.
///
/// Marks that join letters belong to names in Persian and in the languages of India, and stay between letters.
///
/// # Errors
/// If it holds a character that turns the direction of a line, which shows another text than it is.
pub(crate) fn text(raw: &str) -> Result<String, String> {
    if raw.is_ascii() {
        return Ok(raw.trim().to_owned());
    }
    let visible: String = raw.nfc().filter(|c| !is_unseen(*c)).collect();
    if let Some(turning) = visible.chars().find(|c| is_turning(*c)) {
        return Err(format!("`{}` has {}, which changes the direction of a line", shown(raw), name(turning)));
    }
    Ok(visible.trim_matches(|c: char| c.is_whitespace() || is_joiner(c)).to_owned())
}

/// An e-mail address: without `mailto:`, and in letters of one script.
pub(super) fn address(text: &str) -> Result<String, String> {
    let address = match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => text.get(7..).unwrap_or_default().trim(),
        _ => text,
    };
    if let Some(hidden) = address.chars().find(|c| is_joiner(*c)) {
        return Err(format!("`{}` has {}, which is invisible", shown(address), name(hidden)));
    }
    // An international address may be in any script, but each of its parts is in one.
    for part in address.split(['@', '.']) {
        let letters = part.chars().filter(|c| c.is_alphabetic());
        let mut scripts: Vec<(Script, char)> = Vec::new();
        for letter in letters {
            let script = group(letter.script());
            if !scripts.iter().any(|(known, _)| *known == script) {
                scripts.push((script, letter));
            }
        }
        if let [(first, one), (second, other), ..] = scripts.as_slice() {
            let (first, second) = (first.full_name(), second.full_name());
            return Err(format!(
                "`{}` mixes letters that look alike: {} is {first} and {} is {second}",
                shown(address),
                name(*one),
                name(*other)
            ));
        }
    }
    Ok(address.to_owned())
}

/// Scripts that one word of Japanese, Korean or Chinese mixes.
fn group(script: Script) -> Script {
    match script {
        Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo => Script::Han,
        other => other,
    }
}

/// Whether a text is a number that a spreadsheet has shortened, such as `1.23E+05`: the digits are lost.
pub(crate) fn is_mangled(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else { return false };
    let Some(exponent) = exponent.strip_prefix('+') else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = digits.split(['.', ',']).collect();
    is_number(exponent) && parts.len() <= 2 && parts.into_iter().all(is_number)
}

/// What programs write for "nothing", and spreadsheets for an error.
pub(crate) fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "null",
        "(null)",
        "<null>",
        "nil",
        "none",
        "undefined",
        "nan",
        "#n/a",
        "n/a",
        "#ref!",
        "#value!",
        "#name?",
        "#div/0!",
        "#null!",
        "#num!",
    ];
    let is_dash = !text.is_empty() && text.chars().all(|c| matches!(c, '-' | '–' | '—'));
    is_dash || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// A text in which every character can be seen.
pub(crate) fn shown(text: &str) -> String {
    let is_hidden = |c: char| is_unseen(c) || is_turning(c) || is_joiner(c) || c.is_control();
    text.chars().map(|c| if is_hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

fn name(c: char) -> String {
    if shown(&c.to_string()).len() > 1 && !c.is_alphabetic() {
        format!("U+{:04X}", u32::from(c))
    } else {
        format!("`{c}`")
    }
}

/// Characters that take no room and change nothing.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{180E}' | '\u{200E}' | '\u{200F}')
}

fn is_turning(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_eye_sees_is_dropped_and_what_deceives_it_is_refused() {
        assert_eq!(text("\u{FEFF} Ada\u{200B}\u{A0}"), Ok("Ada".to_owned()));
        // A letter and its accent are one character in normal form C.
        assert_eq!(text("Zoe\u{308}"), Ok("Zo\u{EB}".to_owned()));
        // The joiner within a Persian name is part of it.
        assert_eq!(text("علی\u{200C}رضا"), Ok("علی\u{200C}رضا".to_owned()));
        let error = text("ada\u{202E}moc.elpmaxe@").expect_err("turned");
        assert_eq!(error, "`ada\\u{202e}moc.elpmaxe@` has U+202E, which changes the direction of a line");
    }

    #[test]
    fn an_address_is_in_letters_of_one_script() {
        assert_eq!(address("MailTo:ada@example.com"), Ok("ada@example.com".to_owned()));
        assert_eq!(address("user@例え.テスト"), Ok("user@例え.テスト".to_owned()));
        // The first letter is Cyrillic.
        let error = address("\u{430}da@example.com").expect_err("a look-alike");
        assert_eq!(error, "`аda@example.com` mixes letters that look alike: `а` is Cyrillic and `d` is Latin");
        assert!(address("ada\u{200D}@example.com").expect_err("hidden").contains("U+200D"));
    }

    #[test]
    fn numbers_that_lost_digits_and_placeholders_are_recognized() {
        for mangled in ["1.23E+05", "4,7E+11", "1E+10"] {
            assert!(is_mangled(mangled), "{mangled}");
        }
        for own in ["E+05", "1.2.3E+05", "Room 1E+2", "1E5", "12345", ""] {
            assert!(!is_mangled(own), "{own}");
        }
        for placeholder in ["NULL", "#N/A", "-", "—", "n/a", "None"] {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for own in ["Null Island", "N", "", "Ann-Marie", "0"] {
            assert!(!is_placeholder(own), "{own}");
        }
    }
}
