//! `ti plan`.

use std::io::Write as _;
use std::path::Path;

use thought_industries::Date;
use thought_industries_provision::{
    ErrorKind, Guards, MatchKeys, Plan, PlanConfig, Planner, Policy, Roster, SyncConfig, Totals,
};

use crate::arguments::{PlanArguments, TenantArguments, guard};
use crate::failure::Failure;
use crate::lock;
use crate::progress::Counter;
use crate::tenant::connect;

/// Reads the roster and the tenant, and writes the plan. Exit code 0: no change; 1: changes or problems.
pub(crate) async fn run(arguments: &TenantArguments, settings: PlanArguments) -> Result<(), Failure> {
    remove_old(&settings.out)?;
    make(arguments, settings).await.map_err(|failure| match failure {
        // Exit code 1 means changes.
        Failure::NotFound(reason) => Failure::new(reason, "nothing was planned"),
        other => other,
    })
}

/// Removes an earlier plan, which could be mistaken for this one. Any other file is left alone.
fn remove_old(out: &Path) -> Result<(), Failure> {
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

async fn make(arguments: &TenantArguments, settings: PlanArguments) -> Result<(), Failure> {
    let mut config = settings.config.as_deref().map(SyncConfig::read).transpose()?.unwrap_or_default();
    if !settings.match_by.is_empty() {
        config = config.match_by(MatchKeys::new(settings.match_by.iter().copied().map(Into::into))?);
    }
    let policy = policy(&settings, &config.plan)?;
    let Some(path) = settings.roster.as_ref().or(config.roster.as_ref()) else {
        return Err(Failure::new("no roster is given", "name a file, `-` for standard input, or `roster` in --config"));
    };
    let roster = read(path, &config)?;
    for note in roster.notes() {
        eprintln!("{}: {note}", path.display());
    }
    let tenant = connect(arguments).await?;
    let counter = Counter::new("users");
    let on_user = counter.on_item();
    let history = lock::history(&tenant)?;
    let plan = Planner::new(policy).history(history).on_user(on_user).plan(&tenant.client, &roster).await?;
    drop(counter);
    plan.write(&settings.out)?;
    let mut out = std::io::stdout();
    // The plan is written already: a closed pipe must not change the exit code.
    _ = writeln!(out, "{}", summary(&plan.totals));
    for line in notes(&plan) {
        _ = writeln!(out, "{line}");
    }
    if plan.totals.changes() > 0 || plan.totals.problems > 0 {
        _ = writeln!(out, "digest {}", plan.digest);
        _ = writeln!(out, "review it with `ti show {}`", settings.out.display());
        return Err(Failure::Found);
    }
    Ok(())
}

/// Reads a roster; `-` is standard input.
pub(super) fn read(path: &Path, config: &SyncConfig) -> Result<Roster, Failure> {
    Ok(if path == Path::new("-") {
        Roster::from_reader(std::io::stdin(), "standard input", config, Date::now())?
    } else {
        Roster::read(path, config, Date::now())?
    })
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
        .guards(guards(settings, config)?);
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
fn guards(settings: &PlanArguments, config: &PlanConfig) -> Result<Guards, Failure> {
    let of_file = config.allow.iter().map(|text| {
        let help = "correct `allow` in --config; it has entries such as \"create=500\" or \"lastName=50%\"";
        guard::allowed(text).map_err(|reason| Failure::new(reason, help))
    });
    let of_file: Vec<_> = of_file.collect::<Result<_, _>>()?;
    let raised = of_file.into_iter().chain(settings.allow.iter().cloned());
    let mut guards = raised.fold(Guards::default(), |guards, (kind, limit)| guards.allow(kind, limit));
    for text in config.max_deactivations.iter().chain(&settings.max_deactivations) {
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

/// The totals in one line.
pub(crate) fn summary(totals: &Totals) -> String {
    let counts = [
        (totals.create, "to create"),
        (totals.update, "to update"),
        (totals.reactivate, "to reactivate"),
        (totals.deactivate, "to deactivate"),
        (totals.delete, "to delete"),
        (totals.problems, "with a problem"),
    ];
    let parts: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let changes = if parts.is_empty() { "no change".to_owned() } else { parts.join(", ") };
    let waiting = if totals.waiting > 0 { format!(", {} not started yet", totals.waiting) } else { String::new() };
    format!("{changes}; {} unchanged, {} left alone{waiting}", totals.unchanged, totals.unmanaged)
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
