//! Schemas and operations from files, and schemas from revisions of the repository.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use graphql_drift::validate::Source;
use graphql_drift::{LoadError, Operations, Version, decode, printable};

use crate::arguments::{Place, ReadArguments};
use crate::failure::Failure;
use crate::saved::remove_keys;

/// The bytes of a schema, up to one more than the limit.
pub(super) fn read(place: &Place) -> Result<Vec<u8>, Failure> {
    match place {
        Place::Stdin => read_stdin(),
        Place::File(path) => read_file(path),
        Place::Revision { revision, path } => read_revision(revision, path),
    }
}

/// The schema at a place.
pub(super) fn version(place: &Place, reading: &ReadArguments) -> Result<Version, Failure> {
    version_of(place, &read(place)?, reading)
}

/// Parses a schema that was read from a place.
pub(super) fn version_of(place: &Place, bytes: &[u8], reading: &ReadArguments) -> Result<Version, Failure> {
    parse(place, bytes, reading).map_err(|error| {
        let help = match error {
            LoadError::Duplicate(_) => "remove one of the definitions, or leave out --strict",
            _ => "a schema is SDL or the JSON of an introspection result",
        };
        Failure::new(format!("{}: {error}", place.name()), help)
    })
}

/// Parses a schema. Names that it defines twice are warnings, unless reading is strict.
pub(super) fn parse(place: &Place, bytes: &[u8], reading: &ReadArguments) -> Result<Version, LoadError> {
    let version = Version::read(place.name(), bytes)?;
    if reading.strict {
        return version.strict();
    }
    for warning in version.warnings() {
        warn(&format!("{}: {warning}", place.name()));
    }
    Ok(version)
}

/// Prints a warning.
pub(super) fn warn(message: &str) {
    eprintln!("warning: {}", printable(message));
}

/// One byte more than the size limit, so that a larger schema is detected.
const MOST: u64 = Version::LARGEST as u64 + 1;

fn read_stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MOST).read_to_end(&mut bytes);
    read.map_err(|error| {
        Failure::new(format!("cannot read standard input: {error}"), "pipe a schema into the command")
    })?;
    if bytes.is_empty() {
        let help = "pipe a schema into the command; only one schema can be `-`";
        return Err(Failure::new("standard input is empty", help));
    }
    Ok(bytes)
}

fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: std::io::Error| Failure::CouldNotRun {
        reason: format!("cannot read {}: {error}", path.display()),
        help: None,
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes)).map_err(cannot)?;
    Ok(bytes)
}

/// Reads a file from git. git would parse a revision that starts with `-` as an option.
fn read_revision(revision: &str, path: &str) -> Result<Vec<u8>, Failure> {
    let name = format!("git:{revision}:{path}");
    let cannot = |reason: String| Failure::CouldNotRun {
        reason: format!("cannot read {name}: {reason}"),
        help: Some("use git:REV:PATH, with the path from the repository root, or ./PATH from the current folder"),
    };
    if revision.starts_with('-') || revision.is_empty() {
        return Err(cannot(format!("`{revision}` is not a revision")));
    }
    let not_run = |error: std::io::Error| cannot(format!("git did not run: {error}"));
    let mut git = Command::new("git");
    // A repository may name programs that git runs, and none of them needs a key.
    let mut git = remove_keys(&mut git)
        .args(["show", "--end-of-options", &format!("{revision}:{path}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(not_run)?;
    let mut bytes = Vec::new();
    if let Some(out) = git.stdout.take() {
        out.take(MOST).read_to_end(&mut bytes).map_err(not_run)?;
    }
    let shown = git.wait_with_output().map_err(not_run)?;
    // git fails if a large file is cut off; the size check of the caller gives the better error.
    if shown.status.success() || bytes.len() > Version::LARGEST {
        return Ok(bytes);
    }
    let words = String::from_utf8_lossy(&shown.stderr);
    Err(cannot(words.trim().trim_start_matches("fatal: ").to_owned()))
}

/// The documents in files and folders, in the order of their paths.
pub(super) fn documents(places: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut files = Vec::new();
    for place in places {
        collect(place, &mut files, true)?;
    }
    files.sort();
    // A file may be named by itself and by its folder.
    files.dedup();
    if files.is_empty() && !places.is_empty() {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        return Err(Failure::CouldNotRun {
            reason: format!("no operations in {}", places.join(", ")),
            help: Some("operations are read from files that end in .graphql or .gql"),
        });
    }
    files.iter().map(|file| document(file)).collect()
}

/// The operations in files and folders; `None` if no place is named.
pub(super) fn operations(places: &[PathBuf]) -> Result<Option<Operations>, Failure> {
    if places.is_empty() {
        return Ok(None);
    }
    documents(places).map(|documents| Some(Operations::parse(&documents)))
}

fn document(file: &Path) -> Result<Source, Failure> {
    let path = file.display().to_string();
    let bytes = read_file(file)?;
    match decode(&bytes) {
        Ok(text) => Ok(Source { path, text: text.into_owned() }),
        Err(error) => Err(Failure::new(format!("{path}: {error}"), "save the file as UTF-8")),
    }
}

/// Adds the documents below a folder. A file that is named explicitly is added whatever its extension.
fn collect(place: &Path, files: &mut Vec<PathBuf>, named: bool) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::CouldNotRun {
        reason: format!("cannot read {}: {error}", place.display()),
        help: None,
    };
    // A link below a folder may lead back to it, so that only a named one is followed.
    let kind = if named { std::fs::metadata(place) } else { std::fs::symlink_metadata(place) }.map_err(cannot)?;
    if kind.is_dir() {
        for entry in std::fs::read_dir(place).map_err(cannot)? {
            collect(&entry.map_err(cannot)?.path(), files, false)?;
        }
    } else if named || place.extension().is_some_and(|extension| extension == "graphql" || extension == "gql") {
        files.push(place.to_path_buf());
    }
    Ok(())
}
