//! `ti plan`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use thought_industries::Date;
use thought_industries_provision::{
    Error, ErrorKind, GuardKind, Guards, History, Lifetime, Limit, MatchKeys, Plan, PlanConfig, Planner, Policy,
    Roster, SyncConfig,
};

use super::summary::{PlanSummary, summary};
use crate::arguments::{PlanArguments, TenantArguments, guard};
use crate::audit::user;
use crate::failure::Failure;
use crate::lock;
use crate::output::Output;
use crate::progress::Counter;
use crate::tenant::{Tenant, connect};

/// Reads the roster and the tenant, and writes the plan. Exit code 0: no change; 1: changes or problems.
pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    settings: PlanArguments,
) -> Result<(), Failure> {
    if let Some(output) = output.filter(|output| !matches!(output.name(), "text" | "json")) {
        return Err(output.unsupported(&["text", "json"]));
    }
    remove_old(&settings.out)?;
    make(arguments, output, settings).await.map_err(|failure| match failure {
        // Exit code 1 means changes.
        Failure::NotFound(reason) => Failure::new(reason, "nothing was planned"),
        other => other,
    })
}

/// Removes an earlier plan, which could be mistaken for this one. Any other file is left alone.
pub(super) fn remove_old(out: &Path) -> Result<(), Failure> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    // The plan is written last, and reading the tenant first may take long.
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let reason = format!("the folder {} does not exist", folder.display());
        return Err(Failure::new(reason, "create it, or give another name with --out"));
    }
    if !out.exists() {
        return Ok(());
    }
    // A plan of another version is an earlier plan too.
    if let Err(error) = Plan::read(out)
        && error.kind() != ErrorKind::Version
    {
        let reason = format!("{} exists and is not a plan", out.display());
        return Err(Failure::new(reason, "nothing was written; give another name with --out"));
    }
    Ok(std::fs::remove_file(out)?)
}

/// What a plan is made from, before anything is read of the tenant.
pub(crate) struct Job {
    config: SyncConfig,
    policy: Policy,
    lifetime: Lifetime,
    roster: PathBuf,
}

impl Job {
    /// The options of the command, and of the file that it names.
    pub(crate) fn of(settings: &PlanArguments) -> Result<Self, Failure> {
        let config = settings.config.as_deref().map(SyncConfig::read).transpose()?.unwrap_or_default();
        Self::with(settings, config)
    }

    /// The options of the command, and a configuration.
    pub(crate) fn with(settings: &PlanArguments, mut config: SyncConfig) -> Result<Self, Failure> {
        if !settings.match_by.is_empty() {
            config = config.match_by(MatchKeys::new(settings.match_by.iter().copied().map(Into::into))?);
        }
        let policy = policy(settings, &config.plan)?;
        let lifetime = config.plan.expires_in.as_deref().map(str::parse).transpose()?;
        let Some(roster) = settings.roster.clone().or_else(|| config.roster.clone()) else {
            let help = "name a file, `-` for standard input, or `roster` in --config";
            return Err(Failure::new("no roster is given", help));
        };
        Ok(Self { config, policy, lifetime: settings.expires_in.or(lifetime).unwrap_or_default(), roster })
    }

    /// Reads the roster.
    pub(crate) fn roster(&self) -> Result<Roster, Error> {
        let roster = read(&self.roster, &self.config)?;
        for note in roster.notes() {
            eprintln!("{}: {note}", self.roster.display());
        }
        Ok(roster)
    }

    /// Compares the roster with the tenant.
    pub(crate) async fn plan(&self, tenant: &Tenant, roster: &Roster, history: History) -> Result<Plan, Error> {
        let counter = Counter::new("users");
        let planner = Planner::new(self.policy.clone()).history(history).lifetime(self.lifetime).made_by(user());
        planner.on_user(counter.on_item()).plan(&tenant.client, roster).await
    }
}

async fn make(arguments: &TenantArguments, output: Option<Output>, settings: PlanArguments) -> Result<(), Failure> {
    let job = Job::of(&settings)?;
    let roster = job.roster()?;
    let tenant = connect(arguments).await?;
    let history = lock::history(&tenant)?;
    let plan = job.plan(&tenant, &roster, history).await?;
    plan.write(&settings.out)?;
    // The plan is written already: a closed pipe must not change the exit code.
    _ = print(&plan, output, &settings.out);
    if plan.totals.changes() > 0 || plan.totals.problems > 0 { Err(Failure::Found) } else { Ok(()) }
}

