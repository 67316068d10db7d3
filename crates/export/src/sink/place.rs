//! The place of an export: its files, the files beside them, and the lock that keeps other processes away.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::digest::hex;
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::manifest::{FileRecord, Manifest, Report};

/// Where an export is: one file, or a folder with a file for each stream.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    path: PathBuf,
    is_folder: bool,
    format: Format,
}

/// A file of an export that is done, with its rows.
pub(crate) struct Finished {
    pub(crate) target: PathBuf,
    pub(crate) rows: u64,
}

/// A file whose length a checkpoint has.
pub(crate) struct Lengths {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Place {
    pub(crate) fn new(path: &Path, is_folder: bool, format: Format) -> Self {
        Self { path: path.to_owned(), is_folder, format }
    }

    /// The place of an export that is there: a folder, or a file.
    pub(crate) fn existing(path: &Path) -> Self {
        let format = Format::of_path(path).unwrap_or(Format::Ndjson);
        Self { path: path.to_owned(), is_folder: path.is_dir(), format }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file of a stream.
    pub(crate) fn target(&self, stream: &str) -> PathBuf {
        if self.is_folder { self.path.join(format!("{stream}.{}", self.format.extension())) } else { self.path.clone() }
    }

    /// A file beside the export.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        if self.is_folder { self.path.join(name) } else { with_suffix(&self.path, name) }
    }

    /// The file that a target is written to until it is whole.
    pub(crate) fn part(target: &Path) -> PathBuf {
        with_suffix(target, "part")
    }

    pub(crate) fn manifest(&self) -> PathBuf {
        self.beside("manifest.json")
    }

    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.beside("checkpoint.json")
    }

    pub(crate) fn rejects(&self) -> PathBuf {
        self.beside("rejects.ndjson")
    }

    /// Whether an export was begun here.
    pub(crate) fn is_begun(&self) -> bool {
        self.checkpoint().exists() || Self::part(&self.path).exists()
    }

    /// Refuses to begin where files are: nothing is overwritten.
    pub(crate) fn check_free(&self, streams: &[&str], begun: &Path) -> Result<(), Error> {
        if begun.exists() {
            let message = "an export was begun here, and is not done";
            let help =
                "continue it with --resume, or remove it (its `.part`, `.checkpoint.json` and `.seen`) to begin again";
            return Err(Error::of_file(ErrorKind::Exists, &self.path, message).with_help(help));
        }
        let targets = streams.iter().map(|stream| self.target(stream));
        let parts = streams.iter().map(|stream| Self::part(&self.target(stream)));
        let others = [self.manifest(), self.rejects(), self.beside("seen")];
        let found = targets.chain(parts).chain(others).find(|path| path.symlink_metadata().is_ok());
        match found {
            Some(path) => {
                let help = "nothing was overwritten; give another file, or move this one away";
                Err(Error::of_file(ErrorKind::Exists, &path, "the file exists").with_help(help))
            }
            None => Ok(()),
        }
    }

    /// Makes the folder, and keeps other processes away until the file is closed.
    pub(crate) fn lock(&self) -> Result<File, Error> {
        if self.is_folder && !self.path.is_dir() {
            let made = std::fs::create_dir(&self.path);
            made.map_err(|error| Error::of_io(&self.path, "create", error))?;
        }
        let path = self.beside("lock");
        let opened = private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path);
        let file = opened.map_err(|error| Error::of_io(&path, "create", error).with_help(WRITABLE))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(Error::of_io(&path, "lock", error)),
            Err(TryLockError::WouldBlock) => {
                let help = "nothing was written; wait until it has ended, or give another file";
                Err(Error::of_file(ErrorKind::Locked, &self.path, "another process writes this export").with_help(help))
            }
        }
    }

    /// Names the parts as they are meant to be, writes the manifest, and removes what is no longer needed. Can be repeated
    /// after an interruption.
    pub(crate) fn finish(&self, report: &Report, finished: &[Finished]) -> Result<Manifest, Error> {
        let mut files = Vec::new();
        for Finished { target, rows } in finished {
            let part = Self::part(target);
            if part.exists() {
                if target.symlink_metadata().is_ok() {
                    let message = format!("the file exists now; the export is whole in {}", part.display());
                    let help = "move the file away, and end the export with --resume";
                    return Err(Error::of_file(ErrorKind::Exists, target, message).with_help(help));
                }
                std::fs::rename(&part, target).map_err(|error| Error::of_io(target, "write", error))?;
            }
            files.push(record(target, *rows)?);
        }
        let manifest = Manifest { report: report.clone(), files };
        write_json(&self.manifest(), &manifest)?;
        for leftover in [self.checkpoint(), self.beside("seen"), self.beside("lock")] {
            // What cannot be removed is in no way of anything.
            _ = std::fs::remove_file(leftover);
        }
        Ok(manifest)
    }
}

const WRITABLE: &str = "nothing was written; check that the folder exists and may be written to";

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// A file as a manifest has it.
pub(crate) fn record(target: &Path, rows: u64) -> Result<FileRecord, Error> {
    let cannot = |error| Error::of_io(target, "read", error);
    let mut file = File::open(target).map_err(cannot)?;
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let length = file.read(&mut buffer).map_err(cannot)?;
        let Some(read) = buffer.get(..length).filter(|read| !read.is_empty()) else { break };
        hasher.update(read);
        bytes += read.len() as u64;
    }
    let path = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(FileRecord { path, rows, bytes, sha256: hex(&hasher.finalize()) })
}

/// Writes a file as a whole or not at all, readable by its owner only.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    let cannot = |error| Error::of_io(path, "write", error);
    // The parent of a bare file name is empty, not the current folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder).map_err(cannot)?;
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    file.write_all(text.as_bytes()).map_err(cannot)?;
    file.as_file().sync_all().map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// Files with personal data are readable by their owner only.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

impl Lengths {
    /// Opens a file at the length that a checkpoint has; what is behind it was not committed. A file of length 0 may not
    /// exist yet.
    pub(crate) fn open(path: &Path, length: u64) -> Result<Self, Error> {
        let cannot = |error| Error::of_io(path, "write", error);
        let mut options = OpenOptions::new();
        private(options.write(true).create(length == 0).truncate(false));
        let mut file = options.open(path).map_err(cannot)?;
        let found = file.metadata().map_err(cannot)?.len();
        if found < length {
            let message = format!("the file has {found} bytes, and {length} were written");
            let help = "the unfinished export was changed; remove it, and begin again";
            return Err(Error::of_file(ErrorKind::Damaged, path, message).with_help(help));
        }
        file.set_len(length).map_err(cannot)?;
        file.seek(SeekFrom::End(0)).map_err(cannot)?;
        Ok(Self { path: path.to_owned(), file, length })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| Error::of_io(&self.path, "write", error).with_help(FULL))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The length, once everything is on the disk.
    pub(crate) fn sync(&self) -> Result<u64, Error> {
        self.file.sync_data().map_err(|error| Error::of_io(&self.path, "write", error).with_help(FULL))?;
        Ok(self.length)
    }
}

pub(crate) const FULL: &str = "what was committed is kept: make room, and continue with --resume";
