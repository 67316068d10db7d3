//! A pinned schema: the SDL in a file, and beside it a lock that says where it came from and what its bytes were.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::introspection::Specification;

/// The lock file: one pin for each schema file beside it, by file name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The pins by file name.
    pub pins: BTreeMap<String, Pin>,
}

/// Where a schema file came from, and what it then was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The host that it was pulled from.
    pub source: String,
    /// The path of the GraphQL endpoint on its host.
    pub endpoint: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The edition of the specification whose introspection the endpoint offered.
    pub specification: Specification,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PinText {
    source: String,
    endpoint: String,
    sha256: String,
    specification: String,
}

impl Pin {
    /// Pins a schema file as it now is.
    pub fn new(
        source: impl Into<String>,
        endpoint: impl Into<String>,
        specification: Specification,
        sdl: &str,
    ) -> Self {
        Self { source: source.into(), endpoint: endpoint.into(), sha256: sha256(sdl.as_bytes()), specification }
    }

    /// Whether the file still is what was pinned.
    pub fn matches(&self, sdl: &str) -> bool {
        self.sha256 == sha256(sdl.as_bytes())
    }
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// If it is no lock, in words that name the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: BTreeMap<String, PinText> = toml::from_str(text).map_err(|error| error.to_string())?;
        let pins = raw.into_iter().map(|(file, pin)| {
            let specification = pin.specification.parse()?;
            Ok((file, Pin { source: pin.source, endpoint: pin.endpoint, sha256: pin.sha256, specification }))
        });
        Ok(Self { pins: pins.collect::<Result<_, String>>()? })
    }

    /// Writes the lock, under a line that says which command makes it.
    pub fn print(&self, made_by: &str) -> String {
        let mut out =
            format!("# Written by `{made_by}`; it says what the schema files are and where they came from.\n");
        for (file, pin) in &self.pins {
            // Writing to a string cannot fail.
            _ = write!(
                out,
                "\n[\"{file}\"]\nsource = \"{}\"\nendpoint = \"{}\"\nsha256 = \"{}\"\nspecification = \"{}\"\n",
                pin.source, pin.endpoint, pin.sha256, pin.specification
            );
        }
        out
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Writes a file so that it is never seen half-written: a temporary file beside it, synced, then renamed.
///
/// # Errors
/// If the folder cannot be written to; the file is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The name of the temporary file would say nothing to anybody.
    let unnamed = |error: io::Error| io::Error::from(error.kind());
    let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder).map_err(unnamed)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    make_readable(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// A temporary file is private; a schema file is as readable as any other.
#[cfg(unix)]
fn make_readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_reads_back_and_notices_a_change() {
        let pin = Pin::new("example.com", "/graphql", Specification::October2021, "type Query { a: Int }");
        let lock = Lock { pins: BTreeMap::from([("schema.graphql".to_owned(), pin)]) };
        let read = Lock::parse(&lock.print("pull")).expect("its own text");
        assert_eq!(read, lock);
        let pin = &read.pins["schema.graphql"];
        assert!(pin.matches("type Query { a: Int }"));
        assert!(!pin.matches("type Query { a: Int  }"));
    }

    #[test]
    fn a_broken_lock_says_where() {
        let error = Lock::parse("[\"schema.graphql\"]\nsource = 1\n").expect_err("endpoint is no text");
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn writing_replaces_the_whole_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("schema.graphql");
        write_atomically(&path, b"first, and longer").expect("written");
        write_atomically(&path, b"second").expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
