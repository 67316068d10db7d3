//! Content: what it is called, and how its parts belong together.

use super::leaf;
use crate::tenant::node::{Node, Resolved};
use crate::tenant::{catalogue, made_up};

pub(super) fn course<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let chance = node.chance();
    let used = chance.named("seats used").below(40);
    let limit = (!chance.named("limited").one_in(3)).then(|| used + chance.named("free").below(4));
    match name {
        "courseGroup" => Some(node.entity("CourseGroup", index / 2)),
        "courseGroupTitle" => leaf(catalogue::name("CourseGroup", index / 2)),
        "seatsUsedCount" | "seatsAllocatedCount" => leaf(used),
        "seatsLimit" => leaf(limit),
        "seatsLimitMet" => leaf(limit == Some(used)),
        _ => None,
    }
}

pub(super) fn content<'t>(name: &str, type_name: &str, index: u32) -> Option<Resolved<'t>> {
    match name {
        "title" | "name" | "label" => catalogue::name(type_name, index).map(Resolved::leaf),
        "slug" => catalogue::slug_of(type_name, index).map(Resolved::leaf),
        "status" if type_name == "Course" && index % 8 != 7 => leaf("published"),
        "sku" => Some(Resolved::leaf(made_up::sku(type_name, index))),
        _ => None,
    }
}
