//! What a route could not give, reported on standard error.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use graphql_drift::printable;
use thought_industries::Response;
use thought_industries::model::User;

use crate::output::Format;

/// Reports what a route could not give. With a table, nested fields are only counted for each object.
pub(super) fn report<T>(format: Format, response: &Response<T>) {
    let dropped: BTreeMap<&str, &str> = response.dropped().collect();
    let gaps: Vec<&str> = response.gaps().iter().map(String::as_str).filter(|gap| !dropped.contains_key(gap)).collect();
    let surface = response.surface().to_string();
    if !gaps.is_empty() {
        eprint!("{}", note(&surface, &gaps, format == Format::Table));
    }
    if !dropped.is_empty() {
        eprint!("{}", note_on_types(&surface, &dropped));
    }
}

/// Reports that further reads would fill some of the gaps of a user.
pub(super) fn report_incomplete(user: &Response<User>) {
    let is_of_client = |gap: &String| {
        ["client", "allocatedLicenses.license"]
            .iter()
            .any(|owner| gap.strip_prefix(owner).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    if user.client_id.is_some() && user.gaps().iter().any(is_of_client) {
        eprintln!("note: `--complete` fills some of these: it reads the client and its licenses");
    }
}

/// The values that were left out because of their types.
fn note_on_types(surface: &str, dropped: &BTreeMap<&str, &str>) -> String {
    let mut out = format!("note: {surface} gives these fields in another type, so they are missing:\n");
    for (path, types) in dropped {
        _ = writeln!(out, "  {}: {types}", printable(path));
    }
    out
}

/// The gaps, grouped by the object that lacks them, in lines that fit a terminal.
fn note(surface: &str, gaps: &[&str], is_brief: bool) -> String {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gap in gaps {
        let (owner, field) = gap.rsplit_once('.').unwrap_or(("", gap));
        groups.entry(owner).or_default().push(field);
    }
    let mut out = format!("note: {surface} does not give these fields, which are missing, not empty:\n");
    let mut inner = Vec::new();
    for (owner, fields) in groups {
        if owner.is_empty() {
            push_wrapped(&mut out, "  ", &fields);
        } else if is_brief {
            inner.push(format!("{owner} ({})", fields.len()));
        } else {
            push_wrapped(&mut out, &format!("  {owner}: "), &fields);
        }
    }
    if !inner.is_empty() {
        let inner: Vec<&str> = inner.iter().map(String::as_str).collect();
        push_wrapped(&mut out, "  and some of (`-o json` names them): ", &inner);
    }
    out
}

/// Adds words, separated by commas, wrapped into lines.
fn push_wrapped(out: &mut String, start: &str, words: &[&str]) {
    const WIDTH: usize = 80;
    let mut line = start.to_owned();
    for (place, word) in words.iter().enumerate() {
        let comma = if place + 1 == words.len() { "" } else { ", " };
        // A word that is wider than a line stays on it, since wrapping would only add an empty line.
        if line.chars().count() + word.len() + comma.len() > WIDTH && !line.trim().is_empty() {
            out.push_str(line.trim_end());
            out.push('\n');
            line.replace_range(.., "    ");
        }
        line.push_str(word);
        line.push_str(comma);
    }
    out.push_str(&line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_grouped_and_fit_a_terminal() {
        let mut gaps: Vec<String> = (0..30).map(|number| format!("client.field{number}")).collect();
        gaps.push("bio".to_owned());
        let gaps: Vec<&str> = gaps.iter().map(String::as_str).collect();
        let whole = note("REST v2", &gaps, false);
        assert!(whole.contains("\n  bio\n") && whole.contains("\n  client: field0, field1,"));
        assert!(whole.lines().all(|line| line.chars().count() <= 80), "{whole}");
        assert!(gaps.iter().all(|gap| whole.contains(gap.rsplit('.').next().unwrap_or_default())));
        let brief = note("REST v2", &gaps, true);
        assert!(brief.ends_with("  bio\n  and some of (`-o json` names them): client (30)\n"), "{brief}");
    }

    #[test]
    fn a_value_of_another_type_is_reported_with_both_types() {
        let dropped = BTreeMap::from([("balance", "a string instead of a number")]);
        let note = note_on_types("REST v2", &dropped);
        assert!(note.ends_with(" so they are missing:\n  balance: a string instead of a number\n"), "{note}");
    }
}
