//! `cargo xtask schema check`: whether lock, schemas, queries and matrix agree; with `--live`, also whether the
//! tenant still says the same.

use std::collections::BTreeSet;

use clap::Args;
use graphql_drift::pin::Lock;
use graphql_drift::validate::{self, validate};

use super::pull::{Pulled, name_of, runtime, sandboxes};
use super::{LOCK, OBSERVED, PINNED};
use crate::outcome::{Done, Failure};
use crate::{capabilities, project};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Introspect the sandbox again and say what moved
    #[arg(long)]
    live: bool,
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let mut found = Vec::new();
    found.extend(lock_findings()?);
    found.extend(document_findings()?);
    found.extend(capabilities::findings()?);
    if arguments.live {
        for pulled in runtime()?.block_on(sandboxes())? {
            found.extend(moved(&pulled)?);
        }
    }
    if found.is_empty() {
        println!("the pinned schemas, the queries and the matrix agree");
        Ok(())
    } else {
        Err(Failure::Found(found))
    }
}

fn lock_findings() -> Result<Vec<String>, Failure> {
    let lock = Lock::parse(&project::read(LOCK)?.text)
        .map_err(|error| Failure::CouldNotRun(format!("{LOCK} is no lock: {error}")))?;
    let mut found = Vec::new();
    for file in [PINNED, OBSERVED] {
        let sdl = project::read(file)?.text;
        match lock.pins.get(name_of(file)) {
            None => found.push(format!("{LOCK}: says nothing of {file}\n  help: run `cargo xtask schema pull`")),
            Some(pin) if !pin.matches(&sdl) => found.push(format!(
                "{file}: is not what was pulled: its hash differs from the one in {LOCK}\n  help: schemas are not \
                 edited by hand; run `cargo xtask schema pull`"
            )),
            Some(_) => {}
        }
    }
    Ok(found)
}

fn document_findings() -> Result<Vec<String>, Failure> {
    let source = |source: thought_industries_build::Source| validate::Source { path: source.path, text: source.text };
    let schema = source(project::read(PINNED)?);
    let documents: Vec<validate::Source> = project::documents()?.into_iter().map(source).collect();
    Ok(validate(&schema, &documents).iter().map(ToString::to_string).collect())
}

/// What the tenant says now and did not when it was pinned, and the other way round, line by line.
fn moved(pulled: &Pulled) -> Result<Vec<String>, Failure> {
    let pinned = project::read(pulled.file)?.text;
    if pinned == pulled.sdl {
        return Ok(Vec::new());
    }
    let (then, now) = (coordinates(&pinned), coordinates(&pulled.sdl));
    let mut found: Vec<String> = Vec::new();
    found.extend(then.difference(&now).map(|line| format!("{}: gone: {line}", pulled.file)));
    found.extend(now.difference(&then).map(|line| format!("{}: new: {line}", pulled.file)));
    if found.is_empty() {
        found.push(format!("{}: descriptions moved", pulled.file));
    }
    found.push("  help: run `cargo xtask schema pull`, then `cargo xtask capabilities`".to_owned());
    Ok(found)
}

/// Each definition and member of a schema on a line, members with the type they stand in.
fn coordinates(sdl: &str) -> BTreeSet<String> {
    let mut owner = "";
    sdl.lines()
        .filter(|line| !line.trim_start().starts_with('"') && line.len() > 1)
        .map(|line| match line.strip_prefix("  ") {
            Some(member) => format!("{owner} {member}"),
            None => {
                owner = line.trim_end_matches([' ', '{']);
                owner.to_owned()
            }
        })
        .collect()
}
