//! `cargo xtask capabilities`: the capability matrix, derived and checked.

mod matrix;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use thought_industries_codegen::{Dialect, OperationKind, Routes, Source};

use self::matrix::{Matrix, Schemas};
use crate::outcome::{Done, Failure};
use crate::{fields, project};

const MATRIX: &str = "schema/capabilities.toml";
const TABLE: &str = "docs/capabilities.md";
const COMMAND: &str = "run `cargo xtask capabilities`";

#[derive(Args)]
pub(crate) struct Task {
    /// Only check whether the matrix is up to date
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

/// The differences between the stored matrix and the derived one.
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
    for (dialect, operations) in derived.columns() {
        for (name, now) in operations {
            let change = match known.entry(dialect, name) {
                None => "is not in the matrix".to_owned(),
                Some(then) if then.graphql.is_none() && now.graphql.is_some() => "gained its GraphQL field".into(),
                Some(then) if then.graphql.is_some() && now.graphql.is_none() => {
                    format!("lost its GraphQL field: {}", now.graphql_absent.as_deref().unwrap_or("it was removed"))
                }
                Some(then) if then != now => "has changed".to_owned(),
                Some(_) => continue,
            };
            found.push(format!("{MATRIX}: {dialect}: `{name}` {change}\n  help: {COMMAND}"));
        }
    }
    if found.is_empty() && stored.text != text(&derived)? {
        found.push(format!("{MATRIX}: has undeclared entries\n  help: {COMMAND}"));
    }
    if project::read(TABLE)?.text != table {
        found.push(format!("{TABLE}: does not match the matrix\n  help: {COMMAND}"));
    }
    Ok(found)
}

fn derive() -> Result<(Matrix, String), Failure> {
    let routes = routes()?;
    let matrix = matrix(&routes, &[])?;
    let table = matrix.to_markdown(&routes);
    Ok((matrix, table))
}

fn routes() -> Result<Routes, Failure> {
    Routes::parse(&project::read("queries/routes.toml")?, Some(&fields::read()?))
        .map_err(|problems| Failure::found(&problems))
}

/// The matrix, with these schemas in place of the pinned ones with the same names.
fn matrix(routes: &Routes, instead: &[Source]) -> Result<Matrix, Failure> {
    let schema = |file: &str| match instead.iter().find(|source| source.path == file) {
        Some(source) => Ok(source.clone()),
        None => project::read(file),
    };
    let dialects = routes.dialects.iter().map(|(dialect, declared)| Ok((*dialect, schema(&declared.schema)?)));
    let schemas = Schemas {
        reference: project::read(project::PINNED)?,
        dialects: dialects.collect::<Result<BTreeMap<Dialect, Source>, Failure>>()?,
        tenant: if project::root().join(project::TENANT).exists() { Some(schema(project::TENANT)?) } else { None },
    };
    Matrix::derive(routes, &schemas, &project::documents()?, &project::costs()?)
        .map_err(|problems| Failure::found(&problems))
}

/// The root field of each operation that has one, according to the schema in this file, pinned or a candidate to
/// replace it: the operation's name, whether it writes, and the field.
pub(crate) fn root_fields(file: &str, live: &str) -> Result<BTreeSet<(String, bool, String)>, Failure> {
    let routes = routes()?;
    let live = Source { path: file.to_owned(), file: project::root().join(file), text: live.to_owned() };
    let mut found = BTreeSet::new();
    for matrix in [matrix(&routes, &[])?, matrix(&routes, &[live])?] {
        for (column, operations) in matrix.columns() {
            let dialect = routes.dialects.iter().find(|(dialect, _)| dialect.name() == column);
            if dialect.map_or(project::TENANT, |(_, declared)| &declared.schema) != file {
                continue;
            }
            for (name, entry) in operations {
                let writes = routes.operations.get(name).is_some_and(|routes| routes.kind == OperationKind::Mutation);
                found.extend(entry.graphql.clone().map(|field| (name.clone(), writes, field)));
            }
        }
    }
    Ok(found)
}

fn text(matrix: &Matrix) -> Result<String, Failure> {
    matrix.to_toml().map_err(Failure::CouldNotRun)
}
