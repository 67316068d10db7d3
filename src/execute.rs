//! Sending an operation to the best surface that has it.

pub(crate) mod absent;
mod ask;
mod complete;
pub(crate) mod contact;
mod document;
mod form;
mod found;
pub(crate) mod graphql;
pub(crate) mod json;
mod lists;
mod own;
pub(crate) mod reduce;
mod request;
pub(crate) mod rest;
pub(crate) mod roots;
pub(crate) mod several;
mod typed;
pub(crate) mod v1;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use crate::error::Kind;
use crate::execution::Execution;
use crate::profile::BodyShape;
use crate::runtime::{OperationKind, OperationSpec, Replay, Selection, SingleRoot, Surface};
use crate::send::{Event, makes_second_record};
use crate::tenant::Tenant;
use crate::transport::HttpResponse;
use crate::{Error, Response};

pub(crate) use document::call_of;
pub(crate) use found::Found;
pub use own::Execute;
pub(crate) use request::over_graphql as graphql_request;
pub use typed::Run;

/// The value of a root field that REST returns as well.
pub(crate) trait RestRoot: Sized + Send {
    /// Reads it from the body of a REST response.
    fn read(
        tenant: &Tenant,
        body: &rest::Body,
        selection: &'static Selection,
    ) -> impl Future<Output = Result<Found<Self>, Error>> + Send;

    /// Reads a page of a list in one pass, from a body of v2 in this shape. `None` if it takes a second look.
    fn read_page(_json: &str, _shape: BodyShape, _selection: &'static Selection) -> Option<Found<Self>> {
        None
    }

    /// Whether this is a response to these arguments, as far as it shows: the record that was asked for, not another
    /// one.
    fn answers(&self, _arguments: &Value) -> bool {
        true
    }

    /// Adds what the value shows about the tenant to its profile.
    fn teach(&self, _tenant: &Tenant, _surface: Surface) {}
}

