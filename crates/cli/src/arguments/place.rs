//! The location of a schema.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

/// The location of a schema.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// On standard input: `-`.
    Stdin,
    /// In a file.
    File(PathBuf),
    /// In a revision of the repository: `git:REV:PATH`.
    Revision { revision: String, path: String },
}

impl Place {
    /// Its name in reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Revision { revision, path } => format!("git:{revision}:{path}"),
        }
    }
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let revision = text.strip_prefix("git:").and_then(|rest| rest.split_once(':'));
        Ok(match revision {
            Some((revision, path)) => Self::Revision { revision: revision.to_owned(), path: path.to_owned() },
            None => Self::File(PathBuf::from(text)),
        })
    }
}
