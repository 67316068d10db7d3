//! `cargo xtask capabilities`: the capability matrix, derived and checked.

use std::collections::BTreeMap;

use clap::Args;
use thought_industries_build::{Matrix, Routes, Source};

use crate::outcome::{Done, Failure};
use crate::project;

const MATRIX: &str = "schema/capabilities.toml";
const TABLE: &str = "docs/capabilities.md";
const COMMAND: &str = "run `cargo xtask capabilities`";

#[derive(Args)]
pub(crate) struct Task {
    /// Only say whether the matrix is what would be derived
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(task: &Task) -> Done {
    if task.check {
        let found = findings()?;
        return if found.is_empty() {
            println!("the capability matrix is up to date");
            Ok(())
        } else {
            Err(Failure::Found(found))
        };
    }
    let (matrix, table) = derive()?;
    project::write(MATRIX, &text(&matrix)?)?;
    project::write(TABLE, &table)
}

/// In what the matrix differs from what would be derived.
pub(crate) fn findings() -> Result<Vec<String>, Failure> {
    let (derived, table) = match derive() {
        Ok(derived) => derived,
        Err(Failure::Found(problems)) => return Ok(problems),
        Err(other) => return Err(other),
    };
    let stored = project::read(MATRIX)?;
    let known = match Matrix::parse(&stored) {
        Ok(known) => known,
        Err(problems) => return Ok(problems.iter().map(ToString::to_string).collect()),
    };
    let mut found = Vec::new();
    for (dialect, operations) in derived.dialects() {
        for (name, now) in operations {
            let change = match known.entry(dialect, name) {
                None => "is not in the matrix".to_owned(),
                Some(then) if then.graphql.is_none() && now.graphql.is_some() => "has gained its GraphQL field".into(),
                Some(then) if then.graphql.is_some() && now.graphql.is_none() => {
                    format!("has lost its GraphQL field: {}", now.graphql_absent.as_deref().unwrap_or("it is gone"))
                }
                Some(then) if then != now => "has changed".to_owned(),
                Some(_) => continue,
            };
            found.push(format!("{MATRIX}: {dialect}: `{name}` {change}\n  help: {COMMAND}"));
        }
    }
    if found.is_empty() && stored.text != text(&derived)? {
        found.push(format!("{MATRIX}: has entries that nothing declares\n  help: {COMMAND}"));
    }
    if project::read(TABLE)?.text != table {
        found.push(format!("{TABLE}: is not the table of the matrix\n  help: {COMMAND}"));
    }
    Ok(found)
}

fn derive() -> Result<(Matrix, String), Failure> {
    let found = |problems: Vec<thought_industries_build::Problem>| Failure::found(&problems);
    let routes = Routes::parse(&project::read("queries/routes.toml")?).map_err(found)?;
    let schemas: Result<BTreeMap<String, Source>, Failure> =
        routes.dialects.values().map(|dialect| Ok((dialect.schema.clone(), project::read(&dialect.schema)?))).collect();
    let matrix = Matrix::derive(&routes, &schemas?, &project::documents()?, &project::costs()?).map_err(found)?;
    let table = matrix.to_markdown(&routes);
    Ok((matrix, table))
}

fn text(matrix: &Matrix) -> Result<String, Failure> {
    matrix.to_toml().map_err(Failure::CouldNotRun)
}
