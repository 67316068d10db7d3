//! The cost of an operation: one point for each returned field, plus surcharges.

use thought_industries_spec::Selection;

use crate::selection::Selected;
use crate::{Costs, Problem};

/// The problem with an operation that costs more than a query may.
pub(crate) fn problem(operation: &Selected, selection: &Selection, costs: &Costs) -> Option<Problem> {
    let total = selection.points();
    (total > costs.limit).then(|| {
        let heaviest: Vec<String> =
            heaviest(selection).into_iter().take(5).map(|(path, points)| format!("{path} {points}")).collect();
        Problem {
            message: format!("`{}` costs {total} points; a query may cost {}", operation.name, costs.limit),
            help: format!("select less, or split it into two operations; most points go to: {}", heaviest.join(", ")),
            ..operation.place.clone()
        }
    })
}

/// The root fields without what is below them, and the selections directly below each.
fn heaviest(selection: &Selection) -> Vec<(String, u32)> {
    let mut heaviest = Vec::new();
    for root in &selection.fields {
        heaviest.push((root.key.clone(), root.points));
        let below = root.selection.fields.iter();
        heaviest.extend(
            below.map(|field| (format!("{}.{}", root.key, field.key), field.points + field.selection.points())),
        );
    }
    heaviest.sort_by(|(a_path, a), (b_path, b)| b.cmp(a).then_with(|| a_path.cmp(b_path)));
    heaviest
}
