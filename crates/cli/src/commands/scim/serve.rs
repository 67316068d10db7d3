//! `ti scim serve`.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Serialize;
use tempfile::TempDir;
use thought_industries_scim::{Connection, Gateway, ScimError, Settings, SqliteStore, Store as _, serve};
use tokio::net::TcpListener;

use super::connection::make_token;
use super::tls::TlsListener;
use super::{change, looked_up, open, operations, tls};
use crate::arguments::{ServeArguments, TenantArguments};
use crate::failure::Failure;
use crate::lock;
use crate::tenant::{Tenant, check_store, connect_for_run};

/// What a gateway in front of a sandbox prints first.
#[derive(Serialize)]
struct Place {
    url: String,
    token: String,
}

pub(super) async fn run(arguments: &TenantArguments, settings: ServeArguments) -> Result<(), Failure> {
    let mut own = match &settings.config {
        Some(path) => Settings::read(path).map_err(|reason| Failure::new(reason, "correct the file"))?,
        None => Settings::default(),
    };
    let acceptor = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(tls::acceptor(certificate, key)?),
        _ => None,
    };
    let tenant = connect_for_run(arguments).await?;
    let folder = tempfile::tempdir()?;
    let store = store(&settings, &tenant, &folder)?;
    check_tenant(&store, &tenant.url)?;
    // A dry run has a copy of its own.
    let _claim = store.claim()?;
    let listener = listen(settings.listen, "name another address with --listen").await?;
    let operations = match settings.operations {
        Some(address) => Some(listen(address, "name another address with --operations").await?),
        None => None,
    };
    own.is_dry_run = settings.dry_run;
    own.locks = locks(&tenant)?;
    if tenant.is_embedded() && settings.config.is_none() {
        // What tests deactivate is no accident, and an embedded sandbox has no limits.
        (own.brake.most, own.brake.percent) = (1_000_000, 100.0);
        own.writes_per_minute = 6_000;
    }
    if own.base == Settings::default().base {
        // None is set: directories reach the gateway where it listens.
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        own.base = format!("{scheme}://{}/scim/v2", listener.local_addr()?);
    }
    let url = own.base.clone();
    let gateway = Gateway::new(tenant.client.clone(), store.clone(), own)?;
    if tenant.is_embedded() {
        // A sandbox has few users: they are there when the line is printed.
        let read = gateway.read_roster(true).await;
        read.map_err(|error| Failure::could_not_run(&error))?;
        let token = sandbox_token(&store)?;
        let line = serde_json::to_string(&Place { url, token })?;
        writeln!(std::io::stdout(), "{line}")?;
    } else {
        eprintln!("listening on {}; the address for directories is {url}", listener.local_addr()?);
        if looked_up(&*store, |tables| Ok(tables.connections()?))?.is_empty() {
            eprintln!("no directory may connect yet: add one with `ti scim connection add`");
        }
    }
    if let Some(operations) = &operations {
        eprintln!("operators look at http://{}", operations.local_addr()?);
    }
    if settings.dry_run {
        eprintln!("this is a dry run: nothing is written, neither to the tenant nor to the store");
    }
    let looking = Box::pin(operations::serve(gateway.clone(), tenant.client.clone(), Arc::clone(&store), operations));
    let serving = Box::pin(async {
        let directories: BoxFuture<'_, Result<(), ScimError>> = match acceptor {
            Some(acceptor) => Box::pin(serve(gateway, TlsListener::new(listener, acceptor, tenant.client.clone()))),
            None => Box::pin(serve(gateway, listener)),
        };
        futures::future::select(directories, looking).await.factor_first().0
    });
    let stopped = Box::pin(tokio::signal::ctrl_c());
    match futures::future::select(serving, stopped).await {
        futures::future::Either::Left((done, _)) => Ok(done?),
        futures::future::Either::Right((stopped, _)) => stopped.map_err(|error| Failure::could_not_run(&error)),
    }
}

async fn listen(address: SocketAddr, help: &'static str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| Failure::CouldNotRun {
        reason: format!("cannot listen on {address}: {error}"),
        help: Some(help),
    })
}

/// The store: that of the command line, a temporary one in front of a sandbox, or a copy for a dry run.
fn store(settings: &ServeArguments, tenant: &Tenant, folder: &TempDir) -> Result<Arc<SqliteStore>, Failure> {
    let path = match &settings.store {
        Some(path) => path.clone(),
        None if tenant.is_embedded() => folder.path().join("scim.db"),
        None => PathBuf::from("scim.db"),
    };
    if !settings.dry_run || !path.exists() {
        let path = if settings.dry_run { folder.path().join("scim.db") } else { path };
        return open(&path);
    }
    let copy: &Path = &folder.path().join("dry-run.db");
    open(&path)?.backup(copy)?;
    open(copy)
}

/// Refuses a store of another tenant; one that is new belongs to this tenant from now on.
fn check_tenant(store: &Arc<SqliteStore>, url: &str) -> Result<(), Failure> {
    let known = change(&**store, |tables| {
        let known = tables.note("tenant")?;
        if known.is_none() {
            tables.set_note("tenant", url)?;
        }
        Ok(known)
    })?;
    check_store(known.as_deref(), url)
}

/// The folder of the locks; an embedded sandbox needs none.
fn locks(tenant: &Tenant) -> Result<Option<PathBuf>, Failure> {
    if tenant.is_embedded() { Ok(None) } else { lock::locks().map(Some) }
}

/// A token for the connection of a sandbox, which every start makes anew.
fn sandbox_token(store: &Arc<SqliteStore>) -> Result<String, Failure> {
    change(&**store, |tables| {
        tables.put_connection(&Connection::new("sandbox", ["*"]))?;
        tables.remove_token("sandbox", "sandbox")?;
        Ok(())
    })?;
    Ok(make_token(&**store, "sandbox", "sandbox")?.reveal().to_owned())
}
