//! `ti scim`.

mod connection;
mod doctor;
mod operations;
mod page;
mod serve;
mod shown;
mod tls;

use std::path::Path;
use std::sync::Arc;

use thought_industries::Date;
use thought_industries_scim::{ScimError, SqliteStore, Store, StoreError, Tables, make_operator_token};

use crate::arguments::{ScimCommand, StoreFile, TenantArguments};
use crate::failure::Failure;
use crate::output::{Format, Output};

pub(crate) async fn run(tenant: &TenantArguments, output: Option<Output>, command: ScimCommand) -> Result<(), Failure> {
    match command {
        ScimCommand::Serve(settings) => serve::run(tenant, settings).await,
        ScimCommand::Connection(command) => connection::run(Format::of(output)?, command),
        ScimCommand::Doctor(settings) => doctor::run(Format::of(output)?, settings).await,
        ScimCommand::Operator(store) => {
            println!("{}", make_operator_token(&*open(&store.path)?)?.reveal());
            Ok(())
        }
        ScimCommand::Status(store) => shown::status(Format::of(output)?, &store),
        ScimCommand::Queue(store) => shown::queue(Format::of(output)?, &store),
        ScimCommand::Audit { store, limit } => shown::audit(Format::of(output)?, &store, limit),
        ScimCommand::Verify(store) => {
            existing(&store)?.check()?;
            println!("the store is sound");
            Ok(())
        }
        ScimCommand::Backup { store, file } => {
            existing(&store)?.backup(&file)?;
            println!("the store was copied to {}", file.display());
            Ok(())
        }
        ScimCommand::Release { store, connection } => {
            let released = change(&*existing(&store)?, |tables| {
                Ok(tables.release_jobs(connection.as_deref(), Date::now().as_millisecond())?)
            })?;
            match released {
                1 => println!("1 deactivation is released"),
                _ => println!("{released} deactivations are released"),
            }
            Ok(())
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::could_not_run(&error)
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        Self::could_not_run(&error)
    }
}

/// A store that exists: a wrong name must not make a new one.
pub(super) fn existing(store: &StoreFile) -> Result<Arc<SqliteStore>, Failure> {
    if !store.path.exists() {
        let reason = format!("there is no store {}", store.path.display());
        return Err(Failure::new(reason, "name it with --store, or make one with `ti scim connection add`"));
    }
    open(&store.path)
}

fn open(path: &Path) -> Result<Arc<SqliteStore>, Failure> {
    Ok(Arc::new(SqliteStore::open(path)?))
}

/// Reads from a store.
fn looked_up<T>(store: &dyn Store, mut act: impl FnMut(&dyn Tables) -> Result<T, ScimError>) -> Result<T, Failure> {
    let mut value = None;
    store.read(&mut |tables| {
        value = Some(act(tables)?);
        Ok(())
    })?;
    value.ok_or_else(|| ScimError::internal().into())
}

/// Changes a store.
fn change<T>(store: &dyn Store, mut act: impl FnMut(&dyn Tables) -> Result<T, ScimError>) -> Result<T, Failure> {
    let mut value = None;
    store.write(&mut |tables| {
        value = Some(act(tables)?);
        Ok(())
    })?;
    value.ok_or_else(|| ScimError::internal().into())
}
