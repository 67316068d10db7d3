//! The cost of an operation: one point for each returned field, plus surcharges.

use std::collections::BTreeMap;

use crate::selection::{Field, Selected};
use crate::{Costs, Problem};

/// The points of an operation, by path.
pub(crate) struct Cost {
    points: Vec<(String, u32)>,
}

impl Cost {
    pub(crate) fn total(&self) -> u32 {
        self.points.iter().map(|(_, points)| points).sum()
    }

    /// The most expensive selections at the top of the operation.
    fn heaviest(&self) -> Vec<(String, u32)> {
        let mut by_top: BTreeMap<String, u32> = BTreeMap::new();
        for (path, points) in &self.points {
            // The first key is the root field, which every path shares.
            let top = path.split('.').take(2).collect::<Vec<_>>().join(".");
            *by_top.entry(top).or_default() += points;
        }
        let mut heaviest: Vec<(String, u32)> = by_top.into_iter().collect();
        heaviest.sort_by(|(a_path, a), (b_path, b)| b.cmp(a).then_with(|| a_path.cmp(b_path)));
        heaviest
    }
}

pub(crate) fn of(operation: &Selected, costs: &Costs) -> Cost {
    let mut points = BTreeMap::new();
    add(&mut points, costs, &operation.root_type, &operation.root_key, &operation.root);
    Cost { points: points.into_iter().collect() }
}

/// The problem with an operation that costs more than a query may.
pub(crate) fn problem(operation: &Selected, cost: &Cost, costs: &Costs) -> Option<Problem> {
    let total = cost.total();
    (total > costs.limit).then(|| {
        let heaviest: Vec<String> =
            cost.heaviest().into_iter().take(5).map(|(path, points)| format!("{path} {points}")).collect();
        Problem {
            message: format!("`{}` costs {total} points; a query may cost {}", operation.name, costs.limit),
            help: format!("select less, or split it into two operations; most points go to: {}", heaviest.join(", ")),
            ..operation.place.clone()
        }
    })
}

/// Counts a field once, whichever types of an abstract selection it is returned for, at the highest price.
fn add(points: &mut BTreeMap<String, u32>, costs: &Costs, parent: &str, path: &str, field: &Field) {
    let surcharge = costs.surcharges.get(&format!("{parent}.{}", field.name)).copied().unwrap_or_default();
    let price = points.entry(path.to_owned()).or_default();
    *price = (*price).max(1 + surcharge);
    for (object, fields) in &field.children {
        for (key, field) in fields {
            add(points, costs, object, &format!("{path}.{key}"), field);
        }
    }
}
