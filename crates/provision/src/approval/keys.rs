//! The files of keys: the secret key of an approver, and the public keys of all approvers.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::files::{others_may, private};

/// The largest file of keys that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// How a public key begins in a file.
const PUBLIC: &str = "ed25519-public:";

/// How a secret key begins in a file, so that it is not taken for a public one.
const SECRET: &str = "ed25519-secret:";

const HEADING: &str = "# A secret key that approves plans (`ti approve`). Only its owner may read this file.\n";

/// The secret key of an approver.
///
/// ```
/// use thought_industries_provision::ApprovalKey;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("ada.key");
/// let key = ApprovalKey::generate("Ada Byron")?;
/// key.write_new(&path)?;
/// assert_eq!(ApprovalKey::read(&path)?.public(), key.public());
/// // A line for the file of approvers:
/// assert!(key.line().starts_with(r#""Ada Byron" = "ed25519-public:"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ApprovalKey {
    name: String,
    key: SigningKey,
}

/// The secret key is left out.
impl fmt::Debug for ApprovalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApprovalKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ApprovalKey {
    /// A new key, of the random numbers of the operating system.
    ///
    /// # Errors
    /// If the name is empty, has control characters or is longer than 200 bytes, or there are no random numbers.
    pub fn generate(name: &str) -> Result<Self, Error> {
        if !is_name(name) {
            let error =
                Error::new(ErrorKind::Approval, "the name of an approver is empty, too long, or not plain text");
            return Err(error.with_help("no key was made; give a name such as --name \"Ada Byron\""));
        }
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut_slice()).map_err(|error| {
            Error::new(ErrorKind::Approval, format!("no key was made: the system has no random numbers: {error}"))
        })?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// Writes the key to a new file, which only its owner can read. A file that exists is never replaced: its key may be
    /// the only one that approves.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    pub fn write_new(&self, path: &Path) -> Result<(), Error> {
        let cannot = |error: std::io::Error| {
            let error = Error::of_file(ErrorKind::Approval, path, format!("the key cannot be written: {error}"));
            error.with_help("no key was made; give the name of a new file in a folder that exists")
        };
        let seed = Zeroizing::new(self.key.to_bytes());
        let secret = Zeroizing::new(hex(seed.as_slice()));
        let name = toml::Value::from(self.name.as_str());
        let text = format!("{HEADING}name = {name}\nsecret = \"{SECRET}{}\"\n", secret.as_str());
        let text = Zeroizing::new(text);
        let mut file = private(OpenOptions::new().create_new(true).write(true)).open(path).map_err(cannot)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(cannot)
    }

    /// Reads the key from its file.
    ///
    /// # Errors
    /// If the file cannot be read, is no key, or other users of this machine can read it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct KeyFile {
            name: String,
            secret: String,
        }
        let wrong = |reason: &str| {
            let help = "nothing was signed; `ti approve --new-key FILE` makes a key";
            Error::of_file(ErrorKind::Approval, path, reason).with_help(help)
        };
        let text = read_text(path, 0o077, "other users can read this secret key").map_err(|error| match error {
            Unreadable::Mode(reason) => {
                let help = "nothing was signed; use `chmod 600`, and make a new key if others may have copied this one";
                Error::of_file(ErrorKind::Approval, path, reason).with_help(help)
            }
            Unreadable::Other(reason) => wrong(&reason),
        })?;
        // The message of a parser may hold what is in the file.
        let file: KeyFile = toml::from_str(&text).map_err(|_| wrong("this is not the file of a secret key"))?;
        let secret = Zeroizing::new(file.secret);
        let seed = secret.strip_prefix(SECRET).and_then(unhex::<32>).map(Zeroizing::new);
        let seed = seed.ok_or_else(|| wrong("`secret` is not a secret key"))?;
        if !is_name(&file.name) {
            return Err(wrong("`name` is empty, too long, or not plain text"));
        }
        Ok(Self { name: file.name, key: SigningKey::from_bytes(&seed) })
    }

    /// The name of the approver.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key, as the file of approvers has it.
    pub fn public(&self) -> String {
        format!("{PUBLIC}{}", hex(self.key.verifying_key().as_bytes()))
    }

    /// The line of the file of approvers.
    pub fn line(&self) -> String {
        format!("{} = \"{}\"", toml::Value::from(self.name.as_str()), self.public())
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.key
    }
}

