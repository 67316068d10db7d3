//! `drift.toml`: the rules of a project, under the names of the flags.

use std::path::{Path, PathBuf};

use graphql_drift::{Level, Selector, Treatment};
use serde::{Deserialize, Deserializer};

use crate::arguments::{Days, FailLevel, LevelsOf, ReadArguments};
use crate::failure::Failure;

const NAME: &str = "drift.toml";

/// The rules of a project. Paths are relative to the folder of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) fail_on: Option<FailLevel>,
    #[serde(default, deserialize_with = "level")]
    pub(crate) only: Option<Level>,
    #[serde(default)]
    pub(crate) all: bool,
    #[serde(default)]
    pub(crate) strict: bool,
    #[serde(default)]
    pub(crate) ignore: Vec<Selector>,
    #[serde(default)]
    pub(crate) treat: Vec<Treatment>,
    pub(crate) grace: Option<Days>,
    pub(crate) grace_from: Option<String>,
    pub(crate) cost_limit: Option<u32>,
    pub(crate) accept: Option<PathBuf>,
    pub(crate) levels: Option<LevelsOf>,
    #[serde(default)]
    pub(crate) operations: Vec<PathBuf>,
}

fn level<'d, D: Deserializer<'d>>(reader: D) -> Result<Option<Level>, D::Error> {
    String::deserialize(reader)?.parse().map(Some).map_err(serde::de::Error::custom)
}

impl Configuration {
    /// Reads the file that is named, or the nearest one at or above the current folder.
    pub(crate) fn of(read: &ReadArguments) -> Result<Self, Failure> {
        let path = match &read.config {
            _ if read.no_config => None,
            Some(path) => Some(path.clone()),
            None => std::env::current_dir().ok().and_then(|folder| nearest(&folder)),
        };
        let Some(path) = path else { return Ok(Self::default()) };
        let shown = path.display();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::new(format!("cannot read {shown}: {error}"), "name the file of rules with --config")
        })?;
        let mut configuration: Self = toml::from_str(&text).map_err(|error| {
            let help = "its keys are the flags of `diff`, and [[ignore]] and [[treat]]; --no-config goes on without it";
            Failure::new(format!("{shown}: {}", error.to_string().trim_end()), help)
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let paths = configuration.operations.iter_mut().chain(&mut configuration.accept);
        paths.for_each(|path| *path = folder.join(&*path));
        Ok(configuration)
    }
}

/// The nearest file of rules at or above a folder, in the same repository.
fn nearest(folder: &Path) -> Option<PathBuf> {
    let current = folder;
    for folder in folder.ancestors() {
        let path = folder.join(NAME);
        if path.is_file() {
            // A name without the whole path, where that is shorter.
            return Some(path.strip_prefix(current).map(Path::to_path_buf).unwrap_or(path));
        }
        // What is above a repository was not written for it.
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_counts_up_to_the_root_of_the_repository() {
        let root = tempfile::tempdir().expect("a folder");
        let inner = root.path().join("repository/a/b");
        std::fs::create_dir_all(&inner).expect("made");
        std::fs::create_dir(root.path().join("repository/.git")).expect("made");
        std::fs::write(root.path().join(NAME), "").expect("written");
        assert_eq!(nearest(&inner), None, "that above the repository is not its own");
        std::fs::write(root.path().join("repository").join(NAME), "").expect("written");
        assert_eq!(nearest(&inner), Some(root.path().join("repository").join(NAME)));
        std::fs::write(inner.join(NAME), "").expect("written");
        assert_eq!(nearest(&inner), Some(PathBuf::from(NAME)));
    }

    #[test]
    fn paths_are_those_of_the_file_and_mistakes_name_the_line() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("rules.toml");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("written");
            let arguments = ReadArguments { config: Some(path.clone()), ..ReadArguments::default() };
            Configuration::of(&arguments)
        };
        let rules = read("accept = \"a.toml\"\noperations = [\"q\", \"/abs\"]\ngrace = \"30d\"\nonly = \"breaking\"\n");
        let rules = rules.expect("rules");
        assert_eq!(rules.accept, Some(root.path().join("a.toml")));
        assert_eq!(rules.operations, [root.path().join("q"), PathBuf::from("/abs")]);
        assert_eq!((rules.grace, rules.only), (Some(Days(30)), Some(Level::Breaking)));
        for (text, error) in [
            ("grace = 30", "line 1"),
            ("\nfial-on = \"any\"", "unknown field `fial-on`"),
            ("[[ignore]]\nkind = \"NO\"", "`NO` is no kind of change"),
            ("[[ignore]]\n", "give at least one of"),
            ("[[treat]]\nkind = \"*\"\nas = \"fine\"", "`fine` is no level"),
            ("[[treat]]\nkind = \"*\"\n", "missing field `as`"),
        ] {
            let failure = format!("{:?}", read(text).expect_err(text));
            assert!(failure.contains(error) && failure.contains("rules.toml"), "{text}: {failure}");
        }
        std::fs::remove_file(&path).expect("removed");
        let arguments = ReadArguments { config: Some(path.clone()), ..ReadArguments::default() };
        assert!(Configuration::of(&arguments).is_err(), "a named file has to be there");
    }
}
