//! Sending a generated operation over GraphQL.

use serde_json::Value;

use super::graphql::Reply;
use super::reduce::{Query, Rounds};
use super::{Found, Outcome, absent, contact, graphql, reduce, rest};
use crate::error::Kind;
use crate::execution::Execution;
use crate::runtime::{GeneratedOperation, OperationKind, OperationSpec, SingleRoot, Surface};
use crate::send::Call;
use crate::tenant::Tenant;
use crate::{Error, GraphQlError, Response};

/// The data of a response, and what came with it.
pub(super) struct Asked<T> {
    /// `None` if the response has errors and no usable data.
    pub(super) found: Option<Found<T>>,
    pub(super) errors: Vec<GraphQlError>,
    /// Whether the data has the root fields of the operation, even if they are null.
    has_roots: bool,
    /// What is known about the attempts before the one that got the response.
    earlier: Execution,
    /// The paths that the tenant was not asked for.
    unasked: Vec<String>,
}

/// Sends an operation, without what the tenant is known to lack. The tenant does not have it if it lacks one of the paths
/// that are `needed`.
pub(super) async fn ask<O>(
    tenant: &Tenant,
    spec: &OperationSpec,
    variables: &Value,
    needed: &[String],
) -> Result<Result<Asked<O::ResponseData>, Outcome<std::convert::Infallible>>, Error>
where
    O: GeneratedOperation<ResponseData: Send>,
{
    let mut rounds = Rounds::default();
    let (reply, query) = loop {
        let query = match Query::of::<O>(tenant, needed) {
            Ok(query) => query,
            Err(reason) => return Ok(Err(Outcome::Absent(reason))),
        };
        let request = graphql::request_text(&query.text, O::NAME, variables)?;
        let call = Call { points: query.points, ..Call::of(spec, Surface::GraphQl, variables) };
        match graphql::post::<O::ResponseData>(tenant, &request, &call).await {
            Ok(reply) => break (reply, query),
            Err(error) if rounds.shrink::<O>(tenant, &error) => {}
            Err(error) if graphql::proves_absent(&error) => {
                return Ok(Err(Outcome::Absent(graphql::reason(&error))));
            }
            // Another call may have closed the surface while this one was on its way.
            Err(error) if is_closed(tenant) && !error.execution().may_have_run() => {
                return Ok(Err(Outcome::Closed(error)));
            }
            Err(error) if absent::over_graphql::<O>(tenant, spec, variables, &error).await => {
                return Err(rest::nothing(spec.v2.as_ref()));
            }
            Err(error) => return Err(error),
        }
    };
    let Reply { data, body } = reply;
    let has_roots = O::parsed().selection().fields.iter().all(|root| body.has_root(&root.key));
    let found = match data.map_or_else(|| body.decode(), Ok) {
        Ok(data) => Some(Found::whole(data)),
        Err(_) if body.has_errors() && body.is_null(O::parsed()) => None,
        // Values of other types than the schema's are converted or dropped, as those of REST bodies.
        Err(strict) => Some(body.decode_leniently(O::parsed()).map_err(|_| strict.with_execution(unclear(spec)))?),
    };
    let earlier = body.earlier();
    Ok(Ok(Asked { found, errors: body.into_errors(), has_roots, earlier, unasked: query.gaps }))
}

/// Runs an operation whose root field REST may return as well.
pub(super) async fn over_graphql<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    variables: &Value,
) -> Result<Outcome<O::Root>, Error>
where
    O: SingleRoot<ResponseData: Send, Root: Send>,
{
    // Without its entries, a page would look empty.
    let lists = contact::LISTS.map(|list| format!("{}.{list}", O::ROOT_KEY));
    let asked = match ask::<O>(tenant, spec, variables, &lists).await? {
        Ok(asked) => asked,
        Err(Outcome::Absent(reason)) => return Ok(Outcome::Absent(reason)),
        Err(Outcome::Closed(error)) => return Ok(Outcome::Closed(error)),
    };
    let Asked { found, errors, has_roots, earlier, unasked } = asked;
    let found = found.and_then(|Found { value, gaps, dropped }| Some((O::root(value)?, gaps, dropped)));
    let is_mutation = spec.kind == OperationKind::Mutation;
    match found {
        Some((value, gaps, dropped)) => {
            let response = Response::new(value, Surface::GraphQl);
            let gaps = reduce::below(O::ROOT_KEY, gaps.into_iter().chain(unasked));
            let dropped = dropped.into_iter();
            let dropped = dropped.filter_map(|(path, types)| Some((reduce::inside(O::ROOT_KEY, &path)?, types)));
            Ok(Outcome::Response(Response { gaps, dropped: dropped.collect(), errors, ..response }))
        }
        None if errors.is_empty() && !has_roots => Err(Error::new(Kind::Mismatch).with_execution(unclear(spec))),
        None if errors.is_empty() => {
            // The v2 path shows whether the query reads one record, whose null means "not found".
            let route = if is_mutation { None } else { spec.v2.as_ref() };
            Err(rest::nothing(route).with_execution(unclear(spec)))
        }
        None => Err(refused::<O>(tenant, spec, variables, errors, earlier).await),
    }
}

/// Runs a caller's operation for all of its data.
pub(super) async fn data_over_graphql<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    variables: &Value,
) -> Result<Outcome<O::ResponseData>, Error>
where
    O: GeneratedOperation<ResponseData: Send>,
{
    let asked = match ask::<O>(tenant, spec, variables, &[]).await? {
        Ok(asked) => asked,
        Err(Outcome::Absent(reason)) => return Ok(Outcome::Absent(reason)),
        Err(Outcome::Closed(error)) => return Ok(Outcome::Closed(error)),
    };
    let Asked { found, errors, has_roots, earlier, unasked } = asked;
    match found {
        Some(_) if errors.is_empty() && !has_roots => Err(Error::new(Kind::Mismatch).with_execution(unclear(spec))),
        Some(Found { value, mut gaps, dropped }) => {
            gaps.extend(unasked);
            gaps.sort();
            gaps.dedup();
            Ok(Outcome::Response(Response { gaps, dropped, errors, ..Response::new(value, Surface::GraphQl) }))
        }
        None => Err(refused::<O>(tenant, spec, variables, errors, earlier).await),
    }
}

/// The error for a response that has errors and no data.
async fn refused<O: GeneratedOperation>(
    tenant: &Tenant,
    spec: &OperationSpec,
    variables: &Value,
    errors: Vec<GraphQlError>,
    earlier: Execution,
) -> Error {
    let is_late = spec.kind == OperationKind::Mutation && errors.iter().any(graphql::is_late);
    let execution = if is_late { Execution::Unknown } else { earlier };
    let error = Error::new(Kind::GraphQl(errors)).with_execution(execution);
    let is_absent = absent::over_graphql::<O>(tenant, spec, variables, &error).await;
    if is_absent { rest::nothing(spec.v2.as_ref()) } else { error }
}

/// What is known about an operation whose response does not decode: a mutation has run.
fn unclear(spec: &OperationSpec) -> Execution {
    if spec.kind == OperationKind::Mutation { Execution::Unknown } else { Execution::DidNotRun }
}

/// Whether GraphQL cannot be used: each of its endpoints refuses the key, or is absent.
fn is_closed(tenant: &Tenant) -> bool {
    tenant.endpoint(Surface::GraphQl).is_none()
}
