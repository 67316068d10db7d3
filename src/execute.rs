//! Sending an operation to the best surface that has it.

mod complete;
mod document;
pub(crate) mod graphql;
pub(crate) mod json;
mod own;
pub(crate) mod rest;
pub(crate) mod roots;
pub(crate) mod v1;

use std::collections::BTreeSet;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use graphql_client::QueryBody;
use serde_json::Value;

use crate::error::Kind;
use crate::execution::Execution;
use crate::runtime::{GeneratedOperation, OperationKind, OperationSpec, Selection, Surface};
use crate::send::{Call, Event};
use crate::tenant::Tenant;
use crate::{Error, Response};

pub use own::Execute;

/// The value of a root field that REST returns as well.
pub(crate) trait RestRoot: Sized + Send {
    /// Reads it from the body of a REST response. Returns also the selected paths that the body does not have.
    fn read(
        tenant: &Tenant,
        body: &rest::Body,
        selection: &'static Selection,
    ) -> impl Future<Output = Result<(Self, BTreeSet<String>), Error>> + Send;
}

/// The result of sending to one surface.
enum Outcome<T> {
    Response(Response<T>),
    /// The surface does not have the operation, which proves that nothing ran.
    Absent(String),
    /// The surface does not accept the key. Nothing ran, and the capabilities do not change.
    Unauthorized(Error),
}

/// Runs a query: tries each surface that may have it in turn, until one does. `only` restricts the call to a single
/// surface, for the further pages of a list.
pub(crate) async fn run<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    variables: O::Variables,
    more: &[(&'static str, String)],
    only: Option<Surface>,
) -> Result<Response<O::Root>, Error>
where
    O: GeneratedOperation<Variables: Send + Sync, ResponseData: Send, Root: RestRoot>,
{
    let variables = to_arguments(&variables)?;
    // GraphQL gets only the variables that its document declares; a cursor is an argument of REST.
    let mut all = variables.clone();
    if let Some(all) = all.as_object_mut() {
        all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
    }
    let (arguments, variables) = (&all, &variables);
    along_routes(tenant, spec, arguments, &[], only, |surface| match surface {
        Surface::GraphQl => over_graphql::<O>(tenant, spec, variables).boxed(),
        _ => over_rest::<O::Root>(tenant, spec, surface, arguments, O::SELECTION).boxed(),
    })
    .await
}

/// The arguments of a call, by name.
pub(crate) fn to_arguments(variables: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(variables).map_err(|error| Error::invalid_argument(error.to_string()))
}

/// Runs a mutation that has a document.
pub(crate) async fn write<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    arguments: &Value,
) -> Result<Response<O::Root>, Error>
where
    O: GeneratedOperation<ResponseData: Send, Root: RestRoot>,
{
    let answer = along_routes(tenant, spec, arguments, O::VARIABLES, None, |surface| match surface {
        Surface::GraphQl => over_graphql::<O>(tenant, spec, arguments).boxed(),
        _ => over_rest::<O::Root>(tenant, spec, surface, arguments, O::SELECTION).boxed(),
    });
    confirmed(spec, answer.await?)
}

/// Runs a mutation that only REST has. `selection` is what is read from the response.
pub(crate) async fn write_rest<T: RestRoot>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    arguments: &Value,
    selection: &'static Selection,
) -> Result<Response<T>, Error> {
    let answer = along_routes(tenant, spec, arguments, &[], None, |surface| {
        over_rest::<T>(tenant, spec, surface, arguments, selection).boxed()
    });
    confirmed(spec, answer.await?)
}

/// Tries each surface that may have an operation in turn, until one does. `variables` are those that the document of a
/// mutation declares.
async fn along_routes<'c, T>(
    tenant: &'c Tenant,
    spec: &'static OperationSpec,
    arguments: &Value,
    variables: &[&str],
    only: Option<Surface>,
    send: impl Fn(Surface) -> BoxFuture<'c, Result<Outcome<T>, Error>>,
) -> Result<Response<T>, Error> {
    let mut unauthorized = None;
    let mut reasons = Vec::new();
    let mut demotions = Vec::new();
    for surface in tenant.capabilities().routes(spec.name) {
        if only.is_some_and(|only| only != surface) {
            continue;
        }
        // A surface that ignores a filter would return all users, and one that ignores a field would not write it.
        let left_out = match spec.rest(surface) {
            Some(route) => route.leaves_out(arguments),
            None if spec.kind == OperationKind::Mutation => undeclared(arguments, variables),
            // The variables of a query are typed by its document, so it declares all of them.
            None => None,
        };
        if let Some(argument) = left_out {
            reasons.push(format!("{surface}: it does not take `{argument}`"));
            continue;
        }
        let outcome = send(surface).await;
        match outcome.map_err(|error| error.with_operation(spec.name).with_surface(surface))? {
            Outcome::Response(answer) => return Ok(Response { demotions, ..answer }),
            Outcome::Absent(reason) => {
                let demotion = Event::Demotion { operation: spec.name, surface, reason: reason.clone() };
                tenant.sender().listener.emit(&demotion);
                tenant.learn(|known| known.demote(spec.name, surface, reason.clone()));
                reasons.push(format!("{surface}: {reason}"));
                demotions.push((surface, reason));
            }
            // `/helium` may expect the key in the query string, so REST may still accept it.
            Outcome::Unauthorized(error) => unauthorized = Some(error),
        }
    }
    if let Some(error) = unauthorized {
        return Err(error.with_operation(spec.name).with_surface(Surface::GraphQl));
    }
    Err(no_route(tenant, spec, reasons))
}

