//! A user, and what they hold.

use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use super::leaf;
use crate::population::{Progress, date, embedded_id};
use crate::tenant::node::made_up;
use crate::tenant::node::{Node, Resolved};

pub(super) fn user<'t>(node: &Node<'t>, name: &str, arguments: &JsonMap, index: u32) -> Option<Resolved<'t>> {
    let world = &node.world;
    if let Some(said) = world.said(index, name) {
        return leaf(said);
    }
    let user = || world.user(index);
    let initial = |name: Option<String>| name.and_then(|name| name.chars().next()).map(String::from);
    match name {
        "id" => leaf(world.id("User", index)),
        "email" => leaf(user().email),
        "firstName" => leaf(user().first_name),
        "lastName" => leaf(user().last_name),
        "name" => {
            let user = user();
            let names: Vec<String> = user.first_name.into_iter().chain(user.last_name).collect();
            leaf((!names.is_empty()).then(|| names.join(" ")))
        }
        "firstInitial" => leaf(initial(user().first_name)),
        "lastInitial" => leaf(initial(user().last_name)),
        "abbreviatedName" => {
            let user = user();
            let last = initial(user.last_name).map(|initial| format!(" {initial}.")).unwrap_or_default();
            leaf(user.first_name.map(|first| format!("{first}{last}")))
        }
        "roleKey" => leaf(user().role_key),
        "disabled" => leaf(user().disabled),
        "active" => leaf(!user().disabled),
        "externalCustomerId" => leaf(user().external_customer_id),
        "createdAt" => leaf(user().created_at),
        "lastActiveAt" => leaf(user().last_active_at),
        "lang" if !world.is_created(index) => {
            leaf(node.chance().named("lang").pick(&[Some("en"), Some("fr"), Some("de-CH"), None]).copied().flatten())
        }
        "customFields" => leaf(custom_fields(node, index)),
        "client" => Some(match world.client_of_user(index) {
            Some(client) => node.entity("Client", client),
            None => Resolved::null(),
        }),
        "learnerUserId" | "managerUserId" => {
            let wanted = name == "learnerUserId";
            let partner = world.dual_partner(index).filter(|_| world.is_manager_record(index) == wanted);
            leaf(partner.map(|partner| world.id("User", partner)))
        }
        "activeLicense" => Some(match world.licenses_of_user(index).first() {
            Some((license, _)) => node.entity("License", *license),
            None => Resolved::null(),
        }),
        "allocatedLicenses" => {
            let held = world.licenses_of_user(index);
            Some(node.entities(
                "AllocatedLicense",
                held.into_iter().map(|(license, manager)| license * 2 + u32::from(manager)),
            ))
        }
        "adminClients" => Some(Resolved::List(match (user().role_key.as_str(), world.client_of_user(index)) {
            ("client-admin" | "client-manager", Some(client)) => vec![node.entity("Client", client)],
            _ => Vec::new(),
        })),
        "purchasedCourses" => Some(node.held("PurchasedCourse", index, world.courses_of_user(index))),
        "waitlistedCourses" => Some(node.held("WaitlistedCourse", index, world.waitlist_of_user(index))),
        "purchasedBundles" => Some(node.held("PurchasedBundle", index, world.bundles_of_user(index))),
        "allocatedLearningPaths" => {
            Some(node.held("AllocatedLearningPath", index, world.learning_paths_of_user(index)))
        }
        "attendedMeetings" => {
            let of_course = arguments.get("courseId").and_then(|id| id.as_str());
            let mut meetings = world.meetings_of_user(index);
            meetings.retain(|meeting| {
                let course = world.id("Course", world.population.course_of_meeting(*meeting));
                of_course.is_none_or(|wanted| wanted == course)
            });
            Some(node.held("UserAttendedMeeting", index, meetings))
        }
        "availableCoursesCount" => leaf(world.courses_of_user(index).len()),
        "startedCoursesCount" => leaf(world.courses_in(index, Progress::Started)),
        "completedCoursesCount" => leaf(world.courses_in(index, Progress::Completed)),
        "certificatesCount" => {
            leaf(world.courses_in(index, Progress::Completed) + world.certificates_of_user(index).len())
        }
        "accessedFlows" if !world.is_created(index) => Some(Resolved::leaves(["onboarding"])),
        // Nothing is made up for a created user, except the ids of what they have.
        _ if world.is_created(index) && !matches!(name, "clientId") => Some(made_up::nothing(node, name)),
        _ => None,
    }
}

/// An object that a user holds: the object itself, and the user's progress.
pub(super) fn held<'t>(node: &Node<'t>, name: &str, user: u32, what: u32) -> Option<Resolved<'t>> {
    let world = &node.world;
    match (node.type_name, name) {
        ("PurchasedCourse" | "WaitlistedCourse", "course") => Some(node.entity("Course", what)),
        ("PurchasedBundle", "bundle") => Some(node.entity("Bundle", what)),
        ("AllocatedLearningPath", "learningPath") => Some(node.entity("LearningPath", what)),
        ("UserAttendedMeeting", "meeting") => Some(node.entity("Meeting", what)),
        ("UserAttendedMeeting", "user") => Some(node.entity("User", user)),
        ("PurchasedCourse", "status") => leaf(world.progress(user, "Course", what).key()),
        ("AllocatedLearningPath", "status") => leaf(world.progress(user, "LearningPath", what).key()),
        ("PurchasedCourse", "certificate" | "certificateIssuedAt")
            if world.progress(user, "Course", what) != Progress::Completed =>
        {
            Some(Resolved::null())
        }
        ("UserAttendedMeeting", "attendanceDate") | ("PurchasedCourse", "certificateIssuedAt") => {
            leaf(date(node.chance().named(name), 2025, 2025))
        }
        ("PurchasedCourse", "certificate") => leaf(embedded_id(node.chance().named(name))),
        _ => None,
    }
}

/// The keys that an administrator has set up. Values under other keys are dropped silently (seed 000).
pub(crate) const CUSTOM_FIELDS: [&str; 3] = ["department", "cost-center", "start-date"];

fn custom_fields(node: &Node<'_>, index: u32) -> Value {
    if node.world.is_created(index) {
        return Value::Null;
    }
    let chance = node.chance();
    let department = chance.named("department").pick(&["Sales", "Support", "R&D", "Logistik"]).copied();
    match chance.named("customFields").below(4) {
        0 => Value::Null,
        1 => json!({}),
        _ => json!({ "department": department, "cost-center": format!("CC-{:03}", chance.named("cost").below(500)) }),
    }
}

/// A held license is addressed by the license and the role in which it is held.
pub(super) fn allocated_license<'t>(node: &Node<'t>, name: &str, place: u32) -> Option<Resolved<'t>> {
    match name {
        "license" => Some(node.entity("License", place / 2)),
        "licenseId" => leaf(node.world.id("License", place / 2)),
        "licenseRole" => leaf(if place % 2 == 1 { "manager" } else { "student" }),
        "status" => leaf("active"),
        _ => None,
    }
}
