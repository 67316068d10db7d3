//! What queries cost, as the tenant states it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The last costs that the tenant stated with `X-Complexity-Cost`, by operation, beside the points that were counted for
/// them. A list may cost as much as all its entries.
#[derive(Debug, Default)]
pub(crate) struct Costs(Mutex<BTreeMap<&'static str, Cost>>);

#[derive(Debug, Clone, Copy)]
struct Cost {
    stated: u32,
    counted: u32,
}

impl Costs {
    /// Notes the cost of a request for which so many points were counted.
    pub(super) fn learn(&self, operation: &'static str, stated: u32, counted: u32) {
        if counted > 0 {
            let mut costs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            costs.insert(operation, Cost { stated, counted });
        }
    }

    /// How often an operation fits into a number of points: once, as long as the tenant has not stated its cost.
    pub(crate) fn times(&self, operation: &str, points: u32, room: u32) -> usize {
        let costs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Cost { stated, counted }) = costs.get(operation).copied() else { return 1 };
        let own = (u64::from(points) * u64::from(stated)).div_ceil(u64::from(counted)).max(1);
        usize::try_from(u64::from(room) / own).unwrap_or(usize::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_cost_says_how_often_a_query_fits() {
        let costs = Costs::default();
        assert_eq!(costs.times("users.list", 16, 1_000), 1, "nothing was stated");
        costs.learn("users.list", 16, 16);
        assert_eq!(costs.times("users.list", 16, 1_000), 62);
        assert_eq!(costs.times("users.list", 8, 1_000), 125, "of a tenant that lacks half of the fields");
        assert_eq!(costs.times("clients.list", 16, 1_000), 1);
        // Each user costs as much as the query, and ten pages were asked for.
        costs.learn("users.list", 16_000, 160);
        assert_eq!(costs.times("users.list", 16, 1_000), 1);
        costs.learn("users.list", 0, 16);
        assert_eq!(costs.times("users.list", 16, 1_000), 1_000, "a query that is free");
    }
}
