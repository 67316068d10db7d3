//! Clients, and their licences.

use super::leaf;
use crate::population::{Chance, LICENSES_PER_CLIENT, Population, date};
use crate::tenant::node::{Node, Resolved};

pub(super) fn client_sku(client: u32) -> String {
    format!("CLIENT-{client:03}")
}

pub(super) fn client<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let population = &node.population;
    let first = index * LICENSES_PER_CLIENT;
    let all = || first..first + LICENSES_PER_CLIENT;
    match name {
        "id" => leaf(population.id("Client", index)),
        "name" | "schoolName" => leaf(population.client_name(index)),
        "slug" => leaf(population.client_slug(index)),
        "sku" => leaf(client_sku(index)),
        "panorama" => leaf(true),
        "disabled" => leaf(node.chance().named("disabled").one_in(9)),
        "seatsUsedCount" | "seatsAllocatedCount" => leaf(population.seats_used_by_client(index)),
        "seatsLimit" => leaf(population.seats_used_by_client(index) + 5),
        "secretKey" => leaf(format!("sandbox-secret-of-client-{index:03}")),
        "primaryLicense" => Some(node.entity("License", first)),
        "licenses" => Some(node.entities("License", all())),
        // An API key acts for an administrator, who manages every licence.
        "licenseTree" | "currentUserManagerAllocatedLicenseTree" => Some(node.entities("LicenseNode", all())),
        "courses" => Some(node.entities("Course", population.content_of_client(index, "Course"))),
        "learningPaths" => Some(node.entities("LearningPath", population.content_of_client(index, "LearningPath"))),
        _ => None,
    }
}

pub(super) fn license<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let population = &node.population;
    let client = index / LICENSES_PER_CLIENT;
    match name {
        "id" => leaf(population.id("License", index)),
        "name" => leaf(population.license_name(index)),
        "sku" => leaf(format!("{}-L{:02}", client_sku(client), index % LICENSES_PER_CLIENT)),
        "schoolName" => leaf(population.client_name(client)),
        "isDefault" => leaf(population.license_parent(index).is_none()),
        "seatsLimit" => leaf(population.seats_limit_of_license(index)),
        "client" => Some(node.entity("Client", client)),
        "courses" => Some(node.entities("Course", population.content_of_license(index, "Course"))),
        "learningPaths" => Some(node.entities("LearningPath", population.content_of_license(index, "LearningPath"))),
        "createdAt" => leaf(license_created(population, index)),
        "expirationDate" => {
            let chance = node.chance().named(name);
            leaf((!chance.one_in(3)).then(|| date(chance, 2026, 2027)))
        }
        "parentLicense" => Some(match population.license_parent(index) {
            Some(parent) => node.entity("License", parent),
            None => Resolved::null(),
        }),
        "childLicenses" => Some(node.entities("License", population.license_children(index))),
        _ => None,
    }
}

fn license_created(population: &Population, license: u32) -> String {
    date(Chance::new(population.seed).named("license created").at(u64::from(license)), 2019, 2021)
}

pub(super) fn license_node<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let population = &node.population;
    let ancestors = || population.license_ancestors(index);
    match name {
        "id" => leaf(population.id("License", index)),
        "name" => leaf(population.license_name(index)),
        "createdAt" => leaf(license_created(population, index)),
        "depth" => leaf(ancestors().len()),
        "ancestorIds" => {
            Some(Resolved::leaves(ancestors().into_iter().map(|license| population.id("License", license))))
        }
        "hierarchicalName" => {
            let names: Vec<String> =
                ancestors().into_iter().chain([index]).map(|license| population.license_name(license)).collect();
            leaf(names.join(" > "))
        }
        "parentLicenseId" => leaf(population.license_parent(index).map(|license| population.id("License", license))),
        _ => None,
    }
}
