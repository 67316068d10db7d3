//! What is known about a tenant, in short.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use graphql_drift::printable;
use thought_industries::{BodyShape, EndpointProfile, Paging, Presence, ResponseForm, TenantProfile};

use super::place;
use crate::diagnosis::Document;
use crate::output::plain_table;

/// A table of the endpoints, and what is known about the tenant as a whole.
pub(in crate::commands) fn facts(document: &Document) -> String {
    let profile = &document.profile;
    let rows: Vec<Vec<String>> = profile.endpoints.iter().map(row).collect();
    let headings = ["SURFACE", "ENDPOINT", "STATE", "KEY", "BODIES", "PAGING"];
    let mut out = format!("{}\n\n", plain_table(&headings, rows));
    for (name, values) in [
        ("dialect", vec![profile.dialect.to_string()]),
        ("role keys", keys(&profile.role_keys)),
        ("learners", keys(&profile.learner_roles)),
        ("schema", profile.schema_digest.iter().map(|digest| format!("SHA-256 {digest}")).collect()),
        ("not found", not_found(profile)),
        ("limits", limits(profile)),
    ] {
        let mut values = values.into_iter();
        _ = writeln!(out, "{name:<10} {}", values.next().unwrap_or_else(|| "unknown".to_owned()));
        values.for_each(|value| _ = writeln!(out, "{:<10} {value}", ""));
    }
    out
}

fn row(endpoint: &EndpointProfile) -> Vec<String> {
    let known = |value: Option<&'static str>| value.unwrap_or("–").to_owned();
    let is_present = endpoint.presence == Presence::Present;
    vec![
        endpoint.surface.to_string(),
        endpoint.path.clone(),
        match endpoint.presence {
            Presence::Present => "present",
            Presence::Absent => "absent",
            Presence::RefusesKey => "refuses key",
            _ => "unknown",
        }
        .to_owned(),
        known(endpoint.key_in.filter(|_| is_present).map(place)),
        known(endpoint.body.map(|body| match body {
            BodyShape::Flat => "flat",
            _ => "wrapped",
        })),
        known(endpoint.paging.map(|paging| match paging {
            Paging::Cursor => "by cursor",
            _ => "by number",
        })),
    ]
}

/// The role keys, in lines that fit a terminal.
fn keys(keys: &BTreeSet<String>) -> Vec<String> {
    let keys: Vec<String> = keys.iter().map(|key| printable(key)).collect();
    if keys.is_empty() { Vec::new() } else { wrapped(&keys.join(", "), 68) }
}

/// A text in lines of this width; a longer word has a line of its own.
pub(in crate::commands) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < width => _ = write!(line, " {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The responses for a record that does not exist: one line for each form.
fn not_found(profile: &TenantProfile) -> Vec<String> {
    let mut forms: Vec<(&ResponseForm, Vec<&str>)> = Vec::new();
    for (place, form) in profile.endpoints.iter().flat_map(|endpoint| &endpoint.not_found) {
        let kind = place.rsplit_once(' ').map_or(place.as_str(), |(_, kind)| kind);
        match forms.iter_mut().find(|(known, _)| *known == form) {
            Some((_, kinds)) => kinds.push(kind),
            None => forms.push((form, vec![kind])),
        }
    }
    let is_one = forms.len() == 1;
    let line = |(form, kinds): (&ResponseForm, Vec<&str>)| {
        let message = form.message.as_ref().map(|message| format!(": {}", printable(message))).unwrap_or_default();
        let kinds = if is_one { String::new() } else { format!(" (for {})", kinds.join(", ")) };
        format!("{} with {}{message}{kinds}", form.status, printable(&form.body))
    };
    forms.into_iter().map(line).collect()
}

fn limits(profile: &TenantProfile) -> Vec<String> {
    let line = |(surface, limit): (_, &thought_industries::LimitProfile)| match limit.window_seconds {
        Some(seconds) => format!("{surface}: {} requests in {seconds} s", limit.requests),
        None => format!("{surface}: {} requests in a window of unknown length", limit.requests),
    };
    let lines: Vec<String> = profile.limits.iter().map(line).collect();
    if lines.is_empty() { vec!["none reported".to_owned()] } else { lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a-very-long-word b", 5), ["a-very-long-word", "b"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
