//! Where the bytes of a journal are kept.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek as _, Write as _};

/// Where the bytes of a journal are kept: a [file](std::fs::File), or what a test puts in the place of a disk.
///
/// Anything may be lost of bytes whose [`append`](Self::append) has not returned; nothing may be lost of others.
pub trait JournalStorage: Send + std::fmt::Debug {
    /// All bytes, from the first.
    ///
    /// # Errors
    /// If they cannot be read.
    fn reader(&mut self) -> io::Result<Box<dyn BufRead + '_>>;

    /// How many bytes there are.
    ///
    /// # Errors
    /// If that cannot be read.
    fn length(&mut self) -> io::Result<u64>;

    /// Removes all bytes after the first `length`.
    ///
    /// # Errors
    /// If they cannot be removed.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Adds bytes at the end, and returns when they would survive a power failure.
    ///
    /// # Errors
    /// If that cannot be done: any part of the bytes may have been added.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A file that was opened to read and to append.
impl JournalStorage for File {
    fn reader(&mut self) -> io::Result<Box<dyn BufRead + '_>> {
        self.rewind()?;
        Ok(Box::new(BufReader::new(self)))
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)?;
        self.sync_data()
    }
}
