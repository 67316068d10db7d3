//! `cargo xtask dependencies`: dependencies that no source uses, crates in two versions, and the licenses and sources of
//! all of them.

use std::collections::BTreeSet;
use std::path::Path;

use toml::Table;
use xshell::{Shell, cmd};

use crate::outcome::{Done, Failure};
use crate::{doubles, project};

/// The sections of a manifest, each with the files and folders of a package that may use it.
const SECTIONS: [(&str, &[&str]); 3] = [
    ("dependencies", &["src"]),
    ("dev-dependencies", &["README.md", "benches", "examples", "src", "tests"]),
    ("build-dependencies", &["build.rs"]),
];

pub(crate) fn run() -> Done {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    let mut problems = unused()?;
    problems.extend(doubled()?);
    if !problems.is_empty() {
        return Err(Failure::Found(problems));
    }
    deny(&shell)
}

/// Runs cargo-deny if it is installed. It is left out otherwise, so that a toolchain is all that a contributor needs.
fn deny(shell: &Shell) -> Done {
    let installed = cmd!(shell, "cargo deny --version").quiet().ignore_stdout().ignore_stderr().run().is_ok();
    if !installed {
        println!("skipped: licenses, bans and sources of dependencies\n  help: `cargo install --locked cargo-deny`");
        return Ok(());
    }
    cmd!(shell, "cargo deny --workspace check licenses bans sources")
        .run()
        .map_err(|error| Failure::Found(vec![error.to_string()]))
}

/// Every crate in two versions without a reason.
fn doubled() -> Result<Vec<String>, Failure> {
    let table = |path: &str| -> Result<Table, Failure> {
        project::read(path)?.text.parse().map_err(|error| Failure::CouldNotRun(format!("{path}: {error}")))
    };
    Ok(doubles::problems(&table("Cargo.lock")?, &table("deny.toml")?))
}

/// Every declared dependency whose crate occurs in no source that may use it.
fn unused() -> Result<Vec<String>, Failure> {
    let root = project::manifest(".")?;
    let mut problems = Vec::new();
    let mut declared = BTreeSet::new();
    for folder in packages()? {
        let manifest = project::manifest(&folder)?;
        let table = |section: &str| manifest.get(section).and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let regular = table("dependencies");
        for (section, places) in SECTIONS {
            let texts: Vec<String> =
                places.iter().flat_map(|place| texts(&project::root().join(&folder).join(place))).collect();
            for (name, value) in &table(section) {
                declared.insert(name.clone());
                let crate_name = name.replace('-', "_");
                // A comment may be an example, which uses dev-dependencies; it is no reason for a regular one.
                if !texts.iter().any(|text| names(text, &crate_name, section != "dependencies")) {
                    problems.push(format!("{folder}: no source uses `{name}` of [{section}]"));
                }
                if section == "dev-dependencies" && regular.get(name) == Some(value) {
                    problems.push(format!("{folder}: `{name}` of [{section}] is a regular dependency already"));
                }
            }
        }
    }
    let shared = root.get("workspace").and_then(|workspace| workspace.get("dependencies")?.as_table());
    let of_none = shared.into_iter().flat_map(Table::keys).filter(|name| !declared.contains(*name));
    problems.extend(of_none.map(|name| format!("Cargo.toml: no package uses `{name}` of [workspace.dependencies]")));
    Ok(problems)
}

/// The folders of all packages.
fn packages() -> Result<Vec<String>, Failure> {
    let mut found = vec![".".to_owned(), "xtask".to_owned()];
    for parent in ["crates", "examples"] {
        let entries =
            std::fs::read_dir(project::root().join(parent)).map_err(|error| Failure::could_not_run(&error))?;
        let folders = entries.flatten().filter(|entry| entry.path().join("Cargo.toml").is_file());
        found.extend(folders.map(|entry| format!("{parent}/{}", entry.file_name().to_string_lossy())));
    }
    found.sort();
    Ok(found)
}

/// The text of a file, or of all files below a folder, with the modules that it names by a path.
fn texts(path: &Path) -> Vec<String> {
    if let Ok(entries) = std::fs::read_dir(path) {
        return entries.flatten().flat_map(|entry| texts(&entry.path())).collect();
    }
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let elsewhere = text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \"")?.strip_suffix("\"]"));
    let elsewhere = elsewhere.filter_map(|other| std::fs::read_to_string(path.parent()?.join(other)).ok());
    elsewhere.chain([text.clone()]).collect()
}

/// Whether a crate occurs in a text as a word.
fn names(text: &str, crate_name: &str, in_comments: bool) -> bool {
    let lines = text.lines().filter(|line| in_comments || !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split(|at: char| !at.is_alphanumeric() && at != '_')).any(|word| word == crate_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dependency_is_used() {
        assert_eq!(unused().expect("manifests"), Vec::<String>::new());
    }

    #[test]
    fn every_second_version_has_its_reason() {
        assert_eq!(doubled().expect("files"), Vec::<String>::new());
    }

    #[test]
    fn a_crate_is_a_word_and_not_a_part_of_one() {
        assert!(names("use toml::Table;", "toml", false));
        assert!(!names("fn read_toml() {}", "toml", false));
        assert!(!names("/// Reads `toml`.", "toml", false));
        assert!(names("/// use toml::Table;", "toml", true));
    }
}