fn print(plan: &Plan, output: Option<Output>, path: &Path) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    if output.is_some_and(|output| output.name() == "json") {
        serde_json::to_writer_pretty(&mut out, &PlanSummary::of(plan))?;
        return Ok(writeln!(out)?);
    }
    writeln!(out, "{}", summary(&plan.totals))?;
    for line in notes(plan) {
        writeln!(out, "{line}")?;
    }
    if plan.totals.changes() > 0 || plan.totals.problems > 0 {
        writeln!(out, "digest {}", plan.digest)?;
        writeln!(out, "review it with `ti show {}`", path.display())?;
    }
    Ok(())
}

/// Reads a roster; `-` is standard input.
pub(super) fn read(path: &Path, config: &SyncConfig) -> Result<Roster, Error> {
    if path == Path::new("-") {
        Roster::from_reader(std::io::stdin(), "standard input", config, Date::now())
    } else {
        Roster::read(path, config, Date::now())
    }
}

/// What may be planned: an option of the command goes before the one of the file.
fn policy(settings: &PlanArguments, config: &PlanConfig) -> Result<Policy, Failure> {
    let scope = settings.scope.as_deref().or(config.scope.as_deref());
    let roles = if settings.roles.is_empty() { &config.roles } else { &settings.roles };
    let scope = scope.map(|scope| match scope.strip_prefix("client=") {
        Some(client) if !client.is_empty() => Ok(client.to_owned()),
        _ => Err(Failure::new(format!("`{scope}` is not a scope"), "use --scope client=ID with the id of a client")),
    });
    let policy = Policy::new()
        .deactivate_missing(settings.deactivate_missing || config.deactivate_missing)
        .managed_roles(roles)
        .write_hidden(settings.write_hidden || config.write_hidden)
        .starters(settings.starters.map_or(config.starters, Into::into))
        .renames(settings.renames.map_or(config.renames, Into::into))
        .guards(guards(&settings.max_deactivations, &settings.allow, config)?);
    let policy = match scope.transpose()? {
        Some(client) => policy.scope(client),
        None => policy,
    };
    Ok(match settings.provenance.as_ref().or(config.provenance.as_ref()) {
        Some(place) => policy.provenance(place.parse()?),
        None => policy,
    })
}

/// The guards, as far as they are raised. The number and the percentage of deactivations are raised separately.
pub(super) fn guards(
    max_deactivations: &[String],
    allow: &[(GuardKind, Limit)],
    config: &PlanConfig,
) -> Result<Guards, Failure> {
    let of_file = config.allow.iter().map(|text| {
        let help = "correct `allow` in --config; it has entries such as \"create=500\" or \"lastName=50%\"";
        guard::allowed(text).map_err(|reason| Failure::new(reason, help))
    });
    let of_file: Vec<_> = of_file.collect::<Result<_, _>>()?;
    let raised = of_file.into_iter().chain(allow.iter().cloned());
    let mut guards = raised.fold(Guards::default(), |guards, (kind, limit)| guards.allow(kind, limit));
    for text in config.max_deactivations.iter().chain(max_deactivations) {
        let wrong = || {
            let help = "use --max-deactivations 50 --max-deactivations 15%";
            Failure::new(format!("`{text}` is neither a number of users nor a percentage"), help)
        };
        match text.strip_suffix('%') {
            Some(text) => {
                let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
                guards.percent = percent.ok_or_else(wrong)?;
            }
            None => guards.deactivations = text.parse().map_err(|_| wrong())?,
        }
    }
    Ok(guards)
}

/// The guards that would refuse the plan by default, one per line.
pub(crate) fn raised(plan: &Plan) -> impl Iterator<Item = String> {
    plan.raised
        .iter()
        .map(|guard| format!("raised guard `{}`: {}; {} allowed here", guard.kind, guard.seen, guard.allowed))
}

/// Notes on the totals, one per line.
pub(crate) fn notes(plan: &Plan) -> Vec<String> {
    let disabled = (plan.left_disabled > 0).then(|| {
        format!(
            "{} users of the roster are disabled and stay disabled: their rows have no status (`active` reactivates them)",
            plan.left_disabled
        )
    });
    let unseen = plan.unseen.iter().map(|(field, users)| {
        format!("the tenant does not show `{field}`, which is left alone ({users} users; --write-hidden writes it)")
    });
    disabled.into_iter().chain(unseen).chain(raised(plan)).collect()
}
