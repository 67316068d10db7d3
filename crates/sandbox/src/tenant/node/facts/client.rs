//! Clients, and their licenses.

use super::leaf;
use crate::population::{Chance, date};
use crate::tenant::node::made_up;
use crate::tenant::node::{Node, Resolved};
use crate::world::World;

pub(super) fn client_sku(client: u32) -> String {
    format!("CLIENT-{client:03}")
}

pub(super) fn client<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let world = &node.world;
    let population = &world.population;
    let all = || world.licenses_of_client(index);
    match name {
        "id" => leaf(population.id("Client", index)),
        "name" | "schoolName" => leaf(population.client_name(index)),
        "slug" => leaf(population.client_slug(index)),
        "sku" => leaf(client_sku(index)),
        "panorama" => leaf(true),
        "disabled" => {
            leaf(world.client_is_disabled(index).unwrap_or_else(|| node.chance().named("disabled").one_in(9)))
        }
        "seatsUsedCount" | "seatsAllocatedCount" => leaf(world.seats_used_by_client(index)),
        "seatsLimit" => leaf(world.seats_limit_of_client(index)),
        "secretKey" => leaf(format!("sandbox-secret-of-client-{index:03}")),
        "primaryLicense" => Some(all().first().map_or_else(Resolved::null, |first| node.entity("License", *first))),
        "licenses" => Some(node.entities("License", all())),
        // An API key acts for an administrator, who manages every license.
        "licenseTree" | "currentUserManagerAllocatedLicenseTree" => Some(node.entities("LicenseNode", all())),
        "courses" => Some(node.entities("Course", population.content_of_client(index, "Course"))),
        "learningPaths" => Some(node.entities("LearningPath", population.content_of_client(index, "LearningPath"))),
        _ => None,
    }
}

pub(super) fn license<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let world = &node.world;
    if let Some(said) = world.license_said(index, name) {
        return leaf(said);
    }
    let client = world.client_of_license(index);
    match name {
        "id" => leaf(world.id("License", index)),
        "name" => leaf(world.license_name(index)),
        "sku" => leaf(world.license_sku(index)),
        "schoolName" => leaf(world.population.client_name(client)),
        "isDefault" => leaf(world.license_parent(index).is_none()),
        "seatsLimit" => leaf(world.seats_limit_of_license(index)),
        "client" => Some(node.entity("Client", client)),
        "courses" => Some(node.entities("Course", world.content_of_license(index, "Course"))),
        "learningPaths" => Some(node.entities("LearningPath", world.content_of_license(index, "LearningPath"))),
        "courseTags" => world.tags_of_license(index).map(|tags| node.entities("Tag", tags)),
        "createdAt" => leaf(license_created(world, index)),
        "expirationDate" if !world.license_is_created(index) => {
            let chance = node.chance().named(name);
            leaf((!chance.one_in(3)).then(|| date(chance, 2026, 2027)))
        }
        "parentLicense" => Some(match world.license_parent(index) {
            Some(parent) => node.entity("License", parent),
            None => Resolved::null(),
        }),
        "childLicenses" => Some(node.entities("License", world.license_children(index))),
        // Nothing is computed for created objects.
        _ if world.license_is_created(index) && !is_object(node, name) => Some(made_up::nothing(node, name)),
        _ => None,
    }
}

/// Whether a field returns objects, which are made up from the object they belong to.
fn is_object(node: &Node<'_>, name: &str) -> bool {
    let inner = node.field(name).map(|field| field.ty.inner_named_type());
    inner.is_some_and(|inner| node.served.schema.types.get(inner).is_some_and(|ty| !ty.is_leaf()))
        || name.ends_with("Id")
        || name.ends_with("Ids")
}

fn license_created(world: &World<'_>, license: u32) -> String {
    if let Some(created) = world.license_said(license, "createdAt") {
        return created.as_str().unwrap_or_default().to_owned();
    }
    date(Chance::new(world.population.seed).named("license created").at(u64::from(license)), 2019, 2021)
}

pub(super) fn license_node<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let world = &node.world;
    let ancestors = || world.license_ancestors(index);
    match name {
        "id" => leaf(world.id("License", index)),
        "name" => leaf(world.license_name(index)),
        "createdAt" => leaf(license_created(world, index)),
        "depth" => leaf(ancestors().len()),
        "ancestorIds" => Some(Resolved::leaves(ancestors().into_iter().map(|license| world.id("License", license)))),
        "hierarchicalName" => {
            let names: Vec<String> =
                ancestors().into_iter().chain([index]).map(|license| world.license_name(license)).collect();
            leaf(names.join(" > "))
        }
        "parentLicenseId" => leaf(world.license_parent(index).map(|license| world.id("License", license))),
        _ => None,
    }
}
