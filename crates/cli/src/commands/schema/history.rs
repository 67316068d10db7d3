//! `ti schema history`.

use std::path::{Path, PathBuf};

use graphql_drift::HistoryBuilder;

use super::report;
use super::source::{self, operations, parse, warn};
use crate::arguments::{CheckArguments, Place, ReadArguments};
use crate::failure::Failure;
use crate::output::ReportFormat;

pub(super) fn run(
    format: ReportFormat,
    folder: &Path,
    read: &ReadArguments,
    places: &[PathBuf],
    check: &CheckArguments,
) -> Result<(), Failure> {
    let operations = operations(places)?;
    let mut history = HistoryBuilder::new(check.levels.into(), operations.as_ref());
    let mut readable = 0;
    for file in versions(folder)? {
        let place = Place::File(folder.join(file));
        match parse(&place, &source::read(&place)?, read) {
            Ok(version) => {
                readable += 1;
                history.push(version);
            }
            Err(error) => {
                warn(&format!("{}: {error}; skipped", place.name()));
                history.push_unreadable(place.name(), format!("not readable: {error}"));
            }
        }
    }
    if readable < 2 {
        return Err(Failure::new(
            format!("{readable} of the schemas in {} can be read, and a history needs at least two", folder.display()),
            "a schema is SDL or the JSON of an introspection result",
        ));
    }
    report::finish_history(history.finish(), format, check)
}

/// The names of the schemas in a folder, in order.
fn versions(folder: &Path) -> Result<Vec<String>, Failure> {
    let cannot = |error: std::io::Error| Failure::CouldNotRun {
        reason: format!("cannot read {}: {error}", folder.display()),
        help: Some("name a folder of schemas"),
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let is_schema = path
            .extension()
            .is_some_and(|extension| ["graphql", "graphqls", "gql", "json"].iter().any(|known| extension == *known));
        if is_schema && path.is_file() {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    if names.len() < 2 {
        return Err(Failure::CouldNotRun {
            reason: format!("{} has {} schemas, and a history needs at least two", folder.display(), names.len()),
            help: Some("schemas are files that end in .graphql, .graphqls, .gql or .json"),
        });
    }
    // Names such as `v1` and `v01` have equal keys, and the order of a folder is not defined.
    names.sort_by_cached_key(|name| (order(stem(name)), name.clone()));
    Ok(names)
}

/// A name without its extension, which does not affect the order.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The sort key of a name: words, and numbers by value, so that `v9` comes before `v10`.
fn order(name: &str) -> Vec<(u128, String)> {
    let mut parts: Vec<(u128, String)> = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let word = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, after) = rest.split_at(word);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        parts.push((0, text.to_owned()));
        parts.push((number.parse().unwrap_or_default(), String::new()));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{order, stem};

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = |mut names: Vec<&'static str>| {
            names.sort_by_cached_key(|name| order(stem(name)));
            names
        };
        assert_eq!(
            ordered(vec!["v10.json", "v9.json", "2026-01-02.graphql", "2025-12-31.graphql", "a.json", "v9-b.json"]),
            ["2025-12-31.graphql", "2026-01-02.graphql", "a.json", "v9.json", "v9-b.json", "v10.json"]
        );
        assert_eq!(
            ordered(vec!["v1.1.graphql", "v1.graphql", "v1.0.1.graphql"]),
            ["v1.graphql", "v1.0.1.graphql", "v1.1.graphql"]
        );
    }
}
