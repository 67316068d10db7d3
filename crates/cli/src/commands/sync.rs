//! `ti sync`: plan, judge and apply in one, for a scheduler.

mod mail;
mod report;
mod slack;

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};

use thought_industries::Date;
use thought_industries_provision::{Error, ErrorKind, SyncConfig, TenantConfig};

use self::report::{Outcome, Refusal, Report, TenantReport};
use self::slack::Webhook;
use super::apply;
use super::plan::Job;
use super::summary::PlanSummary;
use crate::arguments::{PlanArguments, SyncArguments, TenantArguments};
use crate::failure::{self, Failure};
use crate::lock;
use crate::output::Output;
use crate::saved::{Name, variable};
use crate::tenant::{Address, Tenant, connect_for_run, connect_for_run_at};

/// How the summary is printed.
type Print = fn(&Report) -> Result<String, Failure>;

/// Runs all tenants. Exit code: the largest of theirs.
pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    settings: &SyncArguments,
) -> Result<(), Failure> {
    // What cannot be reported is refused before anything is written to a tenant.
    let print: Print = match output.map(|output| (output, output.name())) {
        None | Some((_, "text")) => |report| Ok(report.text()),
        Some((_, "json")) => |report| Ok(serde_json::to_string_pretty(report)? + "\n"),
        Some((_, "markdown")) => |report| Ok(report.markdown()),
        Some((other, _)) => return Err(other.unsupported(&["text", "json", "markdown"])),
    };
    let webhook = settings.slack_webhook_env.as_deref().map(Webhook::of).transpose()?;
    let config = SyncConfig::read(&settings.config)?;
    let mut tenants = Vec::new();
    if config.tenants.is_empty() {
        tenants.push(Sync { label: None, own: None, config: &config, arguments, settings }.run().await);
    } else if arguments.is_given() {
        let reason = "the configuration has [[tenants]], and the command line names a tenant as well";
        return Err(Failure::new(reason, "nothing was done; leave out --tenant, --url, --subdomain and --sandbox"));
    }
    for own in &config.tenants {
        let sync = Sync { label: Some(own.label()), own: Some(own), config: &config, arguments, settings };
        tenants.push(sync.run().await);
    }
    let report = Report::of(tenants, Date::now());
    let text = print(&report)?;
    // The runs are over: a closed pipe must not keep the other reports from being sent.
    _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
    let mailed = settings.mail_file.as_deref().map_or(Ok(()), |path| mail::write(&report, path, settings));
    let posted = match webhook {
        Some(webhook) => webhook.post(&report.text()).await,
        None => Ok(()),
    };
    // A scheduler sees that a report is missing, as it would not in the report.
    mailed.and(posted)?;
    match report.exit_code {
        0 => Ok(()),
        1 => Err(Failure::Found),
        // Each reason was reported with its tenant.
        _ => Err(Failure::new(report.headline(), "the reasons are above, each with its tenant")),
    }
}

/// The run of one tenant.
struct Sync<'s> {
    /// What reports call it; the saved name or the host if the command line names it.
    label: Option<String>,
    own: Option<&'s TenantConfig>,
    config: &'s SyncConfig,
    arguments: &'s TenantArguments,
    settings: &'s SyncArguments,
}

