//! A plan in a few lines, or in one JSON object: counts, guards and the digest, and nothing of any user.

use std::collections::BTreeMap;

use serde::Serialize;
use thought_industries::Date;
use thought_industries_provision::{GuardKind, Limit, Plan, PlanSource, SeatChange, Totals};

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

/// A plan without its entries: no name, address or value of a user is in it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanSummary {
    tenant: String,
    pub(crate) digest: String,
    made: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roster: Option<RosterSummary>,
    pub(crate) totals: Totals,
    left_disabled: usize,
    unseen: BTreeMap<String, usize>,
    /// How many active users the roster is about.
    population: usize,
    /// How many users the plan changes in which way.
    kinds: BTreeMap<GuardKind, usize>,
    pub(crate) raised: Vec<RaisedSummary>,
    seats: Vec<SeatChange>,
}

#[derive(Debug, Serialize)]
struct RosterSummary {
    name: String,
    digest: String,
}

/// A guard that was raised, without its example.
#[derive(Debug, Serialize)]
pub(crate) struct RaisedSummary {
    pub(crate) kind: GuardKind,
    pub(crate) allowed: Limit,
}

impl PlanSummary {
    pub(crate) fn of(plan: &Plan) -> Self {
        let roster = match &plan.source {
            PlanSource::Roster { name, digest, .. } => {
                Some(RosterSummary { name: name.clone(), digest: digest.clone() })
            }
            _ => None,
        };
        let kinds = plan.census.iter().flat_map(|census| &census.kinds);
        let raised = plan.raised.iter();
        Self {
            tenant: plan.tenant.clone(),
            digest: plan.digest.clone(),
            made: plan.made,
            made_by: plan.made_by.clone(),
            expires: plan.expires,
            roster,
            totals: plan.totals,
            left_disabled: plan.left_disabled,
            unseen: plan.unseen.clone(),
            population: plan.census.as_ref().map_or(0, |census| census.population),
            kinds: kinds.map(|(kind, counted)| (kind.clone(), counted.users)).collect(),
            raised: raised.map(|guard| RaisedSummary { kind: guard.kind.clone(), allowed: guard.allowed }).collect(),
            seats: plan.seats.clone(),
        }
    }
}
