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
        "Login" => return login(node, &arguments).map(Some),
        _ => {
            return Err(FieldError { message: format!("the sandbox does not support `{name}`; nothing was changed") });
        }
    };
    done.map(Some).map_err(refused)
}

/// Signs a user in. The sandbox knows no passwords and takes any; the refusals are those that TI's own app reads.
fn login<'t>(node: &Node<'t>, arguments: &Fields) -> Result<Resolved<'t>, FieldError> {
    let email = arguments.get("email").and_then(Value::as_str).unwrap_or_default();
    let refused = |message: &str| FieldError { message: message.to_owned() };
    let index = node.world.user_by_email(email).ok_or_else(|| refused("401 Unauthorized"))?;
    if node.world.user(index).disabled {
        return Err(refused("423 Locked"));
    }
    Ok(Resolved::leaf(node.world.token_of_user(index)))
}

/// `CreateLearner` names licenses where v2 names licenses held as a student.
fn learner(arguments: &Fields) -> Fields {
    let spelled = |name: &str| if name == "licenseIds" { "studentLicenseIds".to_owned() } else { name.to_owned() };
    arguments.iter().map(|(name, value)| (spelled(name), value.clone())).collect()
}
