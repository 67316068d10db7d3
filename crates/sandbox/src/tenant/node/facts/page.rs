//! Pages of lists, and their descriptions.

use std::rc::Rc;

use super::client::client_sku;
use super::leaf;
use crate::cursor;
use crate::tenant::node::{Node, Place, Resolved};
use crate::tenant::page::{CLIENTS_PER_PAGE, LICENSES_PER_PAGE, MOST_CLIENTS_PER_PAGE, Page, USERS_PER_PAGE};
use crate::world::World;

pub(super) fn users_page(world: &World<'_>, role: Option<&str>, number: u32) -> Rc<Page> {
    let listing = world.listing(role);
    Page::cut(number, world.page_size(world.default_page_size(USERS_PER_PAGE)), listing.total(), |k| listing.nth(k))
}

/// Sorts clients by name if `sort` is `name`, `-name` or `name desc`; the reference does not document the spelling.
pub(super) fn clients_page(
    world: &World<'_>,
    query: Option<&str>,
    sort: Option<&str>,
    number: u32,
    count: Option<u32>,
) -> Rc<Page> {
    let population = &world.population;
    let query = query.unwrap_or_default().to_lowercase();
    let mut matching: Vec<u32> = (0..population.clients())
        .filter(|client| population.client_name(*client).to_lowercase().contains(&query))
        .collect();
    if sort.is_some_and(|sort| sort.contains("name")) {
        matching.sort_by_key(|client| population.client_name(*client));
    }
    if sort.is_some_and(|sort| sort.starts_with('-') || sort.to_lowercase().ends_with("desc")) {
        matching.reverse();
    }
    let size = count.unwrap_or_else(|| world.default_page_size(CLIENTS_PER_PAGE)).clamp(1, MOST_CLIENTS_PER_PAGE);
    let total = u32::try_from(matching.len()).unwrap_or_default();
    Page::cut(number, size, total, |k| matching.get(k as usize).copied())
}

pub(super) fn licenses_page(world: &World<'_>, client: u32, number: u32) -> Rc<Page> {
    let all = world.licenses_of_client(client);
    let total = u32::try_from(all.len()).unwrap_or_default();
    let page = Page::cut(number, world.page_size(world.default_page_size(LICENSES_PER_PAGE)), total, |k| {
        all.get(k as usize).copied()
    });
    Rc::new(Page { of_client: Some(client), ..(*page).clone() })
}

impl<'t> Node<'t> {
    pub(super) fn page(&self, type_name: &'t str, page: Rc<Page>) -> Resolved<'t> {
        Resolved::Object(self.at(type_name, Place::Page(page)))
    }
}

pub(super) fn page_field<'t>(node: &Node<'t>, name: &str, page: &Rc<Page>) -> Option<Resolved<'t>> {
    let population = &node.world.population;
    let entries = || page.entries.iter().copied();
    match name {
        "users" => Some(node.entities("User", entries())),
        "clients" => Some(node.entities("Client", entries())),
        "licenses" => Some(node.entities("License", entries())),
        "contentItems" => Some(node.entities("Content", entries())),
        "courseGroups" => Some(node.entities("CourseGroup", entries())),
        "meetings" => Some(node.entities("Meeting", entries())),
        "assessmentAttempts" => Some(node.entities("AssessmentAttempt", entries())),
        "coupons" => Some(node.entities("Coupon", entries())),
        "redemptionCodeGroups" => Some(node.entities("RedemptionCodeGroup", entries())),
        "pageInfo" => {
            let type_name = node.field(name)?.ty.inner_named_type();
            Some(node.page(type_name, Rc::clone(page)))
        }
        "aggregations" => Some(Resolved::List(match node.type_name {
            "UsersList" => vec![node.page("Aggregation", Rc::clone(page))],
            _ => Vec::new(),
        })),
        "debug" => Some(Resolved::null()),
        "currentPage" => leaf(page.number),
        "perPage" => leaf(page.size),
        "total" => leaf(page.total),
        "hasMore" => leaf(page.has_more()),
        "cursor" => leaf(page.has_more().then(|| cursor::encode(page.number.saturating_add(1)))),
        "id" => leaf(page.of_client.map(|client| population.id("Client", client))),
        "name" => leaf(page.of_client.map(|client| population.client_name(client))),
        "sku" => leaf(page.of_client.map(client_sku)),
        _ => None,
    }
}

pub(super) fn aggregation<'t>(node: &Node<'t>, name: &str) -> Option<Resolved<'t>> {
    match name {
        "key" => leaf("roleKey"),
        "label" => leaf("Role"),
        "buckets" => Some(node.entities("AggregationBucket", (0..).take(node.world.role_keys().len()))),
        _ => None,
    }
}

pub(super) fn bucket<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let key = &node.world.role_keys().into_iter().nth(index as usize)?;
    match name {
        "count" => leaf(node.world.listing(Some(key)).total()),
        "value" => leaf(key.as_str()),
        "label" => leaf(key.replace('-', " ")),
        "query" => leaf(format!("role={key}")),
        "description" => leaf(format!("People with the role {key}")),
        _ => None,
    }
}
