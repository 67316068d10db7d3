//! `ti import`: starts the tenant's own import of a CSV file, and waits for its job.

mod file;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use thought_industries::model::BackgroundJob;
use thought_industries::operations::users_bulk_import::Variables;
use thought_industries::{Client, Response};
use thought_industries_provision::SyncConfig;
use tokio::net::TcpListener;

use file::Checked;
use graphql_drift::printable;

use crate::arguments::{ImportArguments, TenantArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::lock;
use crate::progress::Bar;
use crate::tenant::connect;

pub(crate) async fn run(arguments: &TenantArguments, settings: ImportArguments) -> Result<(), Failure> {
    let config = settings.config.as_deref().map(SyncConfig::read).transpose()?;
    let mut checked = Checked::read(&settings.roster, config.as_ref())?;
    let bad = settings.bad.clone().unwrap_or_else(|| settings.roster.with_extension("bad.csv"));
    // Another spelling of the path, or a link, would overwrite the roster as well.
    let is_roster = std::fs::canonicalize(&bad)
        .is_ok_and(|bad| std::fs::canonicalize(&settings.roster).is_ok_and(|own| own == bad));
    if is_roster {
        return Err(Failure::new("--bad names the roster itself", "nothing was written; give another name"));
    }
    if !checked.bad.is_empty() {
        checked.write_bad(&bad)?;
        println!(
            "{} rows cannot be imported; they are written to {} with the reason",
            checked.bad.len(),
            bad.display()
        );
    }
    if checked.good.is_empty() {
        return Err(Failure::new("no user to import", "correct the rows, and import the file again"));
    }
    // The tenant fetches that file itself, so that bad rows cannot be left out of it.
    if settings.at.is_some() && !checked.bad.is_empty() {
        return Err(Failure::new(
            "the file that the tenant would fetch has rows that cannot be imported",
            "nothing was written; remove the rows and upload the file again",
        ));
    }
    let audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let served = match &settings.at {
        Some(url) => Served { url: url.clone(), task: None },
        None if is_local(&tenant.url) => Served::start(checked.text()?).await?,
        None => {
            return Err(Failure::CouldNotRun {
                reason: "the tenant has to fetch the file, and cannot reach this machine".to_owned(),
                help: Some(
                    "put the file where the tenant can read it, and use --at URL; or use `ti plan`, which needs no such file",
                ),
            });
        }
    };
    let _lock = lock::for_run(&tenant, "ti import")?;
    let import = Variables::new(served.url.clone()).dry_run(settings.dry_run).client_id(settings.client.clone());
    let operation = if settings.dry_run { "users.bulk-import (dry run)" } else { "users.bulk-import" };
    let done = tenant.client.users().bulk_import(import).await;
    let target = settings.roster.display().to_string();
    let started = audit.recorded(operation, &target, &[], done)?;
    let job = wait(&tenant.client, &started.id).await?;
    let status = job.status.as_ref().map(ToString::to_string).unwrap_or_default();
    // The first record shows only that the job was started.
    audit.record(&format!("{operation}, job"), &target, &[], &status)?;
    let description = job.description.as_deref().unwrap_or("no further message");
    println!("{}: {}", printable(&status), printable(description));
    let Some(message) = &job.error_message else {
        return if checked.bad.is_empty() && status == "complete" { Ok(()) } else { Err(Failure::Found) };
    };
    let refused = checked.refuse(message);
    if refused > 0 {
        checked.write_bad(&bad)?;
        println!("the tenant refused {refused} more rows; they are written to {} with the reason", bad.display());
    } else {
        println!("the tenant reported: {}", printable(message));
    }
    Err(Failure::Found)
}

/// Waits for a job, which reports only its status.
async fn wait(client: &Client, id: &str) -> Result<Response<BackgroundJob>, Failure> {
    let shown = Bar::new(2);
    let looked = move |job: &BackgroundJob| {
        let status = job.status.as_ref().map(ToString::to_string).unwrap_or_default();
        shown.set(match status.as_str() {
            "queued" => 0,
            "processing" => 1,
            _ => 2,
        });
        shown.describe(&format!("the import is {status}"));
    };
    Ok(client.jobs().wait(id).on_poll(looked).await?)
}

fn is_local(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| url.starts_with(start))
}

/// The file, served to a tenant on this machine until the value is dropped.
struct Served {
    url: String,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Served {
    async fn start(text: Vec<u8>) -> Result<Self, Failure> {
        // The file has personal data, and must not be served to the network.
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/users.csv", listener.local_addr()?);
        // Every path serves the one file.
        let router = Router::new().fallback(move || async move { ([(CONTENT_TYPE, "text/csv")], text) });
        let task = tokio::spawn(async move {
            // The server runs until the task is aborted.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, task: Some(task) })
    }
}
