//! Whether the files of an export are what its manifest says, and how far an export is.

use std::path::Path;

use crate::checkpoint::Checkpoint;
use crate::digest::IdDigest;
use crate::error::Error;
use crate::manifest::Manifest;
use crate::reader::Exported;
use crate::sink::{FileSink, Place, SqliteSink, record};

/// How far an export is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// It is done.
    Done(Box<Manifest>),
    /// It was begun, and can be continued.
    Begun(BegunStatus),
    /// There is no export.
    None,
}

/// An export that was begun.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct BegunStatus {
    /// The address of the tenant.
    pub tenant: String,
    /// What is exported.
    pub what: String,
    /// The rows that are committed.
    pub rows: u64,
    /// The lists that are read, with the entries that were read and the total that the tenant reports.
    pub lists: Vec<(String, u64, Option<i64>)>,
}

/// How far the export at a path is.
///
/// ```
/// use thought_industries_export::{Status, status};
///
/// assert_eq!(status("nothing/here.ndjson".as_ref())?, Status::None);
/// # Ok::<(), thought_industries_export::Error>(())
/// ```
///
/// # Errors
/// If a manifest or a checkpoint is there and cannot be read.
pub fn status(path: &Path) -> Result<Status, Error> {
    let place = Place::existing(path);
    if place.manifest().exists() {
        return Ok(Status::Done(Box::new(Exported::open(path)?.manifest().clone())));
    }
    let checkpoint = if place.checkpoint().exists() {
        FileSink::load(&place)?.0
    } else if place.is_begun() {
        SqliteSink::load(&place)?.0
    } else {
        return Ok(Status::None);
    };
    Ok(Status::Begun(begun(&checkpoint)))
}

fn begun(checkpoint: &Checkpoint) -> BegunStatus {
    let lists = checkpoint.walks.iter();
    BegunStatus {
        tenant: checkpoint.tenant.clone(),
        what: checkpoint.selection.what.clone(),
        rows: checkpoint.outputs.iter().map(|output| output.rows).sum(),
        lists: lists.map(|list| (list.source.clone(), list.walk.entries, list.walk.total_last)).collect(),
    }
}

/// Compares the files of an export with its manifest: their lengths and digests, and of each stream the rows and ids.
/// Returns what differs.
///
/// ```no_run
/// use thought_industries_export::{Exported, verify};
///
/// for problem in verify(&Exported::open("users.ndjson".as_ref())?)? {
///     println!("{problem}");
/// }
/// # Ok::<(), thought_industries_export::Error>(())
/// ```
///
/// # Errors
/// If a file cannot be read.
pub fn verify(exported: &Exported) -> Result<Vec<String>, Error> {
    let mut problems = Vec::new();
    let manifest = exported.manifest();
    let folder =
        if exported.path().is_dir() { exported.path() } else { exported.path().parent().unwrap_or(Path::new("")) };
    for file in &manifest.files {
        let found = record(&folder.join(&file.path), file.rows)?;
        if found.bytes != file.bytes {
            problems.push(format!("{}: {} bytes instead of {}", file.path, found.bytes, file.bytes));
        } else if found.sha256 != file.sha256 {
            problems.push(format!("{}: the content was changed", file.path));
        }
    }
    for stream in &manifest.report.streams {
        let Some(output) = exported.outputs().iter().find(|output| output.stream == stream.stream) else { continue };
        let (mut rows, mut ids) = (0, IdDigest::default());
        let read = exported.each_row(output, &mut |row| {
            rows += 1;
            ids.add(&row.key);
            Ok(())
        });
        match read {
            Err(error) => problems.push(error.to_string()),
            Ok(()) if rows != stream.rows => {
                problems.push(format!("{}: {rows} rows instead of {}", stream.stream, stream.rows));
            }
            Ok(()) if ids != stream.id_digest => problems.push(format!("{}: other rows than were read", stream.stream)),
            Ok(()) => {}
        }
    }
    Ok(problems)
}
