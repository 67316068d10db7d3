//! The words that the glossary replaces.

/// Each with the word to use.
pub(super) const BANNED: &[(&str, &str)] = &[
    ("told", "reported"),
    ("tell", "report"),
    ("tells", "reports"),
    ("somebody", "a user"),
    ("anybody", "any user"),
    ("nobody", "no user"),
    ("everybody", "all users"),
    ("whoever", "any user"),
    ("people", "users"),
    ("sent again", "retried"),
    ("twice is as once", "idempotent"),
    ("no such thing", "not found"),
    ("takes back", "rolls back"),
    ("taken back", "rolled back"),
    ("stands in", "is in"),
    ("stands there", "is there"),
    ("something else", "another value"),
    ("for good", "permanently"),
    ("licence", "license"),
    ("licences", "licenses"),
    ("enrol", "enroll"),
    ("enrols", "enrolls"),
    ("enrolment", "enrollment"),
    ("organisation", "organization"),
    ("organisations", "organizations"),
    ("colour", "color"),
    ("colours", "colors"),
    ("behaviour", "behavior"),
];

/// The banned words of a text: each with its line and the word to use. Words of identifiers in camel case do not count.
pub(super) fn banned(text: &str) -> Vec<(usize, &'static str, &'static str)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<String> =
            line.split(|character: char| !character.is_alphanumeric()).map(str::to_lowercase).collect();
        let plain = format!(" {} ", words.join(" "));
        let of_line = BANNED.iter().filter(|(word, _)| plain.contains(&format!(" {word} ")));
        found.extend(of_line.map(|(word, instead)| (number + 1, *word, *instead)));
    }
    found
}

#[test]
fn a_banned_word_is_found_in_any_case_and_only_as_a_word() {
    let found = banned("Nobody is told\nthe toldot, `was_told()`\nit is sent, again\nit is\nsent again");
    let lines: Vec<_> = found.iter().map(|(line, word, _)| (*line, *word)).collect();
    assert_eq!(lines, [(1, "told"), (1, "nobody"), (2, "told"), (5, "sent again")]);
}
