//! What a `ti sync` did, for a scheduler and those who read its messages: counts, guards and digests, and nothing of any user.

use std::fmt::Write as _;

use serde::Serialize;
use thought_industries::Date;

use crate::commands::apply::{APPLYING, Counts};
use crate::commands::summary::{PlanSummary, summary};

/// What was done for all tenants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// The version of this format.
    pub(super) version: u32,
    /// When it ended.
    pub(super) at: Date,
    pub(super) exit_code: u8,
    pub(super) tenants: Vec<TenantReport>,
}

/// What was done for one tenant.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TenantReport {
    pub(super) name: String,
    pub(super) outcome: Outcome,
    /// Why it was refused or stopped, in general terms: what exactly may name users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    /// The guards that refused the plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) refused_by: Vec<Refusal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<PlanSummary>,
    /// How many entries were carried out, and how many were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<Counts>,
    /// The folder of the plan and its journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) folder: Option<String>,
}

/// A guard that refused a plan.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    pub(super) kind: String,
    /// How many users the plan would have changed in this way.
    pub(super) users: usize,
}

/// How it went for a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    /// The tenant is as the roster says.
    Unchanged,
    /// There is nothing to carry out, but rows with problems.
    Problems,
    /// The plan is written, and was not to be carried out.
    Planned,
    /// All changes were carried out.
    Applied,
    /// Some changes were not carried out, or rows have problems.
    Incomplete,
    /// Guards refused the plan.
    Refused,
    /// There is no plan, or its run stopped before its end.
    Failed,
}

impl Outcome {
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Unchanged | Self::Applied => 0,
            Self::Problems | Self::Planned | Self::Incomplete => 1,
            Self::Refused | Self::Failed => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Problems => "rows with problems",
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Incomplete => "applied, not wholly",
            Self::Refused => "refused by guards",
            Self::Failed => "failed",
        }
    }
}

impl TenantReport {
    pub(super) fn new(name: &str, outcome: Outcome) -> Self {
        Self {
            name: name.to_owned(),
            outcome,
            reason: None,
            refused_by: Vec::new(),
            plan: None,
            run: None,
            folder: None,
        }
    }

    /// The lines of the tenant; the first one is its outcome.
    fn lines(&self) -> Vec<String> {
        let reason = self.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let mut lines = vec![format!("{}: {}{reason}", self.name, self.outcome.name())];
        let refused = self.refused_by.iter();
        lines.extend(refused.map(|guard| format!("guard `{}` refuses {} users", guard.kind, guard.users)));
        if let Some(plan) = &self.plan {
            lines.push(summary(&plan.totals));
            lines.extend(
                plan.raised.iter().map(|guard| format!("guard `{}` is raised: {} allowed", guard.kind, guard.allowed)),
            );
            lines.push(format!("digest {}", plan.digest));
        }
        lines.extend(self.run.as_ref().map(|run| run.summary(&APPLYING)));
        lines.extend(self.folder.as_ref().map(|folder| format!("files in {folder}")));
        lines
    }
}

impl Report {
    pub(super) fn of(tenants: Vec<TenantReport>, at: Date) -> Self {
        let exit_code = tenants.iter().map(|own| own.outcome.exit_code()).max().unwrap_or_default();
        Self { version: 1, at, exit_code, tenants }
    }

    /// All tenants in one line.
    pub(super) fn headline(&self) -> String {
        let count = self.tenants.len();
        let outcomes = [
            Outcome::Failed,
            Outcome::Refused,
            Outcome::Incomplete,
            Outcome::Problems,
            Outcome::Planned,
            Outcome::Applied,
            Outcome::Unchanged,
        ];
        let parts = outcomes.into_iter().filter_map(|outcome| {
            let own = self.tenants.iter().filter(|tenant| tenant.outcome == outcome).count();
            (own > 0).then(|| format!("{own} {}", outcome.name()))
        });
        let parts: Vec<String> = parts.collect();
        let tenants = if count == 1 { "tenant" } else { "tenants" };
        format!("{count} {tenants}: {}", parts.join("; "))
    }

    /// The report for a terminal, a log or an e-mail.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.headline());
        for tenant in &self.tenants {
            for (number, line) in tenant.lines().iter().enumerate() {
                // Writing to a string cannot fail.
                _ = writeln!(text, "{}{line}", if number == 0 { "\n" } else { "  " });
            }
        }
        text
    }

    /// The same as a table in Markdown, with what does not fit in it below.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("**{}**\n\n", self.headline());
        text.push_str("| tenant | outcome | create | update | reactivate | deactivate | problems | done | digest |\n");
        text.push_str("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n");
        for tenant in &self.tenants {
            let cells = tenant.plan.as_ref().map(|plan| {
                let totals = &plan.totals;
                [totals.create, totals.update, totals.reactivate, totals.deactivate, totals.problems]
                    .map(|count| count.to_string())
            });
            let cells = cells.unwrap_or_default().join(" | ");
            let done = tenant.run.as_ref().map(|run| run.done().to_string()).unwrap_or_default();
            let digest = tenant.plan.as_ref().and_then(|plan| plan.digest.get(..12)).unwrap_or_default();
            let (name, outcome) = (&tenant.name, tenant.outcome.name());
            _ = writeln!(text, "| {name} | {outcome} | {cells} | {done} | `{digest}` |");
        }
        for tenant in &self.tenants {
            let notes = tenant.reason.map(str::to_owned).into_iter();
            let refused = tenant.refused_by.iter();
            let refused = refused.map(|guard| format!("guard `{}` refuses {} users", guard.kind, guard.users));
            let raised = tenant.plan.iter().flat_map(|plan| &plan.raised);
            let raised = raised.map(|guard| format!("guard `{}` is raised: {} allowed", guard.kind, guard.allowed));
            for note in notes.chain(refused).chain(raised) {
                _ = write!(text, "\n- {}: {note}", tenant.name);
            }
        }
        text.trim_end().to_owned() + "\n"
    }
}