/// The approvers of a tenant, by name, and how many of them have to approve a plan.
///
/// ```toml
/// required = 1
///
/// [approvers]
/// "Ada Byron" = "ed25519-public:…"
/// "Grace Hopper" = "ed25519-public:…"
/// ```
#[derive(Debug, Clone)]
pub struct Approvers {
    required: usize,
    keys: BTreeMap<String, VerifyingKey>,
}

impl Approvers {
    /// Reads the public keys of approvers.
    ///
    /// # Errors
    /// If the file cannot be read, is malformed, has a key twice, or other users can write it.
    pub fn read(path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ApproversFile {
            #[serde(default = "one")]
            required: usize,
            approvers: BTreeMap<String, String>,
        }
        fn one() -> usize {
            1
        }
        let wrong = |reason: String| {
            let help = "nothing was written to the tenant; see docs/approval.md for the file of approvers";
            Error::of_file(ErrorKind::Approval, path, reason).with_help(help)
        };
        let text = read_text(path, 0o022, "other users can write this file, and so add approvers").map_err(
            |error| match error {
                Unreadable::Mode(reason) => {
                    let help = "nothing was written to the tenant; check the keys, and use `chmod go-w`";
                    Error::of_file(ErrorKind::Approval, path, reason).with_help(help)
                }
                Unreadable::Other(reason) => wrong(reason),
            },
        )?;
        if text.contains(SECRET) {
            let reason = "this file has a secret key, which only its owner may have: it needs public keys";
            return Err(wrong(reason.to_owned()));
        }
        let file: ApproversFile = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            wrong(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
        })?;
        let mut keys = BTreeMap::new();
        for (name, key) in &file.approvers {
            let bytes = key.strip_prefix(PUBLIC).and_then(unhex::<32>);
            let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).filter(|key| !key.is_weak());
            let key = key.ok_or_else(|| wrong(format!("the key of {name} is not a public key")))?;
            if let Some((other, _)) = keys.iter().find(|(_, known)| **known == key) {
                return Err(wrong(format!("{other} and {name} have the same key, and would count twice")));
            }
            keys.insert(name.clone(), key);
        }
        if !(1..=keys.len()).contains(&file.required) {
            return Err(wrong(format!("{} approvals are required of {} approvers", file.required, keys.len())));
        }
        Ok(Self { required: file.required, keys })
    }

    /// How many approvers have to approve a plan.
    pub fn required(&self) -> usize {
        self.required
    }

    /// The approver with a public key, in hexadecimal digits.
    pub(super) fn find(&self, public_key: &str) -> Option<(&str, &VerifyingKey)> {
        let bytes = unhex::<32>(public_key)?;
        self.keys.iter().find(|(_, key)| *key.as_bytes() == bytes).map(|(name, key)| (name.as_str(), key))
    }
}

/// Why a file of keys is not read.
enum Unreadable {
    /// Others may do what they must not.
    Mode(String),
    Other(String),
}

/// The text of a file, unless others may do what `forbidden` says. The file is judged as it is open: its name may lead to
/// another one a moment later.
fn read_text(path: &Path, forbidden: u32, reason: &str) -> Result<Zeroizing<String>, Unreadable> {
    let other = |error: std::io::Error| Unreadable::Other(format!("cannot be read: {error}"));
    let file = File::open(path).map_err(other)?;
    if let Some(mode) = others_may(&file, forbidden).map_err(other)? {
        return Err(Unreadable::Mode(format!("{reason} (mode {mode:04o})")));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(other)?;
    if text.len() as u64 > LARGEST {
        return Err(Unreadable::Other(format!("the file is larger than {LARGEST} bytes")));
    }
    Ok(text)
}

/// Whether a text can be the name of an approver: messages and files repeat it.
fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 200 && !name.chars().any(char::is_control)
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// Exactly so many bytes, of hexadecimal digits.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let bytes: Option<Vec<u8>> = digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high << 4 | low).ok(),
            _ => None,
        })
        .collect();
    bytes?.try_into().ok()
}
