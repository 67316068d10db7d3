//! The versions of a schema: the files of a folder, or those of one file in git.

use std::path::Path;

use graphql_drift::Version;

use crate::context::Context;
use crate::failure::Failure;
use crate::git;
use crate::place::Place;
use crate::settings::Settings;
use crate::source::{parse, read};

/// A version that cannot be read, and why.
pub(super) struct Unreadable {
    pub(super) name: String,
    pub(super) error: String,
}

type Read = Result<Version, Unreadable>;

/// The versions in a folder, or of `git:PATH`, in order.
pub(super) fn all(named: &str, settings: &Settings, context: &Context) -> Result<Vec<Read>, Failure> {
    match named.strip_prefix("git:") {
        Some(path) => of_git(path, settings, context),
        None => of_folder(Path::new(named), settings, context),
    }
}

/// The versions of a file in the history of the repository, with their dates.
pub(super) fn of_git(path: &str, settings: &Settings, context: &Context) -> Result<Vec<Read>, Failure> {
    let revisions = git::revisions(context, path)?;
    if revisions.is_empty() {
        let help = "use git:PATH, with the path from the repository root, or ./PATH from the current folder";
        return Err(Failure::new(format!("no revision of the repository has {path}"), help));
    }
    let versions = revisions.into_iter().map(|git::Revision { commit, date, path: found }| {
        let Some(found) = found else {
            let error = "the revision removes the file".to_owned();
            return Ok(Err(Unreadable { name: format!("git:{commit}:{path}"), error }));
        };
        let place = Place::Revision { revision: commit, path: found };
        let version = parse(&place, &read(&place, context)?, settings);
        Ok(version.map(|version| dated(version, date)).map_err(|error| unreadable(&place, &error)))
    });
    versions.collect()
}

fn dated(mut version: Version, date: Option<jiff::civil::Date>) -> Version {
    version.date = date;
    version
}

fn unreadable(place: &Place, error: &graphql_drift::LoadError) -> Unreadable {
    Unreadable { name: place.name(), error: error.to_string() }
}

fn of_folder(folder: &Path, settings: &Settings, context: &Context) -> Result<Vec<Read>, Failure> {
    let versions = names(folder)?.into_iter().map(|file| {
        let place = Place::File(folder.join(file));
        let version = parse(&place, &read(&place, context)?, settings);
        Ok(version.map_err(|error| unreadable(&place, &error)))
    });
    versions.collect()
}

/// The names of the schemas in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(format!("cannot read {}: {error}", folder.display()), "name a folder of schemas, or git:PATH")
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
        return Err(Failure::new(
            format!("{} has {} schemas, and a history needs at least two", folder.display(), names.len()),
            "schemas are files that end in .graphql, .graphqls, .gql or .json",
        ));
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
