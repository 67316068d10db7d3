//! Executing GraphQL documents against a tenant.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;
use apollo_compiler::request::RequestError;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{ExecutionResponse, JsonMap, JsonValue};
use apollo_compiler::validation::Valid;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::limits::{Limiter, Standing};
use crate::points::points;
use crate::tenant::{Acting, Node, Served, Tenant};
use crate::world::World;

/// The body of a GraphQL request. `user`, an email address, is what TI's development tools send to act as a user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    query: String,
    variables: Option<JsonMap>,
    operation_name: Option<String>,
    user: Option<String>,
}

/// The outcome of a request at the GraphQL endpoint.
pub(crate) enum Answer {
    /// The request cannot be executed: HTTP 400.
    Refused(Value),
    /// The request exceeds the limit of the window.
    Limited(Standing),
    /// The request was executed.
    Executed { body: Value, points: u32, standing: Option<Standing> },
}

/// Handles a request at the GraphQL endpoint. `token` is that of the user on whose behalf it is made.
pub(crate) fn answer(tenant: &Tenant, limiter: Option<&Limiter>, request: &Request, token: Option<&str>) -> Answer {
    let served = tenant.public();
    let document = match ExecutableDocument::parse_and_validate(&served.schema, &request.query, "query") {
        Ok(document) => document,
        Err(invalid) => {
            let errors: Vec<Value> = invalid
                .errors
                .iter()
                .map(|diagnostic| {
                    let error = diagnostic.unstable_to_json_compat();
                    json!({
                        "message": error.message,
                        "locations": error.locations,
                        "extensions": { "code": "GRAPHQL_VALIDATION_FAILED" },
                    })
                })
                .collect();
            return Answer::Refused(json!({ "errors": errors }));
        }
    };
    let by_email = request.user.as_deref().and_then(|email| tenant.world().user_by_email(email));
    let acting = Acting { user: token.and_then(|token| tenant.world().user_of_token(token)).or(by_email) };
    let none = JsonMap::new();
    let variables = request.variables.as_ref().unwrap_or(&none);
    let operation = document.operations.get(request.operation_name.as_deref());
    let points = operation.map(|operation| points(&document, operation)).unwrap_or_default();
    let mut standing = None;
    if let Some(limiter) = limiter {
        if points > limiter.limits.query_points {
            let message = format!("The query costs {points} points; a query may cost {}.", limiter.limits.query_points);
            let error = json!({ "message": message, "extensions": { "code": "QUERY_TOO_COMPLEX" } });
            return Answer::Refused(json!({ "errors": [error] }));
        }
        let now = limiter.graphql(points);
        if now.is_over() {
            return Answer::Limited(now);
        }
        standing = Some(now);
    }
    match run(served, tenant.world(), &document, request.operation_name.as_deref(), variables, acting) {
        Ok(mut response) => {
            // The executor reports the kind of error; a tenant does not.
            for error in &mut response.errors {
                if let Some(message) = error.message.strip_prefix("resolver error: ") {
                    error.message = message.to_owned();
                }
            }
            Answer::Executed { body: json!(response), points, standing }
        }
        Err(error) => Answer::Refused(json!({ "errors": [error.to_graphql_error(&document.sources)] })),
    }
}

/// Why a REST body could not be read.
pub(crate) enum Unreadable {
    /// The arguments do not fit; the text is the executor's.
    Refused(String),
    /// The sandbox's own objects do not fit its schema.
    Broken(String),
}

/// Reads the one root field of a REST body. `None` if the object is not found.
pub(crate) fn read(
    tenant: &Tenant,
    document: &Valid<ExecutableDocument>,
    operation: Option<&str>,
    variables: Value,
) -> Result<Option<Value>, Unreadable> {
    let variables = match JsonValue::from(variables) {
        JsonValue::Object(variables) => variables,
        _ => JsonMap::new(),
    };
    let response = run(tenant.own(), tenant.world(), document, operation, &variables, Acting::default())
        .map_err(|error| Unreadable::Refused(error.message().to_string()))?;
    if let Some(error) = response.errors.first() {
        // What a resolver refuses is an argument.
        return Err(match error.message.strip_prefix("resolver error: ") {
            Some(refused) => Unreadable::Refused(refused.to_owned()),
            None => Unreadable::Broken(error.message.clone()),
        });
    }
    let root = response.data.and_then(|data| data.into_iter().next());
    Ok(root.map(|(_, value)| plain(value)).filter(|value| !value.is_null()))
}

/// The value as the handlers change it. Serializing it into one takes longer.
fn plain(value: JsonValue) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(flag) => Value::Bool(flag),
        JsonValue::Number(number) => Value::Number(number),
        JsonValue::String(text) => Value::String(text.as_str().to_owned()),
        JsonValue::Array(items) => items.into_iter().map(plain).collect(),
        JsonValue::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name.as_str().to_owned(), plain(value))).collect()
        }
    }
}

fn run(
    served: &Served,
    world: World<'_>,
    document: &Valid<ExecutableDocument>,
    operation: Option<&str>,
    variables: &JsonMap,
    acting: Acting,
) -> Result<ExecutionResponse, RequestError> {
    let operation: &Operation = document.operations.get(operation)?;
    let root = Node::root(world, served, operation.object_type(), acting);
    Execution::new(&served.schema, document)
        .operation(operation)
        .implementers_map(&served.implementers)
        .raw_variable_values(variables)
        .enable_schema_introspection(true)
        .execute_sync(&root)
}
