//! A person, and what they hold.

use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use super::leaf;
use crate::population::{Chance, Progress, Role, date, embedded_id};
use crate::tenant::node::{Node, Resolved};

pub(super) fn user<'t>(node: &Node<'t>, name: &str, arguments: &JsonMap, index: u32) -> Option<Resolved<'t>> {
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
pub(super) fn held<'t>(node: &Node<'t>, name: &str, user: u32, what: u32) -> Option<Resolved<'t>> {
    let population = &node.population;
    match (node.type_name, name) {
        ("PurchasedCourse" | "WaitlistedCourse", "course") => Some(node.entity("Course", what)),
        ("PurchasedBundle", "bundle") => Some(node.entity("Bundle", what)),
        ("AllocatedLearningPath", "learningPath") => Some(node.entity("LearningPath", what)),
        ("UserAttendedMeeting", "meeting") => Some(node.entity("Meeting", what)),
        ("UserAttendedMeeting", "user") => Some(node.entity("User", user)),
        ("PurchasedCourse", "status") => leaf(population.progress(user, "Course", what).key()),
        ("AllocatedLearningPath", "status") => leaf(population.progress(user, "LearningPath", what).key()),
        ("PurchasedCourse", "certificate" | "certificateIssuedAt")
            if population.progress(user, "Course", what) != Progress::Completed =>
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

fn custom_fields(chance: Chance) -> Value {
    let department = chance.named("department").pick(&["Sales", "Support", "R&D", "Logistik"]).copied();
    match chance.named("customFields").below(4) {
        0 => Value::Null,
        1 => json!({}),
        _ => json!({ "department": department, "cost-center": format!("CC-{:03}", chance.named("cost").below(500)) }),
    }
}

/// A held licence is addressed by the licence and the role in which it is held.
pub(super) fn allocated_license<'t>(node: &Node<'t>, name: &str, place: u32) -> Option<Resolved<'t>> {
    match name {
        "license" => Some(node.entity("License", place / 2)),
        "licenseId" => leaf(node.population.id("License", place / 2)),
        "licenseRole" => leaf(if place % 2 == 1 { "manager" } else { "student" }),
        "status" => leaf("active"),
        _ => None,
    }
}
