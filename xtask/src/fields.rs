//! `cargo xtask fields`: the update document, written and checked.

use clap::Args;
use thought_industries_codegen::{Fields, update_document};

use crate::outcome::{Done, Failure};
use crate::project;

const DOCUMENT: &str = "queries/users/update.graphql";

#[derive(Args)]
pub(crate) struct Task {
    /// Check that the document matches `schema/fields.toml`, without writing it
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(task: &Task) -> Done {
    let text = update_document(&read()?);
    if !task.check {
        return project::write(DOCUMENT, &text);
    }
    if project::read(DOCUMENT)?.text == text {
        println!("{DOCUMENT} is up to date");
        return Ok(());
    }
    let problem = format!("{DOCUMENT}: does not match schema/fields.toml\n  help: run `cargo xtask fields`");
    Err(Failure::Found(vec![problem]))
}

/// The writable fields.
pub(crate) fn read() -> Result<Fields, Failure> {
    Fields::parse(&project::read("schema/fields.toml")?).map_err(|problems| Failure::found(&problems))
}
