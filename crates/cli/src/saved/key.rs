//! Where the key of a saved tenant is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thought_industries_provision::read_small;

use super::{Name, keyring};
use crate::failure::Failure;

/// The variable that holds the key unless another source is named.
pub(crate) const VARIABLE: &str = "TI_API_KEY";

/// The most bytes of a file with a key.
const LARGEST: u64 = 1 << 16;

/// Where the key of a tenant is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum KeySource {
    /// In an environment variable.
    Variable(String),
    /// In a file.
    File(PathBuf),
    /// In the key store of the operating system.
    Keyring,
}

impl Default for KeySource {
    fn default() -> Self {
        Self::Variable(VARIABLE.to_owned())
    }
}

impl KeySource {
    /// Reads the key of a tenant.
    pub(crate) fn read(&self, tenant: &Name) -> Result<String, Failure> {
        match self {
            Self::Variable(name) => variable(name).ok_or_else(|| {
                let reason = format!("the variable {name}, which holds the key of `{tenant}`, is not set");
                Failure::new(reason, "set it, or name another place with `ti connect NAME --key-from SOURCE`")
            }),
            Self::File(path) => read_file(path),
            Self::Keyring => keyring::read(tenant),
        }
    }

    /// The same place, whatever the current folder.
    pub(crate) fn absolute(self) -> Self {
        match self {
            Self::File(path) => Self::File(std::path::absolute(&path).unwrap_or(path)),
            other => other,
        }
    }
}

/// The value of an environment variable, if it is not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        let reason = format!("cannot read the key from {}: {error}", path.display());
        Failure::new(
            reason,
            "write the key to that file, or name another place with `ti connect NAME --key-from SOURCE`",
        )
    };
    let bytes = read_small(path, LARGEST).map_err(|error| cannot(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8"))?;
    if is_open_to_others(path) {
        eprintln!("warning: other users of this machine can read {}: use `chmod 600`", path.display());
    }
    let key = text.trim();
    if key.is_empty() {
        return Err(Failure::new(format!("{} holds no key", path.display()), "write the key to that file"));
    }
    Ok(key.to_owned())
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

impl FromStr for KeySource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if is_variable(name) => Ok(Self::Variable(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            None if text == "keyring" => Ok(Self::Keyring),
            // The text is not repeated: it may be the key itself.
            _ => {
                Err("the source of a key is `env:VARIABLE`, `file:PATH` or `keyring`, never the key itself".to_owned())
            }
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Keyring => f.write_str("keyring"),
        }
    }
}

impl TryFrom<String> for KeySource {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<KeySource> for String {
    fn from(source: KeySource) -> Self {
        source.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_written_as_it_is_read() {
        for text in ["env:TI_API_KEY", "file:/run/secrets/ti:key", "keyring"] {
            assert_eq!(text.parse::<KeySource>().expect("a source").to_string(), text);
        }
        for wrong in ["", "env:", "env:planted-key", "file:", "planted-key", "keyring:x", "ENV:A"] {
            let message = wrong.parse::<KeySource>().expect_err(wrong);
            assert!(message.contains("env:VARIABLE") && !message.contains("planted"), "{message}");
        }
    }
}