/// Why there is no plan.
enum Trouble {
    Plan(Error),
    Other(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Plan(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl Sync<'_> {
    async fn run(self) -> TenantReport {
        let tenant = self.connect().await;
        let host = tenant.as_ref().map(|tenant| Name::of_url(&tenant.url).to_string());
        let label = self.label.clone().unwrap_or_else(|| host.unwrap_or_else(|_| "tenant".to_owned()));
        let done = match tenant {
            Ok(tenant) => self.carry_out(&tenant, &label).await,
            Err(failure) => Err(failure.into()),
        };
        done.unwrap_or_else(|trouble| {
            let mut report = TenantReport::new(&label, Outcome::Failed);
            let failure = match trouble {
                Trouble::Plan(error) => {
                    report.reason = Some(phrase(&error));
                    let refused = error.refused().iter();
                    report.refused_by =
                        refused.map(|(kind, users)| Refusal { kind: kind.clone(), users: *users }).collect();
                    if !report.refused_by.is_empty() {
                        report.outcome = Outcome::Refused;
                    }
                    Failure::from(error)
                }
                Trouble::Other(failure) => {
                    report.reason = Some("it could not be begun; the reason is on standard error");
                    failure
                }
            };
            failure::report(&failure, &format!("{label}: "));
            report
        })
    }

    async fn connect(&self) -> Result<Tenant, Failure> {
        let Some(own) = self.own else { return connect_for_run(self.arguments).await };
        if let (Some(url), Some(name)) = (&own.url, &own.key_env) {
            let key = variable(name).ok_or_else(|| {
                Failure::new(format!("the variable {name} with the key is not set"), "set it for the scheduler")
            })?;
            return connect_for_run_at(&Address::Url(url.clone()), key, self.arguments);
        }
        let name = own.tenant.as_deref().unwrap_or_default().parse();
        let name = name.map_err(|reason: String| Failure::new(reason, "correct `tenant` in [[tenants]]"))?;
        connect_for_run(&TenantArguments { tenant: Some(name), ..self.arguments.clone() }).await
    }

    async fn carry_out(&self, tenant: &Tenant, label: &str) -> Result<TenantReport, Trouble> {
        let roster = self.own.and_then(|own| own.roster.clone());
        let options = PlanArguments { roster, ..PlanArguments::default() };
        let config = match self.own.and_then(|own| own.config.as_deref()) {
            Some(path) => SyncConfig::read(path)?,
            None => self.config.clone(),
        };
        let job = Job::with(&options, config)?;
        let plan = job.plan(tenant, &job.roster()?, lock::history(tenant)?).await?;
        let mut report = TenantReport::new(label, Outcome::Unchanged);
        report.plan = Some(PlanSummary::of(&plan));
        if plan.totals.changes() == 0 && plan.totals.problems == 0 {
            return Ok(report);
        }
        let folder = make_folder(&self.settings.runs.join(label), plan.made)?;
        plan.write(&folder.join("plan.json"))?;
        report.folder = Some(folder.display().to_string());
        report.outcome = match plan.totals.changes() {
            0 => Outcome::Problems,
            _ if self.settings.plan_only => Outcome::Planned,
            _ => {
                let journal = folder.join("run.jsonl");
                let limit = self.settings.max_failures;
                let (counts, ended) = apply::carry_out(self.arguments, tenant, &plan, &journal, limit).await;
                let is_whole = counts.are_all_done() && plan.totals.problems == 0;
                report.run = Some(counts);
                match ended {
                    Ok(()) if is_whole => Outcome::Applied,
                    Ok(()) | Err(Failure::Found) => Outcome::Incomplete,
                    Err(failure) => {
                        failure::report(&failure, &format!("{label}: "));
                        report.reason = Some("its run stopped, or could not begin; the reason is on standard error");
                        Outcome::Failed
                    }
                }
            }
        };
        Ok(report)
    }
}

/// What an error is about, without what it says of users or rows.
fn phrase(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Guard => "the plan is not allowed",
        ErrorKind::Roster => "the roster or its configuration cannot be used",
        ErrorKind::List => "the list of users could not be read to its end",
        ErrorKind::Tenant => match error.as_client_error() {
            Some(client) if client.is_unauthorized() => "the tenant does not accept the key",
            Some(client) if client.connection_problem().is_some() => "the tenant cannot be reached",
            _ => "a call to the tenant failed",
        },
        ErrorKind::Io => "a file could not be read or written",
        _ => "there is no plan; the reason is on standard error",
    }
}

/// A new folder for the files of a run: its name is the time. Only the user can read it.
fn make_folder(parent: &Path, made: Date) -> Result<PathBuf, Failure> {
    let time: String = made.to_string().chars().filter(|letter| !matches!(letter, '-' | ':' | '.')).collect();
    let folder = parent.join(time);
    let cannot = |error: std::io::Error| {
        let reason = format!("the folder {} cannot be made: {error}", folder.display());
        Failure::new(reason, "nothing was written to the tenant; name a folder with --runs")
    };
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(parent).map_err(cannot)?;
    // A second run in the same millisecond must not share the folder.
    builder.recursive(false).create(&folder).map_err(cannot)?;
    Ok(folder)
}
