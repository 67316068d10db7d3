//! A pinned schema: the SDL in a file, and next to it a lock file that records its source and its digest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::introspection::Specification;

/// The lock file: one pin for each schema file next to it, by file name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The pins by file name.
    pub pins: BTreeMap<String, Pin>,
}

/// Where a schema file came from, and its digest at that time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The host that it was pulled from.
    pub source: String,
    /// The path of the GraphQL endpoint on its host.
    pub endpoint: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The edition of the specification whose introspection the endpoint supported.
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
    /// Pins the current content of a schema file.
    pub fn new(
        source: impl Into<String>,
        endpoint: impl Into<String>,
        specification: Specification,
        sdl: &str,
    ) -> Self {
        Self { source: source.into(), endpoint: endpoint.into(), sha256: sha256(sdl.as_bytes()), specification }
    }

    /// Whether the file still matches the pin.
    pub fn matches(&self, sdl: &str) -> bool {
        self.sha256 == sha256(sdl.as_bytes())
    }
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// If it is not a valid lock file. The message names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: BTreeMap<String, PinText> = toml::from_str(text).map_err(|error| error.to_string())?;
        let pins = raw.into_iter().map(|(file, pin)| {
            let specification = pin.specification.parse()?;
            Ok((file, Pin { source: pin.source, endpoint: pin.endpoint, sha256: pin.sha256, specification }))
        });
        Ok(Self { pins: pins.collect::<Result<_, String>>()? })
    }

    /// Formats the lock file, with a header that names the command that writes it.
    pub fn print(&self, made_by: &str) -> String {
        let mut out = format!("# Written by `{made_by}`. Records the source and the digest of each schema file.\n");
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

/// Writes a file atomically: to a temporary file next to it, which is synced and then renamed.
///
/// # Errors
/// If the folder is not writable. The file is then unchanged.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A rename is atomic only within one file system, so the temporary file is in the same folder.
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The name of the temporary file means nothing to the user.
    let unnamed = |error: io::Error| io::Error::from(error.kind());
    let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder).map_err(unnamed)?;
    file.write_all(bytes)?;
    // Without this, a crash after the rename could leave an empty file.
    file.as_file().sync_all()?;
    make_readable(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// Makes a file readable for all users, since a temporary file is private.
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
        let error = Lock::parse("[\"schema.graphql\"]\nsource = 1\n").expect_err("`source` is not a string");
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
