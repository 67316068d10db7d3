//! An export to files: what is checked before it, and what it leaves.

use std::path::{Path, PathBuf};

use thought_industries::Client;

use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::manifest::Manifest;
use crate::run::{Progress, Run, fresh_checkpoint};
use crate::selection::Selection;
use crate::sink::{FileSink, Place, Sink, SqliteSink};
use crate::usage::Usage;
use crate::walk::Walk;

/// An export of a tenant to a file or a folder.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_export::Error> {
/// use thought_industries_export::{Export, Selection};
///
/// let selection = Selection::of("users")?.deep(true)?;
/// let export = Export::new(&client, selection, "users.ndjson");
/// let manifest = export.run(&mut |progress| println!("{} of {:?}", progress.entries, progress.total)).await?;
/// println!("{} rows, {}", manifest.report.rows, manifest.report.complete.name());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is read before it runs"]
pub struct Export<'c> {
    client: &'c Client,
    selection: Selection,
    path: PathBuf,
    format: Option<Format>,
    is_resumed: bool,
    usage: Usage,
}

impl<'c> Export<'c> {
    /// An export to a file; with several streams in another format than `SQLite`, to a folder.
    pub fn new(client: &'c Client, selection: Selection, path: impl Into<PathBuf>) -> Self {
        Self { client, selection, path: path.into(), format: None, is_resumed: false, usage: Usage::default() }
    }

    /// The format. By default, the name of the file shows it; for a folder, it is NDJSON.
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Continues an export that was interrupted. Without one, that is an error.
    pub fn resume(mut self, is_resumed: bool) -> Self {
        self.is_resumed = is_resumed;
        self
    }

    /// What the client of the export counts. By default, requests and points are not known, and 0 in the manifest.
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Reads everything and writes it. If it fails on the way or its future is dropped, what was committed is kept, and
    /// [`resume`](Self::resume) continues there: the files are then equal to those of an undisturbed run.
    ///
    /// # Errors
    /// Of the kind [`Exists`](ErrorKind::Exists) if a file is in the way, [`Checkpoint`](ErrorKind::Checkpoint) if what is
    /// to be continued is another export or none, [`Locked`](ErrorKind::Locked) if another process writes it,
    /// [`Tenant`](ErrorKind::Tenant) if a list could not be read, and [`Io`](ErrorKind::Io) if a file could not be written.
    pub async fn run(self, on_progress: &mut (dyn FnMut(&Progress) + Send)) -> Result<Manifest, Error> {
        let (place, format) = self.place()?;
        let outputs = self.selection.outputs();
        let begun = if format == Format::Sqlite { Place::part(place.path()) } else { place.checkpoint() };
        let streams: Vec<&str> = outputs.iter().map(|output| output.stream.name).collect();
        if self.is_resumed {
            Self::check_begun(&place, format, &begun)?;
        } else {
            place.check_free(&streams, &begun)?;
        }
        let lock = place.lock()?;
        let (checkpoint, seen) = if self.is_resumed {
            if format == Format::Sqlite { SqliteSink::load(&place)? } else { FileSink::load(&place)? }
        } else {
            // Between the first look and the lock, another process may have begun.
            place.check_free(&streams, &begun)?;
            (fresh_checkpoint(self.client, &self.selection)?, Vec::new())
        };
        checkpoint.check(self.client.url(), &self.selection.record())?;
        if format == Format::Sqlite {
            let mut sink = SqliteSink::new(place, lock, &checkpoint)?;
            let done = self.fill(&mut sink, checkpoint, seen, on_progress).await?;
            return sink.finish(&report(&done)?, &outputs);
        }
        let mut sink = FileSink::new(place, format, lock, &checkpoint)?;
        let done = self.fill(&mut sink, checkpoint, seen, on_progress).await?;
        let rows: Vec<u64> = done.outputs.iter().map(|output| output.rows).collect();
        sink.finish(&report(&done)?, &rows)
    }

    /// Reads everything into a sink of your own. Without a checkpoint, it begins; with one that the sink was committed with,
    /// and the hashes of all commits before, it continues. Without the hashes, rows may come twice, and nothing is proven.
    /// Returns the last checkpoint.
    ///
    /// # Errors
    /// As [`run`](Self::run), and those of the sink.
    pub async fn run_into(
        self,
        sink: &mut (dyn Sink + Send),
        kept: Option<(Checkpoint, Vec<u64>)>,
        on_progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<Checkpoint, Error> {
        let (checkpoint, seen) = match kept {
            Some(kept) => kept,
            None => (fresh_checkpoint(self.client, &self.selection)?, Vec::new()),
        };
        checkpoint.check(self.client.url(), &self.selection.record())?;
        self.fill(sink, checkpoint, seen, on_progress).await
    }

    async fn fill(
        &self,
        sink: &mut (dyn Sink + Send),
        checkpoint: Checkpoint,
        seen: Vec<u64>,
        on_progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<Checkpoint, Error> {
        // The report of an export that is done needs no ids.
        let kept = if checkpoint.report.is_some() { seen.len() as u64 } else { checkpoint.seen };
        let run = Run {
            client: self.client,
            selection: &self.selection,
            sink,
            usage: self.usage.clone(),
            on_progress,
            before: (checkpoint.usage, checkpoint.elapsed_ms),
            checkpoint,
            is_blind: seen.len() as u64 != kept,
            seen: seen.into_iter().collect(),
            place: 0,
            walk: Walk::default(),
            fresh: Vec::new(),
            requests: 0,
            begun: self.client.now(),
        };
        run.run().await
    }

    /// Where the export goes, and in which format.
    fn place(&self) -> Result<(Place, Format), Error> {
        let of_name = Format::of_path(&self.path);
        let wrong = |message: String, help| Err(Error::new(ErrorKind::Argument, message).with_help(help));
        let format = match self.format.or(of_name) {
            Some(format) => format,
            None if self.selection.is_joint() => Format::Ndjson,
            None => {
                let message = format!("{}: the name does not show the format", self.path.display());
                return wrong(message, "name the file .ndjson, .ndjson.zst, .csv or .sqlite, or give --format");
            }
        };
        let is_folder = self.selection.is_joint() && format != Format::Sqlite;
        if is_folder && of_name.is_some() {
            let message =
                format!("{}: everything is exported to a folder with a file for each stream", self.path.display());
            return wrong(message, "give a folder, or a file that ends in .sqlite");
        }
        let parent = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !parent.is_dir() {
            let message = format!("{}: the folder {} does not exist", self.path.display(), parent.display());
            return wrong(message, "make the folder first");
        }
        Ok((Place::new(&self.path, is_folder, format), format))
    }

    fn check_begun(place: &Place, format: Format, begun: &Path) -> Result<(), Error> {
        let is_renamed = format == Format::Sqlite && place.path().exists() && !place.manifest().exists();
        if begun.exists() || is_renamed {
            return Ok(());
        }
        let (message, help) = if place.manifest().exists() {
            ("the export is done; there is nothing to continue", "give another file for a new export")
        } else {
            ("no export was begun here", "leave out --resume to begin")
        };
        Err(Error::of_file(ErrorKind::Checkpoint, place.path(), message).with_help(help))
    }
}

fn report(done: &Checkpoint) -> Result<crate::manifest::Report, Error> {
    done.report.clone().ok_or_else(|| Error::new(ErrorKind::Checkpoint, "the export has no report"))
}
