//! Operations that state more points than a limit allows, because of a change.

use std::collections::HashMap;

use crate::change::Change;
use crate::cost::points;
use crate::effect::Status;
use crate::level::{Break, Level};
use crate::operations::footprint::Footprint;
use crate::schema::{Field, Schema, member};

/// The footprints of the operations under a schema.
type Under<'d> = (&'d [Footprint<'d>], &'d Schema);

/// Marks the changes of costs through which an operation exceeds the limit as breaking it. An operation that exceeded it
/// before proves nothing.
pub(crate) fn judge(changes: &mut [Change], before: Under<'_>, after: Under<'_>, limit: u32) {
    for (old, new) in before.0.iter().zip(after.0) {
        let (was, is) = (stated(old, before.1), stated(new, after.1));
        if was > u64::from(limit) || is <= u64::from(limit) {
            continue;
        }
        let declared = old.declaration();
        for change in changes.iter_mut().filter(|change| change.breaks.contains(&Break::Cost)) {
            let own =
                |it: &&mut crate::effect::Impact| it.declared_in == declared.declared_in && it.name == declared.name;
            if let Some(impact) = change.operations.iter_mut().find(own) {
                impact.status = Status::Broken;
                change.level = Level::Breaking;
                change.reason = format!("`{}` now states {is} points, and the limit is {limit}", declared.name);
            }
        }
    }
}

/// The points that the selected fields state.
fn stated(footprint: &Footprint<'_>, schema: &Schema) -> u64 {
    let mut known: HashMap<(&str, &str), u64> = HashMap::new();
    let mut sum = 0;
    for ((ty, name), uses) in &footprint.fields {
        let cost = *known.entry((ty, name)).or_insert_with(|| {
            let fields = schema.types.get(*ty).map_or(&[][..], |definition| definition.fields());
            let field = member(fields, name, |field: &Field| &field.name);
            field.and_then(|field| points(field.description.as_deref()?)).map_or(0, u64::from)
        });
        sum += cost * u64::try_from(uses.len()).unwrap_or(u64::MAX);
    }
    sum
}
