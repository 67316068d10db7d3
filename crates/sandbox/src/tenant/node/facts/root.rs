//! The root fields of both dialects.

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::JsonMap;

use super::lists;
use super::page::{clients_page, licenses_page, users_page};
use crate::tenant::catalogue;
use crate::tenant::node::made_up;
use crate::tenant::node::{Acting, Node, Resolved};

pub(super) fn root<'t>(
    node: &Node<'t>,
    field: &'t FieldDefinition,
    arguments: &JsonMap,
    acting: Acting,
) -> Result<Option<Resolved<'t>>, FieldError> {
    let world = &node.world;
    let name = field.name.as_str();
    let text = |name: &str| arguments.get(name).and_then(|value| value.as_str());
    let number = |name: &str| {
        arguments.get(name).and_then(apollo_compiler::response::JsonValue::as_i64).and_then(|n| u32::try_from(n).ok())
    };
    let page_number = number("page").unwrap_or(1);
    let one = |type_name: &'t str| {
        let index = text("id").and_then(|id| world.index_of(type_name, id));
        Some(index.map_or_else(Resolved::null, |index| node.entity(type_name, index)))
    };
    Ok(match name {
        "users" => Some(node.entities("User", users_page(world, None, page_number).entries.iter().copied())),
        "APIUsers" => Some(node.page("UsersList", users_page(world, text("role"), page_number))),
        "UserById" => one("User"),
        "ClientById" => one("Client"),
        "LicenseById" => one("License"),
        "MeetingById" => one("Meeting"),
        "CourseGroupById" => one("CourseGroup"),
        "RedemptionCodeGroupById" => one("RedemptionCodeGroup"),
        "APIBackgroundJob" => {
            let index = text("id").and_then(|id| world.index_of("BackgroundJob", id));
            // A job advances by one step each time it is read.
            index.map(|index| world.look_at_job(index));
            one("BackgroundJob")
        }
        "Clients" => {
            let page = clients_page(world, text("query"), text("sort"), page_number, number("count"));
            Some(node.page("ClientsList", page))
        }
        "APILicensesByClientId" => {
            let client = text("clientId").and_then(|id| world.index_of("Client", id));
            Some(client.map_or_else(Resolved::null, |client| {
                node.page("APILicenseList", licenses_page(world, client, page_number))
            }))
        }
        "UserWaitlist" | "UserArchivedContent" | "UserRecentContent" | "UserCertificates" | "UserContentItems"
            if acting.user.is_none() =>
        {
            Some(Resolved::List(Vec::new()))
        }
        "UserRecentContent" => {
            let mut recent = made_up::of(node, field);
            if let (Resolved::List(items), Some(limit)) = (&mut recent, number("limit")) {
                items.truncate(limit as usize);
            }
            Some(recent)
        }
        "UserContentItems" => acting.user.map(|user| lists::content_of_user(node, user)),
        "UserCourseProgress" if acting.user.is_none() => Some(Resolved::null()),
        "CurrentUser" => Some(acting.user.map_or_else(Resolved::null, |user| node.entity("User", user))),
        "CourseById" => match text("id").and_then(|id| world.index_of("Course", id)) {
            Some(index) => Some(node.entity("Course", index)),
            None => return Err(FieldError { message: "Course not found".into() }),
        },
        "LearningPathBySlug" => Some(by_slug(node, "LearningPath", text("slug"))),
        "CourseGroupBySlug" => Some(by_slug(node, "CourseGroup", text("slug"))),
        _ => return lists::list(node, field, arguments),
    })
}

fn by_slug<'t>(node: &Node<'t>, type_name: &'t str, slug: Option<&str>) -> Resolved<'t> {
    let count = node.world.population.count(type_name).unwrap_or_default();
    let index = (0..count).find(|index| catalogue::slug_of(type_name, *index).as_deref() == slug);
    index.map_or_else(Resolved::null, |index| node.entity(type_name, index))
}
