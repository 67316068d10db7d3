//! What is kept of a tenant between commands: its lock, and its past runs.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use thought_industries_provision::{History, TenantLock};

use crate::failure::Failure;
use crate::tenant::Tenant;

/// Keeps all other writing commands of this machine from the tenant while a run lasts. An embedded sandbox needs no lock.
pub(crate) fn for_run(tenant: &Tenant, command: &str) -> Result<Option<TenantLock>, Failure> {
    if tenant.is_embedded() {
        return Ok(None);
    }
    Ok(Some(TenantLock::exclusive(&locks()?, &tenant.url, command, tenant.client.now())?))
}

/// Keeps runs from the tenant while a single write lasts.
pub(crate) fn for_write(tenant: &Tenant) -> Result<Option<TenantLock>, Failure> {
    if tenant.is_embedded() {
        return Ok(None);
    }
    Ok(Some(TenantLock::shared(&locks()?, &tenant.url)?))
}

/// The past runs of the tenant. An embedded sandbox has none.
pub(crate) fn history(tenant: &Tenant) -> Result<History, Failure> {
    if tenant.is_embedded() {
        return Ok(History::default());
    }
    Ok(History::read(&folder("history")?, &tenant.url)?)
}

/// The folder of the locks of tenants.
pub(crate) fn locks() -> Result<PathBuf, Failure> {
    folder("locks")
}

/// A folder below the state of the user or below `TI_STATE_DIR`.
fn folder(name: &str) -> Result<PathBuf, Failure> {
    let set = std::env::var_os("TI_STATE_DIR").filter(|folder| !folder.is_empty());
    let state = match set {
        Some(folder) => PathBuf::from(folder),
        None => {
            let strategy = etcetera::choose_base_strategy().map_err(|error| {
                let reason = format!("there is no folder for the lock and the past runs of the tenant: {error}");
                Failure::new(reason, "nothing was written; set TI_STATE_DIR to a folder")
            })?;
            // Windows knows no folder for states.
            strategy.state_dir().unwrap_or_else(|| strategy.cache_dir())
        }
    };
    Ok(state.join("thought-industries").join(name))
}
