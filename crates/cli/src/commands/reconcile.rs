//! `ti reconcile`: the users of the tenant, a directory and HR, and what differs.

mod fixes;
mod page;
mod shown;

use std::path::Path;

use askama::Template as _;
use thought_industries::Date;
use thought_industries_identity::{
    GraphConfig, HandLink, Report, ScimLink, Source, SourceKind, StateFile, Tenant as Users, reconcile,
};
use thought_industries_scim::{ScimError, Store as _};

use self::page::Page;
use super::scim::existing;
use crate::arguments::{ReconcileArguments, ReconcileCommand, ReconcileRun, StoreFile, TenantArguments};
use crate::audit::user;
use crate::failure::Failure;
use crate::output::{Cells, Output};
use crate::progress::Counter;
use crate::tenant::{Tenant, connect};

pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    settings: ReconcileArguments,
) -> Result<(), Failure> {
    match settings.command {
        Some(command) => decide(command),
        None => compare(arguments, output, settings.run).await.map_err(|failure| match failure {
            // Exit code 1 means findings.
            Failure::NotFound(reason) => Failure::new(reason, "nothing was compared"),
            other => other,
        }),
    }
}

/// Keeps a decision in the state.
fn decide(command: ReconcileCommand) -> Result<(), Failure> {
    let (now, by) = (Date::now(), user());
    match command {
        ReconcileCommand::Accept { key, reason, until, state } => {
            let mut file = StateFile::open(&state.state)?;
            file.state.accept(&key, &reason, &until, now, &by)?;
            file.save()?;
            println!("{key} is accepted until {until}");
        }
        ReconcileCommand::Link { user: account, person, state, .. } => {
            let mut file = StateFile::open(&state.state)?;
            match person {
                Some(person) => {
                    file.state.link(HandLink::new(&account, &person, now, &by));
                    println!("{account} is linked with {person} in later runs");
                }
                None if file.state.unlink(&account) => println!("{account} is linked by rules in later runs"),
                None => {
                    let reason = format!("{account} has no link by hand");
                    return Err(Failure::new(reason, "nothing was changed; name the user as the link does"));
                }
            }
            file.save()?;
        }
    }
    Ok(())
}

async fn compare(arguments: &TenantArguments, output: Option<Output>, settings: ReconcileRun) -> Result<(), Failure> {
    // An unsupported format is refused before anything is read.
    let print: fn(&Report, Cells) -> Result<(), Failure> = match output.map(|output| (output, output.name())) {
        None | Some((_, "table")) => |report, _| shown::table(report),
        Some((_, "json")) => |report, _| {
            println!("{}", serde_json::to_string_pretty(report)?);
            Ok(())
        },
        Some((_, "csv")) => shown::csv,
        Some((_, "html")) => |report, _| {
            println!("{}", Page::of(report)?.render().map_err(|error| Failure::could_not_run(&error))?);
            Ok(())
        },
        Some((other, _)) => return Err(other.unsupported(&["table", "json", "csv", "html"])),
    };
    if settings.hr.is_none() && settings.idp.is_none() {
        let help = "name the staff list of HR with --hr, the users of the directory with --idp, or both";
        return Err(Failure::new("there is nothing to compare the tenant with", help));
    }
    if let Some(plan) = &settings.plan {
        super::plan::remove_old(plan)?;
    }
    let config = settings.config.as_deref().map(GraphConfig::read).transpose()?.unwrap_or_default();
    let now = Date::now();
    let mut sources = Vec::new();
    for (kind, path) in [(SourceKind::Hr, &settings.hr), (SourceKind::Idp, &settings.idp)] {
        let Some(path) = path else { continue };
        // Who is expected to be a user is for HR to say, if it is read.
        let is_expecting = kind == SourceKind::Hr || settings.hr.is_none();
        sources.push(Source::read(kind, path, &config, is_expecting, now)?);
    }
    let links = settings.scim.as_deref().map(scim_links).transpose()?.unwrap_or_default();
    // The state is opened before the tenant is read, which may take long.
    let mut file = StateFile::open(&settings.state.state)?;
    let (tenant, users) = users(arguments, &settings, &config).await?;
    let report = file.state.settle(reconcile(sources, &users, &links, &config, file.state.memory(), now))?;
    file.save()?;
    // The state is written already: a closed pipe must not change the exit code.
    match print(&report, output.map_or(Cells::ForSpreadsheets, Output::cells)) {
        Err(Failure::BrokenPipe) | Ok(()) => {}
        Err(failure) => return Err(failure),
    }
    if let Some(path) = &settings.plan {
        let tenant = match tenant {
            Some(tenant) => tenant,
            None => connect(arguments).await?,
        };
        fixes::write(path, &tenant, &report, &config, &settings).await?;
    }
    if report.has_open() { Err(Failure::Found) } else { Ok(()) }
}

/// The users of the tenant: from an export, or from the tenant, which is connected to then.
async fn users(
    arguments: &TenantArguments,
    settings: &ReconcileRun,
    config: &GraphConfig,
) -> Result<(Option<Tenant>, Users), Failure> {
    if let Some(path) = &settings.tenant_export {
        return Ok((None, Users::of_export(path, config)?));
    }
    let tenant = connect(arguments).await?;
    let counter = Counter::new("users");
    let mut users = Users::read(&tenant.client, config, counter.on_item()).await?;
    if tenant.is_embedded() {
        // Its address is another one in each command.
        users.url = "sandbox".to_owned();
    }
    Ok((Some(tenant), users))
}

/// The links of the SCIM gateway.
fn scim_links(path: &Path) -> Result<Vec<ScimLink>, Failure> {
    let store = existing(&StoreFile { path: path.to_owned() })?;
    let mut links = Vec::new();
    let read: Result<(), ScimError> = store.read(&mut |tables| {
        tables.persons(&mut |id, person| links.push(ScimLink::new(id, person.external_id, person.user_name)))?;
        Ok(())
    });
    read?;
    Ok(links)
}
