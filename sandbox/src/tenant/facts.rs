//! What is particular: values that follow from who or what an object is, and from the arguments of a root field.

use std::rc::Rc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use super::node::{Acting, Node, Place, Resolved};
use super::page::{CLIENTS_PER_PAGE, LICENSES_PER_PAGE, MOST_CLIENTS_PER_PAGE, Page, USERS_PER_PAGE};
use super::{catalogue, made_up};
use crate::population::{Chance, LICENSES_PER_CLIENT, Population, Progress, ROLES, Role, date, embedded_id};

/// The value of a field if it is particular; `None` leaves it to be made up.
pub(super) fn of<'t>(
    node: &Node<'t>,
    field: &'t FieldDefinition,
    arguments: &JsonMap,
) -> Result<Option<Resolved<'t>>, FieldError> {
    if !node.served.is_tenant {
        return Ok(None);
    }
    let name = field.name.as_str();
    Ok(match (&node.place, node.type_name) {
        (Place::Root(_), "Mutation") => {
            return Err(FieldError { message: format!("this sandbox serves reads: `{name}` was not carried out") });
        }
        (Place::Root(acting), _) => root(node, field, arguments, *acting)?,
        (Place::Page(page), "Aggregation") => aggregation(node, name, page),
        (Place::Page(page), _) => page_field(node, name, page),
        (Place::Entity(index), "User") => user(node, name, arguments, *index),
        (Place::Held { user, what }, _) => held(node, name, *user, *what),
        (Place::Entity(index), "Client") => client(node, name, *index),
        (Place::Entity(index), "License") => license(node, name, *index),
        (Place::Entity(index), "LicenseNode") => license_node(node, name, *index),
        (Place::Entity(index), "AllocatedLicense") => allocated_license(node, name, *index),
        (Place::Entity(index), "AggregationBucket") => bucket(node, name, *index),
        (Place::Entity(index), "Meeting") if name == "course" => {
            Some(node.entity("Course", node.population.course_of_meeting(*index)))
        }
        (Place::Entity(index), "Course") => course(node, name, *index).or_else(|| content(name, "Course", *index)),
        (Place::Entity(index), "CourseGroup") if name == "courses" => {
            Some(node.entities("Course", [*index * 2, *index * 2 + 1]))
        }
        (Place::Entity(index), type_name) => content(name, type_name, *index),
        (Place::Inside(_), _) => None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it stands among arms that may not know the field")]
fn leaf<'t>(value: impl Into<Value>) -> Option<Resolved<'t>> {
    Some(Resolved::leaf(value))
}

fn root<'t>(
    node: &Node<'t>,
    field: &'t FieldDefinition,
    arguments: &JsonMap,
    acting: Acting,
) -> Result<Option<Resolved<'t>>, FieldError> {
    let population = &node.population;
    let name = field.name.as_str();
    let text = |name: &str| arguments.get(name).and_then(|value| value.as_str());
    let number = |name: &str| {
        arguments.get(name).and_then(apollo_compiler::response::JsonValue::as_i64).and_then(|n| u32::try_from(n).ok())
    };
    let page_number = number("page").unwrap_or(1);
    let one = |type_name: &'t str| {
        let index = text("id").and_then(|id| population.index_of(type_name, id));
        Some(index.map_or_else(Resolved::null, |index| node.entity(type_name, index)))
    };
    Ok(match name {
        "users" => Some(node.entities("User", users_page(population, None, page_number).entries.iter().copied())),
        "APIUsers" => Some(node.page("UsersList", users_page(population, text("role"), page_number))),
        "UserById" => one("User"),
        "ClientById" => one("Client"),
        "LicenseById" => one("License"),
        "APIBackgroundJob" => one("BackgroundJob"),
        "Clients" => {
            let page = clients_page(population, text("query"), text("sort"), page_number, number("count"));
            Some(node.page("ClientsList", page))
        }
        "APILicensesByClientId" => {
            let client = text("clientId").and_then(|id| population.index_of("Client", id));
            Some(
                client.map_or_else(Resolved::null, |client| {
                    node.page("APILicenseList", licenses_page(client, page_number))
                }),
            )
        }
        "UserWaitlist" | "UserArchivedContent" | "UserRecentContent" if acting.user.is_none() => {
            Some(Resolved::List(Vec::new()))
        }
        "UserRecentContent" => {
            let mut recent = made_up::of(node, field);
            if let (Resolved::List(items), Some(limit)) = (&mut recent, number("limit")) {
                items.truncate(limit as usize);
            }
            Some(recent)
        }
        "CurrentUser" => Some(acting.user.map_or_else(Resolved::null, |user| node.entity("User", user))),
        "CourseById" => match text("id").and_then(|id| population.index_of("Course", id)) {
            Some(index) => Some(node.entity("Course", index)),
            None => return Err(FieldError { message: "Course not found".into() }),
        },
        "LearningPathBySlug" => Some(by_slug(node, "LearningPath", text("slug"))),
        "CourseGroupBySlug" => Some(by_slug(node, "CourseGroup", text("slug"))),
        _ => None,
    })
}

