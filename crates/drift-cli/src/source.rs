//! Schemas and operations from where they are.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use graphql_drift::validate::Source;
use graphql_drift::{LoadError, Operations, Version, decode, printable};

use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::Settings;
use crate::{fetch, git};

/// The schema at a place. Names that it defines twice are warnings on standard error, unless reading is strict.
///
/// # Errors
/// If it cannot be read.
pub fn version(place: &Place, settings: &Settings, context: &Context) -> Result<Version, Failure> {
    if let Place::Endpoint(url) = place {
        let introspected = fetch::schema(url, &settings.headers)?;
        return Version::introspected(place.name(), &introspected.schema).map_err(|error| not_a_schema(place, &error));
    }
    parse(place, &read(place, context)?, settings).map_err(|error| not_a_schema(place, &error))
}

/// The SDL or JSON at a place, which is not an endpoint, up to one byte more than the limit.
pub(crate) fn read(place: &Place, context: &Context) -> Result<Vec<u8>, Failure> {
    match place {
        Place::Stdin => read_stdin(),
        Place::File(path) => read_file(path),
        Place::Revision { revision, path } => git::show(context, revision, path),
        Place::Endpoint(_) => Err(Failure::new(
            "the text of an endpoint's schema is not known",
            "write its schema to a file first, and name that",
        )),
    }
}

/// The error for a text that is no schema.
pub(crate) fn not_a_schema(place: &Place, error: &LoadError) -> Failure {
    let help = match error {
        LoadError::Duplicate(_) => "remove one of the definitions, or leave out --strict",
        _ => "a schema is SDL or the JSON of an introspection result",
    };
    Failure::new(format!("{}: {error}", place.name()), help)
}

/// Parses a schema. Names that it defines twice are warnings, unless reading is strict.
pub(crate) fn parse(place: &Place, bytes: &[u8], settings: &Settings) -> Result<Version, LoadError> {
    let version = Version::read(place.name(), bytes)?;
    if settings.strict {
        return version.strict();
    }
    for warning in version.warnings() {
        warn(&format!("{}: {warning}", place.name()));
    }
    Ok(version)
}

/// Prints a warning.
pub(crate) fn warn(message: &str) {
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

/// The operations of the settings; `None` if there are none.
///
/// # Errors
/// If one cannot be read, or no document is found.
pub fn operations(settings: &Settings) -> Result<Option<Operations>, Failure> {
    if settings.operations.is_empty() {
        return Ok(None);
    }
    documents(&settings.operations).map(|documents| Some(Operations::parse(&documents)))
}

/// The documents of the settings, in the order of their paths. There has to be one.
pub(crate) fn required_documents(settings: &Settings) -> Result<Vec<Source>, Failure> {
    if settings.operations.is_empty() {
        let help = "name a folder or a file with --operations, or `operations = [\"…\"]` in drift.toml";
        return Err(Failure::new("this command needs operations", help));
    }
    documents(&settings.operations)
}

fn documents(places: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut files = Vec::new();
    for place in places {
        collect(place, &mut files, true)?;
    }
    files.sort();
    // A file may be named by itself and by its folder.
    files.dedup();
    if files.is_empty() {
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        let help = "operations are read from files that end in .graphql or .gql";
        return Err(Failure::new(format!("no operations in {}", places.join(", ")), help));
    }
    files.iter().map(|file| document(file)).collect()
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