/// The first argument that a document does not declare.
fn undeclared<'a>(arguments: &'a Value, variables: &[&str]) -> Option<&'a str> {
    arguments.as_object()?.keys().map(String::as_str).find(|name| !variables.contains(name))
}

/// Rejects the response to a write that came with errors: something was done, but perhaps not all of it.
fn confirmed<T>(spec: &'static OperationSpec, answer: Response<T>) -> Result<Response<T>, Error> {
    answer.reject_partial(spec.name).map_err(|error| error.with_execution(Execution::Unknown))
}

/// The error if no surface has the operation. It lists what each surface lacks, whether found now or earlier.
fn no_route(tenant: &Tenant, spec: &'static OperationSpec, mut reasons: Vec<String>) -> Error {
    let known = tenant.capabilities();
    if known.graphql_path().is_none() && spec.document.is_some() {
        reasons.push("GraphQL: no endpoint".to_owned());
    }
    let earlier = known.absent().filter(|(name, ..)| *name == spec.name);
    for reason in earlier.map(|(_, surface, reason)| format!("{surface}: {reason}")) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let message = format!("no surface of the tenant has it ({})", reasons.join("; "));
    Error::new(Kind::NoRoute(message)).with_operation(spec.name)
}

async fn over_graphql<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    variables: &Value,
) -> Result<Outcome<O::Root>, Error>
where
    O: GeneratedOperation<ResponseData: Send, Root: Send>,
{
    let request = graphql::request_text(&QueryBody { variables, query: O::QUERY, operation_name: O::NAME })?;
    let call = Call { points: spec.points, ..Call::of(spec, Surface::GraphQl, variables) };
    let body = match graphql::post(tenant, &request, &call).await {
        Ok(body) => body,
        Err(error) if graphql::proves_absent(&error) => return Ok(Outcome::Absent(graphql::reason(&error))),
        Err(error) if error.is_unauthorized() => return Ok(Outcome::Unauthorized(error)),
        Err(error) => return Err(error),
    };
    let is_mutation = spec.kind == OperationKind::Mutation;
    // A mutation whose response does not decode has run.
    let unclear = if is_mutation { Execution::Unknown } else { Execution::DidNotRun };
    let data: O::ResponseData = body.decode().map_err(|error| error.with_execution(unclear))?;
    let earlier = body.earlier();
    let errors = body.into_errors();
    match O::root(data) {
        Some(value) => Ok(Outcome::Response(Response { errors, ..Response::new(value, Surface::GraphQl) })),
        None if errors.is_empty() => {
            // The v2 path shows whether the query reads one record, whose null means "not found".
            let route = if is_mutation { None } else { spec.v2.as_ref() };
            Err(rest::nothing(route).with_execution(unclear))
        }
        None => {
            let is_late = is_mutation && errors.iter().any(graphql::is_late);
            let execution = if is_late { Execution::Unknown } else { earlier };
            Err(Error::new(Kind::GraphQl(errors)).with_execution(execution))
        }
    }
}

async fn over_rest<T: RestRoot>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    surface: Surface,
    arguments: &Value,
    selection: &'static Selection,
) -> Result<Outcome<T>, Error> {
    let body = match rest::fetch(tenant, spec, surface, arguments).await? {
        rest::Fetched::Body(body) => body,
        rest::Fetched::Absent { reason, .. } => return Ok(Outcome::Absent(reason)),
    };
    let (value, gaps) = T::read(tenant, &body, selection).await.map_err(|error| body.exchange.unconfirmed(error))?;
    let response = Response::new(value, surface);
    Ok(Outcome::Response(Response { gaps: gaps.into_iter().collect(), errors: body.errors, ..response }))
}
