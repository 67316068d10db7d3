//! Events to a file, each exactly once.
//!
//! What was written is known by its length, which is kept in the inbox together with what was handed over. A line that a crash
//! has left behind that length is cut off and written again.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries_store::{StoreError, make_private};

use super::{Consumer, Taken, line};
use crate::event::KeptEvent;
use crate::inbox::Inbox;

/// How many events are written at once.
const AT_ONCE: usize = 256;

/// Appends events to a file: one JSON object on each line, exactly once each, whenever the process is killed. Only the owner
/// can read the file. If it is moved away or emptied, as by a rotation of logs, it is begun anew.
#[derive(Debug)]
pub struct FileConsumer {
    path: PathBuf,
    note: String,
    inbox: Arc<Inbox>,
}

impl FileConsumer {
    /// Makes a file, or continues one that this inbox has written.
    ///
    /// # Errors
    /// If the file cannot be written, has lines of others, or is shorter than what was written to it.
    pub fn open(path: &Path, inbox: Arc<Inbox>) -> Result<Self, StoreError> {
        let name = path.display().to_string();
        let failed = |error: io::Error| StoreError::new(format!("{name} cannot be written: {error}"));
        make_private(path).map_err(failed)?;
        // The same file by another name continues where it was.
        let path = path.canonicalize().map_err(failed)?;
        let note = format!("written {}", path.display());
        let file = Self { path, note, inbox };
        file.opened().map_err(failed)?;
        Ok(file)
    }

    /// The file, cut to what was handed over, and its length.
    fn opened(&self) -> io::Result<(File, u64)> {
        make_private(&self.path)?;
        let file = OpenOptions::new().write(true).open(&self.path)?;
        let length = file.metadata()?.len();
        let known = self.inbox.note(&self.note).map_err(io::Error::other)?.and_then(|known| known.parse::<u64>().ok());
        match known {
            // The file was moved away: what is known of it must not be expected of the new one.
            _ if length == 0 => {
                if known != Some(0) {
                    self.inbox.set_note(&self.note, "0").map_err(io::Error::other)?;
                }
                Ok((file, 0))
            }
            None => {
                let reason = "it has lines that this inbox has not written; name a new file, or move this one away";
                Err(io::Error::other(reason))
            }
            Some(known) if length < known => Err(io::Error::other(format!(
                "it has {length} bytes, and {known} were written to it; move it away, and the next events go to a new file"
            ))),
            Some(known) => {
                file.set_len(known)?;
                Ok((file, known))
            }
        }
    }

    fn append(&self, lines: &[u8]) -> io::Result<u64> {
        let (mut file, length) = self.opened()?;
        file.seek(SeekFrom::Start(length))?;
        file.write_all(lines)?;
        file.sync_data()?;
        Ok(length + lines.len() as u64)
    }
}

impl Consumer for FileConsumer {
    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn take<'c>(&'c mut self, events: &'c [KeptEvent]) -> BoxFuture<'c, Taken> {
        async move {
            let lines = events.iter().flat_map(line).collect::<Vec<u8>>();
            // A batch is written within milliseconds, and others wait for the same disk.
            match self.append(&lines) {
                Ok(length) => Taken::Done { note: Some((self.note.clone(), length.to_string())) },
                Err(error) => Taken::Unavailable(format!("the file cannot be written: {error}")),
            }
        }
        .boxed()
    }
}