fn by_slug<'t>(node: &Node<'t>, type_name: &'t str, slug: Option<&str>) -> Resolved<'t> {
    let count = node.population.count(type_name).unwrap_or_default();
    let index = (0..count).find(|index| catalogue::slug_of(type_name, *index).as_deref() == slug);
    index.map_or_else(Resolved::null, |index| node.entity(type_name, index))
}

fn users_page(population: &Population, role: Option<&str>, number: u32) -> Rc<Page> {
    match role.map(Role::from_key) {
        // Nobody has a role that the tenant does not know.
        Some(None) => Page::cut(number, USERS_PER_PAGE, 0, |_| None),
        known => {
            let role = known.flatten();
            let total = population.count_of_role(role);
            Page::cut(number, USERS_PER_PAGE, total, |k| population.nth_of_role(role, k))
        }
    }
}

/// Clients by name if `sort` says so, as `name`, `-name` or `name desc`; the reference does not say how it is spelled.
fn clients_page(
    population: &Population,
    query: Option<&str>,
    sort: Option<&str>,
    number: u32,
    count: Option<u32>,
) -> Rc<Page> {
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
    let size = count.unwrap_or(CLIENTS_PER_PAGE).clamp(1, MOST_CLIENTS_PER_PAGE);
    let total = u32::try_from(matching.len()).unwrap_or_default();
    Page::cut(number, size, total, |k| matching.get(k as usize).copied())
}

fn licenses_page(client: u32, number: u32) -> Rc<Page> {
    let first = client * LICENSES_PER_CLIENT;
    let page = Page::cut(number, LICENSES_PER_PAGE, LICENSES_PER_CLIENT, |k| Some(first + k));
    Rc::new(Page { of_client: Some(client), ..(*page).clone() })
}

impl<'t> Node<'t> {
    fn page(&self, type_name: &'t str, page: Rc<Page>) -> Resolved<'t> {
        Resolved::Object(self.at(type_name, Place::Page(page)))
    }
}

fn page_field<'t>(node: &Node<'t>, name: &str, page: &Rc<Page>) -> Option<Resolved<'t>> {
    let population = &node.population;
    let entries = || page.entries.iter().copied();
    match name {
        "users" => Some(node.entities("User", entries())),
        "clients" => Some(node.entities("Client", entries())),
        "licenses" => Some(node.entities("License", entries())),
        "pageInfo" => Some(node.page("PageInfo", Rc::clone(page))),
        "aggregations" => Some(Resolved::List(match node.type_name {
            "UsersList" => vec![node.page("Aggregation", Rc::clone(page))],
            _ => Vec::new(),
        })),
        "debug" => Some(Resolved::null()),
        "currentPage" => leaf(page.number),
        "perPage" => leaf(page.size),
        "total" => leaf(page.total),
        "hasMore" => leaf(page.has_more()),
        "id" => leaf(page.of_client.map(|client| population.id("Client", client))),
        "name" => leaf(page.of_client.map(|client| population.client_name(client))),
        "sku" => leaf(page.of_client.map(client_sku)),
        _ => None,
    }
}

