//! Fixes: what a plan of the engine is made from.

use std::collections::{BTreeMap, BTreeSet};

use thought_industries_provision::{DesiredUser, Plan};

use crate::config::FixConfig;
use crate::error::Error;
use crate::finding::{Finding, FindingKind, Fix};
use crate::report::{FindingState, Report};

/// Rows for a plan of [`thought_industries_provision`], one for each user whose findings have a fix.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Fixes {
    /// The rows, found by the address.
    pub rows: Vec<DesiredUser>,
    /// What is left out, in sentences.
    pub left_out: Vec<String>,
    accounts: BTreeSet<String>,
}

impl Fixes {
    /// The fixes of the open findings of a report, of the kinds that are wanted.
    pub fn of(report: &Report, wanted: &FixConfig) -> Self {
        let mut fixes = Self::default();
        let open = report.findings.iter().filter(|own| own.state == FindingState::Open && own.is_judged);
        let open = open.map(|own| &own.finding).filter(|finding| wanted.fixes.contains(&finding.kind));
        let mut users: BTreeMap<&str, DesiredUser> = BTreeMap::new();
        let mut counts = [0_usize; 3];
        let [absent, without_address, undecided] = &mut counts;
        for finding in open {
            match (&finding.fix, &finding.email, &finding.account) {
                (None, ..) => *undecided += 1,
                (Some(Fix::Disable { is_absence: true, .. }), ..) if !wanted.absent => *absent += 1,
                (Some(fix), Some(email), Some(account)) => {
                    let user = users
                        .remove(email.as_str())
                        .unwrap_or_else(|| DesiredUser::new().with("email", email.as_str()));
                    users.insert(email, applied(user, fix));
                    fixes.accounts.insert(account.clone());
                }
                _ => *without_address += 1,
            }
        }
        fixes.rows = users.into_values().collect();
        let reasons = [
            "only absent from the sources: `absent = true` in [plan] includes them",
            "without an address, which a plan finds users by",
            "without a fix: they are for you to decide",
        ];
        let left_out = counts.iter().zip(reasons).filter(|(count, _)| **count > 0);
        fixes.left_out = left_out.map(|(count, reason)| format!("{count} findings are {reason}")).collect();
        fixes
    }

    /// Checks that a plan is about these users only: an address may have got another user since the tenant was read.
    ///
    /// # Errors
    /// If it creates users, or changes others.
    pub fn check(&self, plan: &Plan) -> Result<(), Error> {
        for entry in plan.entries.iter() {
            let entry = entry.map_err(thought_industries_provision::Error::from)?;
            let is_ours = entry.id.as_ref().is_some_and(|id| self.accounts.contains(id));
            if !is_ours {
                let reason = format!("{} is not the user whom the finding is about", entry.label());
                let help = "no plan was written: the tenant has changed since it was read; run `ti reconcile` again";
                return Err(Error::new(reason).with_help(help));
            }
        }
        Ok(())
    }
}

fn applied(mut user: DesiredUser, fix: &Fix) -> DesiredUser {
    match fix {
        Fix::Disable { ended, .. } => {
            user.ended.clone_from(ended);
            user.active(false)
        }
        Fix::Update { field, value } => user.with(field, value.as_str()),
    }
}

/// Whether a finding has a fix.
impl Finding {
    /// Whether a plan can fix it.
    pub fn has_fix(&self) -> bool {
        self.fix.is_some() && matches!(self.kind, FindingKind::Leaver | FindingKind::Drift)
    }
}
