//! `fix`.

use std::path::Path;

use graphql_drift::repair::{Repair, Unmended, repair};
use graphql_drift::{Format, pin};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::{add_to_summary, print};
use crate::place::Place;
use crate::settings::Settings;
use crate::source::{required_documents, version, warn};

pub(super) fn run(
    format: Format,
    (schema, old): (&Place, Option<&Place>),
    write: bool,
    settings: &Settings,
    context: &Context,
) -> Result<(), Failure> {
    let documents = required_documents(settings)?;
    let old = old.map(|old| version(old, settings, context)).transpose()?;
    let repair = repair(old.as_ref(), &version(schema, settings, context)?, &documents);
    let text = format.repair(&repair).map_err(|error| Failure::could_not_run(&error))?;
    if write {
        write_documents(&repair)?;
    }
    // On standard output is only what a program can apply.
    if format == Format::Text {
        repair.unmended.iter().map(Unmended::message).for_each(|message| warn(&message));
    }
    if format == Format::Github
        && let Ok(markdown) = Format::Markdown.repair(&repair)
    {
        add_to_summary(&markdown)?;
    }
    print(&text)?;
    eprintln!(
        "{}{}",
        repair.headline(),
        if write || repair.documents.is_empty() { "" } else { "; --write writes them" }
    );
    let is_done = repair.unmended.is_empty() && (write || repair.documents.is_empty());
    if is_done { Ok(()) } else { Err(Failure::Found) }
}

/// Writes the documents that change, if all of them are as they were read.
fn write_documents(repair: &Repair) -> Result<(), Failure> {
    for document in &repair.documents {
        let is_same = std::fs::read(&document.path).is_ok_and(|bytes| bytes == document.before.as_bytes());
        if !is_same {
            let reason = format!(
                "{} was not written, and no other document: its bytes are not those that were read",
                document.path
            );
            return Err(Failure::new(reason, "save it as UTF-8 without a byte order mark, and try again"));
        }
    }
    for document in &repair.documents {
        pin::write_atomically(Path::new(&document.path), document.after.as_bytes()).map_err(|error| {
            let reason = format!("cannot write {}: {error}", document.path);
            Failure::new(reason, "what was written before is valid; correct the cause and try again")
        })?;
    }
    Ok(())
}
