//! The project's folders and files.

use std::path::{Path, PathBuf};

use graphql_drift::pin::write_atomically;
use thought_industries_codegen::{Costs, Source};

use crate::outcome::Failure;

/// The pinned schema of the documented dialect, which code is generated from.
pub(crate) const PINNED: &str = "schema/schema.graphql";
/// The schema of the tenant that the project is built for, if one was pulled. It decides what is available.
pub(crate) const TENANT: &str = "schema/tenant.graphql";

/// The root folder: the parent of xtask's own.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Reads a file of the project.
pub(crate) fn read(path: &str) -> Result<Source, Failure> {
    Source::read(&root(), path).map_err(|problem| Failure::CouldNotRun(problem.to_string()))
}

/// Reads the manifest of a package.
pub(crate) fn manifest(folder: &str) -> Result<toml::Table, Failure> {
    let path = format!("{folder}/Cargo.toml");
    read(&path)?.text.parse().map_err(|error| Failure::CouldNotRun(format!("{path}: {error}")))
}

/// Writes a file of the project, and reports whether it changed.
pub(crate) fn write(path: &str, text: &str) -> Result<(), Failure> {
    let file = root().join(path);
    let before = std::fs::read_to_string(&file).ok();
    if before.as_deref() == Some(text) {
        println!("{path} is up to date");
        return Ok(());
    }
    write_atomically(&file, text.as_bytes())
        .map_err(|error| Failure::CouldNotRun(format!("cannot write {path}: {error}")))?;
    println!("wrote {path}");
    Ok(())
}

/// All query documents.
pub(crate) fn documents() -> Result<Vec<Source>, Failure> {
    Source::read_folder(&root(), "queries", "graphql").map_err(|problem| Failure::CouldNotRun(problem.to_string()))
}

/// The costs of fields.
pub(crate) fn costs() -> Result<Costs, Failure> {
    Costs::parse(&read("schema/costs.toml")?).map_err(|problem| Failure::CouldNotRun(problem.to_string()))
}
