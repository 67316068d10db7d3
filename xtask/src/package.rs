//! `cargo xtask package`: whether each crate can be published alone, in the order of publication.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use xshell::{Shell, cmd};

use crate::outcome::{Done, Failure};
use crate::project;

/// The crates in the order of publication, each with its folder: a crate comes after those that it depends on.
pub(crate) const CRATES: [(&str, &str); 13] = [
    ("thought-industries-spec", "crates/spec"),
    ("thought-industries-codegen", "crates/codegen"),
    ("thought-industries-store", "crates/store"),
    ("graphql-drift", "crates/drift"),
    ("graphql-drift-cli", "crates/drift-cli"),
    ("thought-industries-sandbox", "crates/sandbox"),
    ("thought-industries", "."),
    ("thought-industries-provision", "crates/provision"),
    ("thought-industries-export", "crates/export"),
    ("thought-industries-identity", "crates/identity"),
    ("thought-industries-scim", "crates/scim"),
    ("thought-industries-events", "crates/events"),
    ("thought-industries-cli", "crates/cli"),
];

const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
/// Folders that `build.rs` and derive macros read without naming each file.
const INPUTS: [&str; 3] = ["queries", "schema", "templates"];

pub(crate) fn run() -> Done {
    let shell = Shell::new().map_err(|error| Failure::could_not_run(&error))?;
    shell.change_dir(project::root());
    let mut problems = unlike_licenses();
    for (position, (name, folder)) in CRATES.iter().enumerate() {
        problems.extend(out_of_order(position)?);
        let list = cmd!(shell, "cargo package --list --allow-dirty --offline --quiet --package {name}").quiet();
        let list = list.read().map_err(|error| Failure::could_not_run(&error))?;
        let packaged: BTreeSet<&str> = list.lines().collect();
        // The schema of one tenant is not for everyone, and would decide what the published client can do.
        if packaged.contains("schema/tenant.graphql") {
            problems.push(format!("{name}: schema/tenant.graphql would be published; move it out of the tree first"));
        }
        let missing = needed(&shell, folder, &packaged)?.into_iter().filter(|file| !packaged.contains(file.as_str()));
        problems.extend(missing.map(|file| format!("{name}: the package has no `{file}`; see `include` in {folder}")));
    }
    if !problems.is_empty() {
        return Err(Failure::Found(problems));
    }
    // Together, so that each is resolved against the others as if they were published already.
    let crates = CRATES.iter().flat_map(|(name, _)| ["--package", *name]);
    cmd!(shell, "cargo package --no-verify --allow-dirty --offline --quiet {crates...}")
        .quiet()
        .run()
        .map_err(|error| Failure::Found(vec![error.to_string()]))?;
    println!("{} crates can be packaged", CRATES.len());
    Ok(())
}

/// License files of crates that differ from those of the project.
fn unlike_licenses() -> Vec<String> {
    let text = |folder: &str, file: &str| std::fs::read_to_string(project::root().join(folder).join(file)).ok();
    let files = CRATES.iter().flat_map(|(_, folder)| LICENSES.map(|file| (*folder, file)));
    files
        .filter(|(folder, file)| text(folder, file) != text(".", file))
        .map(|(folder, file)| format!("{folder}/{file} differs\n  help: `cp {file} {folder}/{file}`"))
        .collect()
}

/// The crates of the project that a crate depends on, but that would be published later.
fn out_of_order(position: usize) -> Result<Vec<String>, Failure> {
    let Some((own, later)) = CRATES.get(position..).and_then(<[_]>::split_first) else { return Ok(Vec::new()) };
    let manifest = project::manifest(own.1)?;
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let names: BTreeSet<&String> =
        sections.iter().filter_map(|section| manifest.get(*section)?.as_table()).flat_map(toml::Table::keys).collect();
    let wrong = later.iter().filter(|(name, _)| names.iter().any(|known| known == name));
    Ok(wrong.map(|(name, _)| format!("{}: needs {name}, which is published after it", own.0)).collect())
}

/// The files that a package has to have: the fixed ones, and those that its own files name.
fn needed(shell: &Shell, folder: &str, packaged: &BTreeSet<&str>) -> Result<BTreeSet<String>, Failure> {
    let mut needed: BTreeSet<String> =
        LICENSES.into_iter().chain(["Cargo.toml", "README.md"]).map(str::to_owned).collect();
    let base = project::root().join(folder);
    for input in INPUTS.into_iter().filter(|input| base.join(input).is_dir()) {
        let files = cmd!(shell, "git -C {folder} ls-files {input}").quiet().read();
        needed.extend(files.map_err(|error| Failure::could_not_run(&error))?.lines().map(str::to_owned));
    }
    for file in packaged {
        let Ok(text) = std::fs::read_to_string(base.join(file)) else { continue };
        let named = match Path::new(file).extension().and_then(std::ffi::OsStr::to_str) {
            Some("rs") => included(&text),
            Some("md") if *file == "README.md" => links(&text),
            _ => continue,
        };
        needed.extend(named.into_iter().map(|path| beside(file, path)));
        if *file == "build.rs" {
            // Paths in a build script are relative to the package.
            let literals = text.split('"').skip(1).step_by(2);
            needed.extend(literals.filter(|path| base.join(path).is_file()).map(str::to_owned));
        }
    }
    Ok(needed)
}

/// The paths that a Rust file includes, as they are written there.
fn included(text: &str) -> Vec<&str> {
    let macros = ["include_str!(\"", "include_bytes!(\"", "include!(\""];
    let calls = macros.into_iter().flat_map(|call| text.split(call).skip(1));
    calls.filter_map(|rest| rest.split('"').next()).collect()
}

/// The files that a Markdown text links to, without anchors; no addresses.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://")).filter_map(|target| target.split('#').next());
    files.filter(|file| !file.is_empty()).collect()
}

/// A path that is relative to a file of the package, relative to the package. One that leads out of it stays as it is
/// written, which no package has.
fn beside(file: &str, path: &str) -> String {
    let mut inside = PathBuf::from(file);
    inside.pop();
    for component in Path::new(path).components() {
        let fits = match component {
            Component::Normal(name) => {
                inside.push(name);
                true
            }
            Component::ParentDir => inside.pop(),
            _ => component == Component::CurDir,
        };
        if !fits {
            return path.to_owned();
        }
    }
    inside.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_has_the_licenses_of_the_project() {
        assert_eq!(unlike_licenses(), Vec::<String>::new());
    }

    #[test]
    fn no_crate_is_published_before_one_that_it_needs() {
        for position in 0..CRATES.len() {
            assert_eq!(out_of_order(position).expect("a manifest"), Vec::<String>::new());
        }
    }

    #[test]
    fn files_are_found_where_they_are_named() {
        let source = "const A: &str = include_str!(\"../a.txt\");\ninclude!(concat!(env!(\"OUT_DIR\"), \"/b.rs\"));";
        assert_eq!(included(source), ["../a.txt"]);
        let page = "[a](docs/a.md#b), [b](#c), [c](https://example.com/d.md), ![d](e.png)";
        assert_eq!(links(page), ["docs/a.md", "e.png"]);
    }

    #[test]
    fn a_path_is_read_from_the_file_that_names_it() {
        assert_eq!(beside("src/a/b.rs", "../../c/d.txt"), "c/d.txt");
        assert_eq!(beside("README.md", "./docs/a.md"), "docs/a.md");
        assert_eq!(beside("src/lib.rs", "../../../outside.md"), "../../../outside.md");
    }
}