/// The result of sending to one surface.
enum Outcome<T> {
    Response(Response<T>),
    /// The surface does not have the operation, which proves that nothing ran.
    Absent(String),
    /// The surface does not accept the key, or is not there. Nothing ran, and other operations are not sent to it
    /// either.
    Closed(Error),
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
    O: SingleRoot<Variables: Send + Sync, ResponseData: Send, Root: RestRoot>,
{
    let variables = to_arguments(&variables).map_err(|error| error.with_operation(spec.name))?;
    // GraphQL gets only the variables that its document declares; a cursor is an argument of REST.
    let mut all = variables.clone();
    if let Some(all) = all.as_object_mut() {
        all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
    }
    let (arguments, variables) = (&all, &variables);
    along_routes(tenant, spec, arguments, &[], only, |surface| match surface {
        Surface::GraphQl => ask::over_graphql::<O>(tenant, spec, variables).boxed(),
        _ => over_rest::<O::Root>(tenant, spec, surface, arguments, O::selection()).boxed(),
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
    O: SingleRoot<ResponseData: Send, Root: RestRoot>,
{
    let answer = along_routes(tenant, spec, arguments, O::VARIABLES, None, |surface| match surface {
        Surface::GraphQl => ask::over_graphql::<O>(tenant, spec, arguments).boxed(),
        _ => over_rest::<O::Root>(tenant, spec, surface, arguments, O::selection()).boxed(),
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
/// mutation declares. If no surface has ever responded as what it should be, and one failed in a way that may pass, all
/// are tried again, as a failed request would be.
async fn along_routes<'c, T: RestRoot>(
    tenant: &'c Tenant,
    spec: &'static OperationSpec,
    arguments: &Value,
    variables: &[&str],
    only: Option<Surface>,
    send: impl Fn(Surface) -> BoxFuture<'c, Result<Outcome<T>, Error>>,
) -> Result<Response<T>, Error> {
    let mut round = 1;
    loop {
        let open = tenant.routes_of(spec);
        // On the heap, so that futures of callers stay small.
        let walked = Box::pin(walk(tenant, spec, arguments, variables, only, &send)).await;
        let is_doubtful = |error: &Error| error.is_no_route() && error.is_retryable();
        match walked {
            // One wrong 404 would otherwise keep a process from an operation for as long as it lives.
            Err(error) if error.is_no_route() && (reconsiders(tenant, spec) || opens(tenant, spec, &open)) => {}
            Err(error) if is_doubtful(&error) && tenant.sender().may_try_again(round) => {
                tenant.sender().pause_after(round).await;
                round += 1;
            }
            // The surface that found nothing may have taken the place of one that has the record.
            Err(error) if error.is_not_found() && only.is_none() && doubts_absence(tenant, spec) => {}
            walked => return walked,
        }
    }
}

/// Forgets once that surfaces lack a query. A stray or swapped response may have caused that.
fn doubts_absence(tenant: &Tenant, spec: &OperationSpec) -> bool {
    let (is_query, mut is_any) = (spec.kind == OperationKind::Query, false);
    tenant.learn(|profile| is_any = is_query && profile.doubt_absence(spec.name, |surface| tenant.allows(surface)));
    is_any
}

/// Forgets that surfaces lack an operation, if that was learned a while ago. Returns whether there is one to try again.
fn reconsiders(tenant: &Tenant, spec: &OperationSpec) -> bool {
    let (now, mut is_any) = (tenant.now(), false);
    tenant.learn(|profile| is_any = profile.reconsider_operation(spec.name, |surface| tenant.allows(surface), now));
    is_any
}

/// Whether another call has found a surface that was not open when this one began.
fn opens(tenant: &Tenant, spec: &OperationSpec, before: &[Surface]) -> bool {
    tenant.routes_of(spec).iter().any(|surface| !before.contains(surface))
}

/// Tries each surface once.
async fn walk<'c, T: RestRoot>(
    tenant: &'c Tenant,
    spec: &'static OperationSpec,
    arguments: &Value,
    variables: &[&str],
    only: Option<Surface>,
    send: &impl Fn(Surface) -> BoxFuture<'c, Result<Outcome<T>, Error>>,
) -> Result<Response<T>, Error> {
    let mut closed = None;
    let mut reasons = Vec::new();
    let mut demotions = Vec::new();
    if tenant.routes_of(spec).is_empty() {
        // An endpoint that refused the key or failed may be open by now, and there is no other.
        let mut surfaces = vec![Surface::GraphQl, Surface::RestV2, Surface::RestV1];
        surfaces.retain(|surface| tenant.allows(*surface));
        tenant.learn(|profile| profile.reconsider(&surfaces));
    }
    for surface in tenant.routes_of(spec) {
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
        // Repeating the replacement of a whole object would revert what others wrote in between.
        let replaces = spec.rest(surface).is_some_and(|route| route.replaces);
        let is_idempotent = spec.replay == Replay::Idempotent && !replaces && !makes_second_record(arguments);
        let outcome = matching(tenant, spec, arguments, is_idempotent, || send(surface)).await;
        match outcome.map_err(|error| error.with_operation(spec.name).with_surface(surface))? {
            Outcome::Response(answer) => {
                answer.value.teach(tenant, surface);
                return Ok(Response { demotions, ..answer });
            }
            Outcome::Absent(reason) => {
                let demotion = Event::Demotion { operation: spec.name, surface, reason: reason.clone() };
                tenant.sender().listener.emit(&demotion);
                // If the whole surface is absent, its endpoint is.
                if tenant.endpoint(surface).is_some() {
                    tenant.learn(|known| known.demote(spec.name, surface, &reason, Some(tenant.now())));
                }
                reasons.push(format!("{surface}: {reason}"));
                demotions.push((surface, reason));
            }
            Outcome::Closed(error) => {
                let error = error.with_operation(spec.name).with_surface(surface);
                closed.get_or_insert(error);
            }
        }
    }
    // The page of a list may be on a surface that the tenant has no more.
    let gone = only.filter(|only| reasons.is_empty() && *only != Surface::GraphQl);
    reasons.extend(gone.map(|only| format!("{only}: no endpoint")));
    match closed {
        Some(error) => Err(error),
        None => Err(no_route(tenant, spec, reasons)),
    }
}

/// Sends, and checks that the response belongs to the request. If it does not, or is not of its kind at all, something
/// on the way mixes up responses: the connections are not used again, and what may be repeated is sent once more.
async fn matching<'c, T: RestRoot>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    arguments: &Value,
    is_idempotent: bool,
    send: impl Fn() -> BoxFuture<'c, Result<Outcome<T>, Error>>,
) -> Result<Outcome<T>, Error> {
    let is_mutation = spec.kind == OperationKind::Mutation;
    let judge = |outcome: Result<Outcome<T>, Error>| match outcome {
        Ok(Outcome::Response(answer)) if !answer.value.answers(arguments) => {
            let unclear = if is_mutation { Execution::Unknown } else { Execution::DidNotRun };
            Err(Error::new(Kind::Mismatch).with_execution(unclear))
        }
        outcome => outcome,
    };
    let first = judge(send().await);
    let Err(error) = &first else { return first };
    if !error.is_of_another_kind() {
        return first;
    }
    tenant.sender().transport.discard_connections();
    if !is_mutation {
        return judge(send().await);
    }
    if !is_idempotent || !error.is_mismatch() {
        return first;
    }
    // The first one may have run, whatever becomes of the second.
    judge(send().await).map_err(|error| error.with_execution(Execution::Unknown))
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
    let known = tenant.known();
    if known.graphql_path().is_none() && spec.document.is_some() && tenant.allows(Surface::GraphQl) {
        reasons.push("GraphQL: no endpoint".to_owned());
    }
    let earlier = known.absent().filter(|(name, surface, _)| *name == spec.name && tenant.allows(*surface));
    for reason in earlier.map(|(_, surface, reason)| format!("{surface}: {reason}")) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let message = match tenant.surface() {
        None => format!("no surface of the tenant has it ({})", reasons.join("; ")),
        Some(surface) if reasons.is_empty() => format!("{surface} does not have it, and the call is restricted to it"),
        Some(_) => format!("the only surface of the call does not have it ({})", reasons.join("; ")),
    };
    let error = Error::new(Kind::NoRoute(message)).with_operation(spec.name);
    match known.profile().doubt() {
        // The tenant may be down, so the failure is transient.
        Some(status) => error.with_status(status),
        None => error,
    }
}

async fn over_rest<T: RestRoot>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    surface: Surface,
    arguments: &Value,
    selection: &'static Selection,
) -> Result<Outcome<T>, Error> {
    // The first response shows the shape of the others.
    let endpoint = tenant.endpoint(surface).filter(|_| surface == Surface::RestV2);
    let shape = endpoint.and_then(|endpoint| endpoint.body).filter(|_| spec.kind == OperationKind::Query);
    let mut page = None;
    let mut read_page = |response: &HttpResponse| {
        let text = json::text(response).ok().filter(|_| (200..300).contains(&response.status));
        page = text.zip(shape).and_then(|(text, shape)| T::read_page(text, shape, selection));
        page.is_some()
    };
    let exchange = match rest::exchange(tenant, spec, surface, arguments, &mut read_page).await? {
        rest::Fetched::Body(exchange) => exchange,
        rest::Fetched::Absent { reason, .. } => return Ok(Outcome::Absent(reason)),
        rest::Fetched::Closed(error) => return Ok(Outcome::Closed(error)),
    };
    if let Some(Found { value, gaps, dropped }) = page {
        return Ok(Outcome::Response(Response { gaps, dropped, ..Response::new(value, surface) }));
    }
    let body = rest::content(tenant, spec, surface, arguments, exchange).await?;
    let found = T::read(tenant, &body, selection).await.map_err(|error| body.exchange.unconfirmed(error))?;
    let response = Response::new(found.value, surface);
    Ok(Outcome::Response(Response { gaps: found.gaps, dropped: found.dropped, errors: body.errors, ..response }))
}
