//! How long a plan takes at the limits of its tenant.

use std::time::Duration;

use thought_industries::{Client, Limits, Surface};

use crate::error::Error;
use crate::plan::{Action, Plan};
use crate::read_ahead::{FRESH, pages_of, saves};

/// What a run of a plan asks of the tenant, if nothing fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// How many requests are sent.
    pub requests: usize,
    /// How long that takes at least: the limits permit no more, however fast the tenant responds.
    pub least: Duration,
}

/// Requests, by the limit that they count against.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    rest: usize,
    rest_writes: usize,
    graphql: usize,
}

impl Load {
    fn add(&mut self, surface: Surface, requests: usize, is_write: bool) {
        match surface {
            Surface::GraphQl => self.graphql += requests,
            _ => {
                self.rest += requests;
                self.rest_writes += if is_write { requests } else { 0 };
            }
        }
    }

    /// The end of the last window that is needed, from the start of the first: a window can be used up at once.
    fn least(self, limits: &Limits) -> Duration {
        let windows = |requests: usize, most: u32, window: Duration| {
            let full = requests.saturating_sub(1) / usize::try_from(most.max(1)).unwrap_or(usize::MAX);
            window.saturating_mul(u32::try_from(full).unwrap_or(u32::MAX))
        };
        let rest = windows(self.rest, limits.rest_requests, limits.rest_window.unwrap_or(limits.window));
        let writes = windows(self.rest_writes, limits.rest_writes, limits.window);
        rest.max(writes).max(windows(self.graphql, limits.graphql_requests, limits.window))
    }
}

impl Estimate {
    /// What a run of the whole plan takes with these limits, corrected by those that the tenant has reported. Each operation
    /// counts for the surface that it is sent to first.
    ///
    /// ```no_run
    /// # fn show(client: &thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
    /// use thought_industries::Limits;
    /// use thought_industries_provision::{Estimate, Plan};
    ///
    /// let plan = Plan::read("plan.json".as_ref())?;
    /// let estimate = Estimate::of(&plan, client, Limits::documented())?;
    /// println!("{} requests, {} minutes at least", estimate.requests, estimate.least.as_secs().div_ceil(60));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the entries of the plan cannot be read.
    pub fn of(plan: &Plan, client: &Client, limits: Limits) -> Result<Self, Error> {
        let profile = client.profile();
        let capabilities = client.capabilities();
        let surface = |operation: &str| capabilities.routes(operation).first().copied().unwrap_or(Surface::RestV2);
        let (read, update, status) =
            (surface("users.get-profile"), surface("users.update"), surface("users.update-status"));
        let limits = limits.corrected(&profile.limits);
        let (mut load, mut compared) = (Load::default(), 0);
        for entry in plan.entries.iter() {
            let entry = entry?;
            match entry.action {
                Action::Problem => continue,
                Action::Create => load.add(surface("users.create"), 1, true),
                Action::Delete => load.add(surface("users.delete"), 1, true),
                Action::Update | Action::Reactivate | Action::Deactivate => {
                    load.add(update, usize::from(!entry.fields().is_empty()), true);
                }
            }
            // A change of status is read back.
            let statuses = usize::from(entry.status().is_some());
            load.add(status, statuses, true);
            load.add(read, statuses, false);
            compared += usize::from(entry.action != Action::Create);
        }
        let pages = pages_of(plan);
        if !plan.is_rollback() && saves(pages, compared) {
            let lists = load.least(&limits).as_secs() / FRESH.as_secs() + 1;
            load.add(surface("users.profiles"), pages * usize::try_from(lists).unwrap_or(1), false);
        } else {
            load.add(read, compared, false);
        }
        Ok(Self { requests: load.rest + load.graphql, least: load.least(&limits) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_that_binds_decides() {
        let limits = Limits::documented();
        let least = |rest, rest_writes, graphql| Load { rest, rest_writes, graphql }.least(&limits).as_secs();
        // A window is used up at once.
        assert_eq!(least(120, 60, 1_000), 0);
        assert_eq!(least(121, 60, 0), 60);
        assert_eq!(least(121, 61, 0), 60);
        assert_eq!(least(0, 0, 10_001), 600);
        // 2,000 changes over REST, most of whose users were read from lists.
        assert_eq!(least(2_200, 2_000, 0), 33 * 60);
        let quarter = limits.clone().rest_requests(250).rest_window(Duration::from_secs(900));
        assert_eq!(Load { rest: 1_000, rest_writes: 1_000, graphql: 0 }.least(&quarter).as_secs(), 45 * 60);
    }
}