fn aggregation<'t>(node: &Node<'t>, name: &str, _: &Page) -> Option<Resolved<'t>> {
    match name {
        "key" => leaf("roleKey"),
        "label" => leaf("Role"),
        "buckets" => Some(node.entities("AggregationBucket", (0..).take(ROLES.len()))),
        _ => None,
    }
}

fn bucket<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
    let (role, key) = ROLES.get(index as usize)?;
    match name {
        "count" => leaf(node.population.count_of_role(Some(*role))),
        "value" => leaf(*key),
        "label" => leaf(key.replace('-', " ")),
        "query" => leaf(format!("role={key}")),
        "description" => leaf(format!("People with the role {key}")),
        _ => None,
    }
}

fn user<'t>(node: &Node<'t>, name: &str, arguments: &JsonMap, index: u32) -> Option<Resolved<'t>> {
    let population = &node.population;
    let user = || population.user(index);
    let initial = |name: Option<&str>| name.and_then(|name| name.chars().next()).map(String::from);
    match name {
        "id" => leaf(population.id("User", index)),
        "email" => leaf(user().email),
        "firstName" => leaf(user().first_name),
        "lastName" => leaf(user().last_name),
        "name" => {
            let user = user();
            let names: Vec<&str> = user.first_name.into_iter().chain(user.last_name).collect();
            leaf((!names.is_empty()).then(|| names.join(" ")))
        }
        "firstInitial" => leaf(initial(user().first_name)),
        "lastInitial" => leaf(initial(user().last_name)),
        "abbreviatedName" => {
            let user = user();
            let last = initial(user.last_name).map(|initial| format!(" {initial}.")).unwrap_or_default();
            leaf(user.first_name.map(|first| format!("{first}{last}")))
        }
        "roleKey" => leaf(user().role.key()),
        "disabled" => leaf(user().disabled),
        "active" => leaf(!user().disabled),
        "externalCustomerId" => leaf(user().external_customer_id),
        "createdAt" => leaf(user().created_at),
        "lastActiveAt" => leaf(user().last_active_at),
        "lang" => {
            leaf(node.chance().named("lang").pick(&[Some("en"), Some("fr"), Some("de-CH"), None]).copied().flatten())
        }
        "customFields" => leaf(custom_fields(node.chance())),
        "client" => Some(match population.client_of_user(index) {
            Some(client) => node.entity("Client", client),
            None => Resolved::null(),
        }),
        "learnerUserId" | "managerUserId" => {
            let wanted = if name == "learnerUserId" { Role::ClientManager } else { Role::Learner };
            let partner = population.dual_partner(index).filter(|_| user().role == wanted);
            leaf(partner.map(|partner| population.id("User", partner)))
        }
        "activeLicense" => Some(match population.licenses_of_user(index).first() {
            Some((license, _)) => node.entity("License", *license),
            None => Resolved::null(),
        }),
        "allocatedLicenses" => {
            let held = population.licenses_of_user(index);
            Some(node.entities(
                "AllocatedLicense",
                held.into_iter().map(|(license, manager)| license * 2 + u32::from(manager)),
            ))
        }
        "adminClients" => Some(Resolved::List(match (user().role, population.client_of_user(index)) {
            (Role::ClientAdmin | Role::ClientManager, Some(client)) => vec![node.entity("Client", client)],
            _ => Vec::new(),
        })),
        "purchasedCourses" => Some(node.held("PurchasedCourse", index, population.courses_of_user(index))),
        "waitlistedCourses" => Some(node.held("WaitlistedCourse", index, population.waitlist_of_user(index))),
        "purchasedBundles" => Some(node.held("PurchasedBundle", index, population.bundles_of_user(index))),
        "allocatedLearningPaths" => {
            Some(node.held("AllocatedLearningPath", index, population.learning_paths_of_user(index)))
        }
        "attendedMeetings" => {
            let of_course = arguments.get("courseId").and_then(|id| id.as_str());
            let mut meetings = population.meetings_of_user(index);
            meetings.retain(|meeting| {
                let course = population.id("Course", population.course_of_meeting(*meeting));
                of_course.is_none_or(|wanted| wanted == course)
            });
            Some(node.held("UserAttendedMeeting", index, meetings))
        }
        "availableCoursesCount" => leaf(population.courses_of_user(index).len()),
        "startedCoursesCount" => leaf(population.courses_in(index, Progress::Started)),
        "completedCoursesCount" | "certificatesCount" => leaf(population.courses_in(index, Progress::Completed)),
        "accessedFlows" => Some(Resolved::leaves(["onboarding"])),
        _ => None,
    }
}

