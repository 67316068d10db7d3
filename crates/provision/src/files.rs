//! Files that matter: written as a whole or not at all, and readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufWriter, Read, Write as _};
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
    // An error of the disk is named by its file; any other is about what is written.
    write(&mut out).map_err(|error| match error.as_io_error() {
        Some(io) => cannot(io::Error::new(io.kind(), io.to_string())),
        None => error,
    })?;
    out.flush().map_err(cannot)?;
    drop(out);
    // Without this, a power failure could leave the new name with incomplete content.
    file.as_file().sync_all().map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// The longest line of a file that is read line by line, and item of one that is an array, in bytes: far more than any user has.
pub(crate) const LONGEST_LINE: u64 = 16 << 20;

/// Reads a line with its end, as `read_until` does. A line that never ends, as a device has it, is an error.
pub(crate) fn read_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let length = source.take(LONGEST_LINE + 1).read_until(b'\n', line)?;
    if length as u64 > LONGEST_LINE { Err(too_long(None)) } else { Ok(length) }
}

fn too_long(line: Option<u64>) -> io::Error {
    let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let limit = LONGEST_LINE >> 20;
    io::Error::new(io::ErrorKind::InvalidData, format!("{line}the line is longer than {limit} MiB"))
}

/// A reader that refuses a line that is too long.
#[derive(Debug)]
pub(crate) struct ShortLines<R> {
    inner: R,
    line: u64,
    length: u64,
}

impl<R> ShortLines<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, line: 1, length: 0 }
    }
}

impl<R: Read> Read for ShortLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        for byte in buffer.get(..length).unwrap_or_default() {
            self.length = if matches!(byte, b'\n' | b'\r') { 0 } else { self.length + 1 };
            self.line += u64::from(*byte == b'\n');
        }
        if self.length > LONGEST_LINE { Err(too_long(Some(self.line))) } else { Ok(length) }
    }
}

/// Reads a small file as a whole, and refuses a larger one.
///
/// # Errors
/// If the file cannot be read, or has more than `most` bytes.
pub fn read_small(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("the file is larger than {most} bytes")));
    }
    Ok(bytes)
}

/// Makes a file that others can read, as an older version or a copy leaves it, its owner's again. A mode that cannot be
/// changed is left as it is: the file may belong to another user.
#[cfg(unix)]
pub(crate) fn make_private(file: &File) {
    use std::os::unix::fs::PermissionsExt as _;

    let Ok(metadata) = file.metadata() else { return };
    let mut permissions = metadata.permissions();
    if metadata.is_file() && permissions.mode() & 0o077 != 0 {
        permissions.set_mode(permissions.mode() & 0o700);
        _ = file.set_permissions(permissions);
    }
}

/// Elsewhere, files have no such mode.
#[cfg(not(unix))]
pub(crate) fn make_private(_: &File) {}

/// The mode of a file that others may use in a way that is forbidden, by the bits of a mode. `None` if they may not.
#[cfg(unix)]
pub(crate) fn others_may(file: &File, forbidden: u32) -> io::Result<Option<u32>> {
    let mode = std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o777;
    Ok((mode & forbidden != 0).then_some(mode))
}

/// Elsewhere, files have no such mode.
#[cfg(not(unix))]
pub(crate) fn others_may(_: &File, _: u32) -> io::Result<Option<u32>> {
    Ok(None)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_end_is_named_and_others_are_read() {
        let text = b"a,b\r\nc,d\n";
        let mut read = Vec::new();
        ShortLines::new(text.as_slice()).read_to_end(&mut read).expect("read");
        assert_eq!(read, text);
        let endless = text.as_slice().chain(io::repeat(0));
        let error = io::copy(&mut ShortLines::new(endless), &mut io::sink()).expect_err("endless");
        assert_eq!(error.to_string(), "line 3: the line is longer than 16 MiB");
        let many = io::repeat(b'\n').take(LONGEST_LINE + 2);
        assert!(io::copy(&mut ShortLines::new(many), &mut io::sink()).is_ok());
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "four").expect("written");
        assert_eq!(read_small(file.path(), 4).expect("small"), b"four");
        assert_eq!(read_small(file.path(), 3).expect_err("large").to_string(), "the file is larger than 3 bytes");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_is_named() {
        let audit = crate::FileAudit::open(Path::new("/dev/full")).expect("opened");
        let record = crate::AuditRecord::new("ada", "users.update", "id", &[], "done");
        let error = crate::AuditSink::record(&audit, &record).expect_err("full").to_string();
        assert!(error.contains("/dev/full") && error.contains("No space left"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_journal_that_others_can_read_is_its_owners_again() {
        use std::os::unix::fs::PermissionsExt as _;

        let file = tempfile::NamedTempFile::new().expect("a file");
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o664)).expect("set");
        make_private(file.as_file());
        assert_eq!(file.as_file().metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    }
}
