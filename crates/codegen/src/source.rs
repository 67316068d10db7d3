//! Source texts, and positions in them.

use std::path::Path;

use crate::Problem;

/// A text and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Relative to the project, with `/`.
    pub path: String,
    /// The file it was read from.
    pub file: std::path::PathBuf,
    /// The text.
    pub text: String,
}

impl Source {
    /// Reads a file below `root`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(root: &Path, path: &str) -> Result<Self, Problem> {
        let file = root.join(path);
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Self { path: path.to_owned(), file, text }),
            Err(error) => {
                let help = if path.ends_with("capabilities.toml") {
                    "run `cargo xtask capabilities`".to_owned()
                } else if path.contains("schema") {
                    format!("save the schema of the tenant there: `ti schema pull --out {path}`")
                } else {
                    String::new()
                };
                Err(Problem::whole(path, format!("cannot be read: {error}"), help))
            }
        }
    }

    /// Reads the files below a folder that end in `.extension`, sorted by path.
    ///
    /// # Errors
    /// If the folder or one of the files cannot be read.
    pub fn read_folder(root: &Path, folder: &str, extension: &str) -> Result<Vec<Self>, Problem> {
        let entries = std::fs::read_dir(root.join(folder))
            .map_err(|error| Problem::whole(folder, format!("cannot be listed: {error}"), ""))?;
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}/{name}");
            if entry.path().is_dir() {
                found.extend(Self::read_folder(root, &path, extension)?);
            } else if name.rsplit_once('.').is_some_and(|(_, ending)| ending == extension) {
                found.push(Self::read(root, &path)?);
            }
        }
        // The order in which a folder is listed depends on the file system.
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// A problem at a byte offset of this text.
    pub(crate) fn problem(&self, offset: usize, message: impl Into<String>, help: impl Into<String>) -> Problem {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Problem {
            path: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A problem that a TOML parser reported in this text.
    pub fn toml_problem(&self, error: &toml::de::Error) -> Problem {
        self.problem(error.span().map_or(0, |span| span.start), error.message(), "")
    }
}
