//! Files of NDJSON and CSV. Rows go to `FILE.part`; a checkpoint has its length, and what is behind that is cut off when the
//! export continues.

use std::fs::File;
use std::path::PathBuf;

use serde_json::Value;

use super::place::write_json;
use super::{Finished, Lengths, Place, Reject, Sink, encode};
use crate::checkpoint::Checkpoint;
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::manifest::{Manifest, Report};
use crate::selection::Output;

/// The rows that are kept in memory, in bytes. A frame of zstd has them, or those of a commit.
const BUFFER: usize = 4 << 20;

/// The level of zstd: its default.
const LEVEL: i32 = 3;

/// Files of NDJSON or CSV, one for each output.
pub(crate) struct FileSink {
    place: Place,
    format: Format,
    parts: Vec<Part>,
    seen: Option<Lengths>,
    rejects: Vec<u8>,
    rejects_file: Option<Lengths>,
    /// The lengths of the checkpoint that is continued: those of the parts, and of the rejects.
    lengths: Vec<u64>,
    seen_before: u64,
    _lock: File,
}

struct Part {
    target: PathBuf,
    file: Lengths,
    buffer: Vec<u8>,
}

impl FileSink {
    /// A sink that continues after a checkpoint, or begins.
    ///
    /// # Errors
    /// If the checkpoint cannot be written. It is there before any file that it is about.
    pub(crate) fn new(place: Place, format: Format, lock: File, checkpoint: &Checkpoint) -> Result<Self, Error> {
        if !place.checkpoint().exists() {
            write_json(&place.checkpoint(), checkpoint)?;
        }
        Ok(Self {
            place,
            format,
            parts: Vec::new(),
            seen: None,
            rejects: Vec::new(),
            rejects_file: None,
            lengths: checkpoint.lengths.clone(),
            seen_before: checkpoint.seen,
            _lock: lock,
        })
    }

    /// The checkpoint and the hashes that are kept at a place.
    pub(crate) fn load(place: &Place) -> Result<(Checkpoint, Vec<u64>), Error> {
        let path = place.checkpoint();
        let text = std::fs::read_to_string(&path).map_err(|error| Error::of_io(&path, "read", error))?;
        let checkpoint = Checkpoint::parse(&text)?;
        if checkpoint.report.is_some() {
            return Ok((checkpoint, Vec::new()));
        }
        let path = place.beside("seen");
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(_) if checkpoint.seen == 0 => Vec::new(),
            Err(error) => return Err(Error::of_io(&path, "read", error)),
        };
        let hashes: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let wanted = usize::try_from(checkpoint.seen).unwrap_or(usize::MAX);
        let Some(kept) = hashes.get(..wanted) else {
            let message = format!("the file has {} entries, and {} were read", hashes.len(), checkpoint.seen);
            let help = "the unfinished export was changed; remove it, and begin again";
            return Err(Error::of_file(ErrorKind::Damaged, &path, message).with_help(help));
        };
        Ok((checkpoint, kept.to_vec()))
    }

    pub(crate) fn finish(self, report: &Report, rows: &[u64]) -> Result<Manifest, Error> {
        let targets = self.parts.into_iter().map(|part| part.target);
        let finished = targets.zip(rows).map(|(target, rows)| Finished { target, rows: *rows });
        self.place.finish(report, &finished.collect::<Vec<_>>())
    }

    fn flush(format: Format, part: &mut Part) -> Result<(), Error> {
        if part.buffer.is_empty() {
            return Ok(());
        }
        if format == Format::NdjsonZstd {
            part.file.write(&zstd::bulk::compress(&part.buffer, LEVEL)?)?;
        } else {
            part.file.write(&part.buffer)?;
        }
        part.buffer.clear();
        Ok(())
    }
}

impl Sink for FileSink {
    fn begin(&mut self, outputs: &[Output]) -> Result<(), Error> {
        for (place, output) in outputs.iter().enumerate() {
            let target = self.place.target(output.stream.name);
            let length = self.lengths.get(place).copied().unwrap_or(0);
            let path = Place::part(&target);
            // The parts of an export that has ended have their names already, except after an interruption.
            let path = if !path.exists() && target.exists() { target.clone() } else { path };
            let file = Lengths::open(&path, length)?;
            let mut buffer = Vec::new();
            if self.format == Format::Csv && length == 0 {
                encode::csv_heading(&output.columns, &mut buffer)?;
            }
            self.parts.push(Part { target, file, buffer });
        }
        self.seen = Some(Lengths::open(&self.place.beside("seen"), self.seen_before * 8)?);
        let rejects = self.lengths.get(outputs.len()).copied().unwrap_or(0);
        if rejects > 0 {
            self.rejects_file = Some(Lengths::open(&self.place.rejects(), rejects)?);
        }
        Ok(())
    }

    fn write(&mut self, place: usize, output: &Output, row: &[Value]) -> Result<(), Error> {
        let Some(part) = self.parts.get_mut(place) else { return Ok(()) };
        match self.format {
            Format::Csv => encode::csv(&output.columns, row, &mut part.buffer)?,
            _ => encode::ndjson(&output.columns, row, &mut part.buffer)?,
        }
        if part.buffer.len() >= BUFFER { Self::flush(self.format, part) } else { Ok(()) }
    }

    fn reject(&mut self, reject: &Reject) -> Result<(), Error> {
        serde_json::to_writer(&mut self.rejects, reject)?;
        self.rejects.push(b'\n');
        Ok(())
    }

    fn commit(&mut self, checkpoint: &mut Checkpoint, seen: &[u64]) -> Result<(), Error> {
        let mut lengths = Vec::new();
        for part in &mut self.parts {
            Self::flush(self.format, part)?;
            lengths.push(part.file.sync()?);
        }
        if let Some(file) = &mut self.seen {
            let bytes: Vec<u8> = seen.iter().flat_map(|hash| hash.to_le_bytes()).collect();
            file.write(&bytes)?;
            file.sync()?;
        }
        if self.rejects_file.is_none() && !self.rejects.is_empty() {
            self.rejects_file = Some(Lengths::open(&self.place.rejects(), 0)?);
        }
        if let Some(file) = &mut self.rejects_file {
            file.write(&self.rejects)?;
            self.rejects.clear();
            lengths.push(file.sync()?);
        }
        checkpoint.lengths = lengths;
        write_json(&self.place.checkpoint(), checkpoint)
    }
}