/// Something that somebody holds: the object itself, and how far they have come with it.
fn held<'t>(node: &Node<'t>, name: &str, user: u32, what: u32) -> Option<Resolved<'t>> {
    let population = &node.population;
    match (node.type_name, name) {
        ("PurchasedCourse" | "WaitlistedCourse", "course") => Some(node.entity("Course", what)),
        ("PurchasedBundle", "bundle") => Some(node.entity("Bundle", what)),
        ("AllocatedLearningPath", "learningPath") => Some(node.entity("LearningPath", what)),
        ("UserAttendedMeeting", "meeting") => Some(node.entity("Meeting", what)),
        ("UserAttendedMeeting", "user") => Some(node.entity("User", user)),
        ("UserAttendedMeeting", "attendanceDate") => leaf(date(node.chance().named(name), 2025, 2025)),
        ("PurchasedCourse", "status") => leaf(population.progress(user, "Course", what).key()),
        ("AllocatedLearningPath", "status") => leaf(population.progress(user, "LearningPath", what).key()),
        ("PurchasedCourse", "certificate" | "certificateIssuedAt")
            if population.progress(user, "Course", what) != Progress::Completed =>
        {
            Some(Resolved::null())
        }
        ("PurchasedCourse", "certificate") => leaf(embedded_id(node.chance().named(name))),
        ("PurchasedCourse", "certificateIssuedAt") => leaf(date(node.chance().named(name), 2025, 2025)),
        _ => None,
    }
}

fn custom_fields(chance: Chance) -> Value {
    let department = chance.named("department").pick(&["Sales", "Support", "R&D", "Logistik"]).copied();
    match chance.named("customFields").below(4) {
        0 => Value::Null,
        1 => json!({}),
        _ => json!({ "department": department, "cost-center": format!("CC-{:03}", chance.named("cost").below(500)) }),
    }
}

/// A held licence is addressed by the licence and the role in which it is held.
fn allocated_license<'t>(node: &Node<'t>, name: &str, place: u32) -> Option<Resolved<'t>> {
    match name {
        "license" => Some(node.entity("License", place / 2)),
        "licenseId" => leaf(node.population.id("License", place / 2)),
        "licenseRole" => leaf(if place % 2 == 1 { "manager" } else { "student" }),
        "status" => leaf("active"),
        _ => None,
    }
}

fn client_sku(client: u32) -> String {
    format!("CLIENT-{client:03}")
}

fn client<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
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
        "licenseTree" => Some(node.entities("LicenseNode", all())),
        // An API key acts for an administrator, who manages every licence.
        "currentUserManagerAllocatedLicenseTree" => Some(node.entities("LicenseNode", all())),
        "courses" => Some(node.entities("Course", population.content_of_client(index, "Course"))),
        "learningPaths" => Some(node.entities("LearningPath", population.content_of_client(index, "LearningPath"))),
        _ => None,
    }
}

fn license<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
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

fn license_node<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
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

fn course<'t>(node: &Node<'t>, name: &str, index: u32) -> Option<Resolved<'t>> {
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

fn content<'t>(name: &str, type_name: &str, index: u32) -> Option<Resolved<'t>> {
    match name {
        "title" | "name" | "label" => catalogue::name(type_name, index).map(Resolved::leaf),
        "slug" => catalogue::slug_of(type_name, index).map(Resolved::leaf),
        "status" if type_name == "Course" && index % 8 != 7 => leaf("published"),
        "sku" => Some(Resolved::leaf(made_up::sku(type_name, index))),
        _ => None,
    }
}
