//! Content: its names, and how its parts belong together.

use super::leaf;
use crate::tenant::catalogue;
use crate::tenant::node::{Node, Resolved};

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

/// Whether users can be enrolled in a course.
pub(crate) fn course_is_published(index: u32) -> bool {
    index % 8 != 7
}

/// The SKU of the n-th object of a content type.
pub(crate) fn sku(type_name: &str, index: u32) -> String {
    catalogue::sku(type_name, index)
}

/// The slug of the n-th object of a content type.
pub(crate) fn slug(type_name: &str, index: u32) -> Option<String> {
    catalogue::slug_of(type_name, index)
}

/// A job that was started by a write.
pub(super) fn job<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let job = node.world.job(index)?;
    match name {
        "type" => leaf(job.kind),
        "description" => leaf(job.description),
        "createdAt" => leaf(job.created_at),
        "status" => leaf(job.status()),
        "errorMessage" => leaf(if job.is_over() { job.error } else { None }),
        "repeatable" => leaf(false),
        _ => None,
    }
}

pub(super) fn content<'t>(name: &str, type_name: &str, index: u32) -> Option<Resolved<'t>> {
    match name {
        "title" | "name" | "label" => catalogue::name(type_name, index).map(Resolved::leaf),
        "slug" => catalogue::slug_of(type_name, index).map(Resolved::leaf),
        "status" if type_name == "Course" => leaf(if course_is_published(index) { "published" } else { "draft" }),
        "sku" => Some(Resolved::leaf(catalogue::sku(type_name, index))),
        _ => None,
    }
}
