//! Makes untrusted text safe to print.

/// Text on one line: a line break or a tab becomes a space. Escapes characters that could move the cursor, change the
/// direction of a line, or hide in it: other control characters and invisible bidirectional marks.
///
/// ```
/// assert_eq!(graphql_drift::printable("Zoë 山田 🎓"), "Zoë 山田 🎓");
/// assert_eq!(graphql_drift::printable("two\r\nlines"), "two lines");
/// assert_eq!(graphql_drift::printable("a\u{1b}[2K\u{202e}b"), "a\\u{1b}[2K\\u{202e}b");
/// ```
pub fn printable(text: &str) -> String {
    let is_harmless = |c: char| !c.is_control() && !turns_text(c);
    let text = text.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    text.chars().map(|c| if is_harmless(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

fn turns_text(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn no_mark_reaches_the_terminal() {
        for mark in
            ['\u{061C}', '\u{200E}', '\u{200F}', '\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}', '\u{1b}', '\u{b}']
        {
            assert_eq!(printable(&format!("a{mark}b")), format!("a{}b", mark.escape_unicode()));
        }
    }
}
