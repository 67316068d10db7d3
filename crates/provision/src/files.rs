//! Files that matter: written as a whole or not at all, and readable by their owner only.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind};

/// Writes indented JSON to a file, as a whole or not at all. The file is readable by its owner only.
///
/// # Errors
/// If the file cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Error> {
    write_with(path, |out| Ok(serde_json::to_writer_pretty(out, value)?))
}

/// Writes a file as a whole or not at all: beside its place first, then into it.
///
/// # Errors
/// If the file cannot be written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_with(path, |out| Ok(out.write_all(bytes)?))
}

fn write_with(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> Result<(), Error>,
) -> Result<(), Error> {
    let cannot = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot write {}: {error}", path.display()));
    // The parent of a bare file name is empty, not the current folder.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A rename is atomic only within one file system.
    let mut file = NamedTempFile::new_in(folder).map_err(cannot)?;
    let mut out = BufWriter::new(&mut file);
    write(&mut out)?;
    out.flush().map_err(cannot)?;
    drop(out);
    // Without this, a power failure could leave the new name with incomplete content.
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

/// A SHA-256 that is written to.
#[derive(Debug, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest in hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
            text
        })
    }
}

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
