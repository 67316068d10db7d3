//! `ti plan`.

use std::io::Write as _;
use std::path::Path;

use futures::TryStreamExt as _;
use thought_industries::{Client, Date};

use crate::arguments::{PlanArguments, TenantArguments};
use crate::failure::Failure;
use crate::plan::{Licenses, Plan, Planner, Settings, Totals};
use crate::progress::Counter;
use crate::roster::{Mapping, Roster};
use crate::tenant::connect;

/// Reads the roster and the tenant, writes nothing but the plan. Exit 0: nothing to change; 1: changes, or problems.
pub(crate) async fn run(arguments: &TenantArguments, settings: PlanArguments) -> Result<(), Failure> {
    forget(&settings.out)?;
    make(arguments, settings).await.map_err(|failure| match failure {
        // Exit 1 is for changes.
        Failure::Nothing(reason) => Failure::CouldNotRun { reason, help: Some("nothing was planned") },
        other => other,
    })
}

/// Takes away the plan of before, which must not be taken for this one. Whatever else stands there stays.
fn forget(out: &Path) -> Result<(), Failure> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Failure::CouldNotRun {
            reason: format!("there is no folder {}", folder.display()),
            help: Some("make it, or give another name with --out"),
        });
    }
    if !out.exists() {
        return Ok(());
    }
    Plan::read(out).map_err(|_| Failure::CouldNotRun {
        reason: format!("{} is there, and is no plan", out.display()),
        help: Some("nothing was written; give another name with --out"),
    })?;
    Ok(std::fs::remove_file(out)?)
}

async fn make(arguments: &TenantArguments, settings: PlanArguments) -> Result<(), Failure> {
    let most = most(&settings.max_deactivations)?;
    let scope = settings.scope.as_deref().map(|scope| match scope.strip_prefix("client=") {
        Some(client) if !client.is_empty() => Ok(client.to_owned()),
        _ => Err(Failure::CouldNotRun {
            reason: format!("`{scope}` is no scope"),
            help: Some("say --scope client=ID with the id of a client"),
        }),
    });
    let client = scope.transpose()?;
    let mapping = settings.columns.as_deref().map(Mapping::read).transpose()?.unwrap_or_default();
    let roster = Roster::read(&settings.roster, &mapping, settings.match_by)?;
    let tenant = connect(arguments).await?;
    if let Some(client) = &client {
        // A scope that is nobody's would leave everybody alone.
        tenant.client.clients().get(client.as_str()).send().await?;
    }
    let licenses =
        if roster.names_licenses() { licenses(&tenant.client, client.as_deref()).await? } else { Licenses::default() };
    let roles = match settings.roles.as_slice() {
        [] => vec!["learner".to_owned(), "student".to_owned()],
        roles => roles.to_vec(),
    };
    let (deactivate_missing, write_hidden) = (settings.deactivate_missing, settings.write_hidden);
    let settled = Settings { deactivate_missing, client, roles, write_hidden, most };
    let mut planner = Planner::new(&roster, settled, licenses);
    let counter = Counter::new("people");
    let mut pages = tenant.client.users().list().with_profiles(true).pages();
    let mut seen = std::collections::HashSet::new();
    while let Some(page) = pages.try_next().await? {
        let gaps: Vec<String> =
            page.gaps().iter().filter_map(|gap| gap.strip_prefix("users.")).map(str::to_owned).collect();
        for user in page.users.iter().flatten().filter(|user| seen.insert(user.id.clone())) {
            planner.person(user, &gaps)?;
            counter.count();
        }
    }
    drop(counter);
    let plan = planner.finish(tenant.url.clone(), Date::now())?;
    plan.write(&settings.out)?;
    _ = writeln!(std::io::stdout(), "{}", summary(&plan.totals));
    for line in notes(&plan) {
        _ = writeln!(std::io::stdout(), "{line}");
    }
    if plan.totals.changes() > 0 || plan.totals.problems > 0 {
        _ = writeln!(std::io::stdout(), "look at it with `ti show {}`", settings.out.display());
        return Err(Failure::Found);
    }
    Ok(())
}

/// The totals in a line.
pub(crate) fn summary(totals: &Totals) -> String {
    let counts = [
        (totals.create, "to create"),
        (totals.update, "to update"),
        (totals.reactivate, "to reactivate"),
        (totals.deactivate, "to deactivate"),
        (totals.delete, "to delete"),
        (totals.problems, "with a problem"),
    ];
    let told: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let changes = if told.is_empty() { "no change".to_owned() } else { told.join(", ") };
    format!("{changes}; {} as they should be, {} left alone", totals.unchanged, totals.unmanaged)
}

/// What somebody who reads the totals has to know as well, line by line.
pub(crate) fn notes(plan: &Plan) -> Vec<String> {
    let disabled = (plan.left_disabled > 0).then(|| {
        format!(
            "{} people of the roster are disabled, and stay so: their rows say no status (`active` lets them in again)",
            plan.left_disabled
        )
    });
    let unseen = plan.unseen.iter().map(|(field, people)| {
        format!("`{field}` is not shown by the tenant, and left alone ({people} people; --write-hidden writes it)")
    });
    disabled.into_iter().chain(unseen).collect()
}

/// How many people may be deactivated, and how many in percent.
fn most(given: &[String]) -> Result<(usize, f64), Failure> {
    let (mut number, mut percent) = (20, 10.0);
    for text in given {
        let wrong = || Failure::CouldNotRun {
            reason: format!("`{text}` is no number of people"),
            help: Some("say --max-deactivations 50 --max-deactivations 15%"),
        };
        if let Some(text) = text.strip_suffix('%') {
            percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent)).ok_or_else(wrong)?;
        } else {
            number = text.parse().map_err(|_| wrong())?;
        }
    }
    Ok((number, percent))
}

/// The licences of a client, or of all.
async fn licenses(client: &Client, of: Option<&str>) -> Result<Licenses, Failure> {
    let clients = match of {
        Some(id) => vec![client.clients().get(id).send().await?.into_inner()],
        None => client.clients().list().items().try_collect().await?,
    };
    let mut known = Licenses { are_known: true, ..Licenses::default() };
    for own in clients {
        let mut licenses = client.licenses().of_client(own.id.as_str()).items();
        while let Some(license) = licenses.try_next().await? {
            if let Some(sku) = license.sku {
                known.by_sku.entry(sku).or_default().push(license.id.clone());
            }
            known.limits.insert(license.id, (license.seats_limit, own.id.clone()));
        }
        let taken = own.seats_allocated_count.max(own.seats_used_count).unwrap_or_default();
        known.clients.insert(own.id, (own.seats_limit, taken));
    }
    Ok(known)
}
