//! The plan of `ti reconcile`: what can be fixed, for the engine of `ti plan`.

use std::path::Path;

use thought_industries_identity::{Fixes, GraphConfig, Report};
use thought_industries_provision::{MatchBy, PlanConfig, Planner, Policy, Roster};

use super::super::plan::guards;
use super::super::summary::summary;
use crate::arguments::ReconcileRun;
use crate::audit::user;
use crate::failure::Failure;
use crate::lock;
use crate::progress::Counter;
use crate::tenant::Tenant;

/// Plans the fixes of a report, and writes the plan.
pub(super) async fn write(
    path: &Path,
    tenant: &Tenant,
    report: &Report,
    config: &GraphConfig,
    settings: &ReconcileRun,
) -> Result<(), Failure> {
    if settings.tenant_export.is_some() && tenant.client.url() != report.tenant {
        let reason = format!("the export is of {}, and the plan would be for {}", report.tenant, tenant.client.url());
        return Err(Failure::new(reason, "no plan was written; name the tenant of the export"));
    }
    let fixes = Fixes::of(report, &config.plan);
    for line in &fixes.left_out {
        eprintln!("not in the plan: {line}");
    }
    if fixes.rows.is_empty() {
        eprintln!("no finding has a fix, and no plan was written");
        return Ok(());
    }
    let limits = guards(&settings.max_deactivations, &settings.allow, &PlanConfig::default())?;
    let policy = Policy::new().managed_roles(&config.plan.roles).guards(limits);
    let roster = Roster::of(fixes.rows.iter().cloned(), MatchBy::Email)?.named("ti reconcile");
    let counter = Counter::new("users");
    let planner = Planner::new(policy).history(lock::history(tenant)?).made_by(user());
    let plan = planner.on_user(counter.on_item()).plan(&tenant.client, &roster).await?;
    fixes.check(&plan)?;
    plan.write(path)?;
    eprintln!("{}: {}", path.display(), summary(&plan.totals));
    eprintln!("digest {}", plan.digest);
    eprintln!("review it with `ti show {}`", path.display());
    Ok(())
}
