//! Specific values: they follow from the identity of an object, and from the arguments of a root field.

mod client;
mod content;
mod given;
mod lists;
mod page;
mod root;
mod user;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::JsonMap;
use serde_json::Value;

use super::{Node, Place, Resolved};
pub(crate) use content::{course_is_published, sku as content_sku, slug as content_slug};
pub(crate) use user::CUSTOM_FIELDS;

/// The value of a field if it is specific; `None` if it is to be made up.
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
            return (node.served.mutate)(node, field, arguments);
        }
        (Place::Root(acting), _) => root::root(node, field, arguments, *acting)?,
        (Place::Page(_), "Aggregation") => page::aggregation(node, name),
        (Place::Page(page), _) => page::page_field(node, name, page),
        (Place::Entity(index), "User") => user::user(node, name, arguments, *index),
        (Place::Held { user, what }, "ZendeskContent") => lists::enrollment(node, name, *user, *what),
        (Place::Held { user, what }, _) => user::held(node, name, *user, *what),
        (Place::Entity(index), "Client") => client::client(node, name, *index),
        (Place::Entity(index), "License") => client::license(node, name, *index),
        (Place::Entity(index), "LicenseNode") => client::license_node(node, name, *index),
        (Place::Entity(index), "AllocatedLicense") => user::allocated_license(node, name, *index),
        (Place::Entity(index), "AggregationBucket") => page::bucket(node, name, *index),
        (Place::Entity(index), "Meeting") if name == "course" => {
            Some(node.entity("Course", node.world.population.course_of_meeting(*index)))
        }
        (Place::Entity(index), "Course") => {
            content::course(node, name, *index).or_else(|| content::content(name, "Course", *index))
        }
        (Place::Entity(index), "CourseGroup") if name == "courses" => {
            Some(node.entities("Course", [*index * 2, *index * 2 + 1]))
        }
        (Place::Entity(index), "CourseGroup") if name == "displayCourse" => Some(node.entity("Course", *index * 2)),
        (Place::Entity(index), "Content") => lists::item(node, name, *index),
        (Place::Entity(index), "AssessmentAttempt") => lists::attempt(node, name, *index),
        (Place::Entity(index), "BackgroundJob") => content::job(node, name, *index),
        (Place::Entity(index), type_name) => content::content(name, type_name, *index),
        (Place::Given(value), _) => given::given(node, field, value),
        (Place::Inside(_), _) => None,
    })
}

#[expect(clippy::unnecessary_wraps, reason = "it is used in match arms that may return `None`")]
fn leaf<'t>(value: impl Into<Value>) -> Option<Resolved<'t>> {
    Some(Resolved::leaf(value))
}
