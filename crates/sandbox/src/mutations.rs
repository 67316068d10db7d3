//! The mutations of both dialects, and their responses.

use std::rc::Rc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::JsonMap;
use serde_json::{Value, json};

use crate::tenant::{Node, Place, Resolved};
use crate::writes::{Bulk, Fields, Refusal, V2, Writer, fetch};

/// Carries out a mutation. A mutation that the documents name without describing it is rejected.
pub(crate) fn carry_out<'t>(
    node: &Node<'t>,
    field: &'t FieldDefinition,
    arguments: &JsonMap,
) -> Result<Option<Resolved<'t>>, FieldError> {
    let name = field.name.as_str();
    let Value::Object(arguments) = json!(arguments) else { return Ok(None) };
    let refused = |refusal: Refusal| FieldError { message: refusal.message };
    let answer = |value: Value| Resolved::Object(node.at(field.ty.inner_named_type(), Place::Given(Rc::new(value))));
    let file = (name == "APIBulkImport").then(|| fetch(&arguments));
    let writer = Writer::new(node.world, node.served);
    let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
    let done = match name {
        "APIUpdateUser" => {
            let index =
                node.world.index_of("User", id).ok_or_else(|| FieldError { message: "User not found".into() })?;
            writer.update(&V2, index, &arguments).map(|()| node.entity("User", index))
        }
        "SetupUserDualRole" => writer
            .make_dual_role(id, arguments.get("role").and_then(Value::as_str))
            .map(|(learner, manager)| answer(json!({ "learnerId": learner, "managerId": manager }))),
        "APIBulkRemoveDualRoleManager" => writer.remove_dual_roles_of(&arguments).map(answer),
        "APIBulkPanoramaAssignment" => writer.bulk(Bulk::AssignLicenses, &arguments).map(answer),
        "APIBulkContentAssignment" => writer.bulk(Bulk::AssignContent, &arguments).map(answer),
        "APIBulkContentRemoveAccess" => writer.bulk(Bulk::RemoveContent, &arguments).map(answer),
        "APIBulkImport" => writer
            .import(&arguments, file.unwrap_or_else(|| Ok(String::new())))
            .map(|job| node.entity("BackgroundJob", job)),
        "CreateLearner" => writer.create(&V2, &learner(&arguments)).map(|(index, _)| node.entity("User", index)),
        "CreateLearners" => {
            let learners = arguments.get("learners").and_then(Value::as_array);
            let created = learners.into_iter().flatten().filter_map(Value::as_object).map(|one| {
                // Users that cannot be created are null in the list.
                let created = writer.create(&V2, &learner(one));
                created.map_or_else(|_| Resolved::null(), |(index, _)| node.entity("User", index))
            });
            Ok(Resolved::List(created.collect()))
        }
        _ => {
            return Err(FieldError { message: format!("the sandbox does not support `{name}`; nothing was changed") });
        }
    };
    done.map(Some).map_err(refused)
}

/// `CreateLearner` names licenses where v2 names licenses held as a student.
fn learner(arguments: &Fields) -> Fields {
    let spelled = |name: &str| if name == "licenseIds" { "studentLicenseIds".to_owned() } else { name.to_owned() };
    arguments.iter().map(|(name, value)| (spelled(name), value.clone())).collect()
}
