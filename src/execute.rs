//! Sending an operation to the best surface that has it.

mod complete;
pub(crate) mod graphql;
pub(crate) mod json;
mod own;
pub(crate) mod rest;
mod roots;
pub(crate) mod v1;

use std::collections::BTreeSet;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use graphql_client::QueryBody;
use serde_json::Value;

use crate::error::Kind;
use crate::runtime::{GeneratedOperation, OperationKind, OperationSpec, Replay, Selection, Surface};
use crate::send::{self, Call, Event};
use crate::{Answer, Client, Error};

pub use own::Execute;

/// Something that stands under a root field and that REST answers as well.
pub(crate) trait RestRoot: Sized + Send {
    /// Reads it from the body of a REST answer, and says which selected paths the body does not have.
    fn read(
        client: &Client,
        body: &rest::Body,
        selection: &'static Selection,
    ) -> impl Future<Output = Result<(Self, BTreeSet<String>), Error>> + Send;
}

/// What sending to one surface came to.
enum Outcome<T> {
    Answer(Answer<T>),
    /// The surface does not have the operation, which proves that nothing ran.
    Absent(String),
    /// The surface does not take the key where it was sent. Nothing ran, and nothing is learned from it.
    Locked(Error),
}

/// Runs an operation that reads: each surface that may have it in turn, until one does. `only` keeps to a single
/// surface, for the further pages of a list.
pub(crate) async fn run<O>(
    client: &Client,
    spec: &'static OperationSpec,
    variables: O::Variables,
    more: &[(&'static str, String)],
    only: Option<Surface>,
) -> Result<Answer<O::Root>, Error>
where
    O: GeneratedOperation<Variables: Send + Sync, ResponseData: Send, Root: RestRoot>,
{
    let variables = arguments(&variables)?;
    let mut given = variables.clone();
    if let Some(given) = given.as_object_mut() {
        given.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
    }
    let (given, variables) = (&given, &variables);
    along_routes(client, spec, given, &[], only, |surface| match surface {
        Surface::GraphQl => over_graphql::<O>(client, spec, variables).boxed(),
        _ => over_rest::<O::Root>(client, spec, surface, given, O::SELECTION).boxed(),
    })
    .await
}

/// The arguments of a call, by name.
pub(crate) fn arguments(variables: &impl serde::Serialize) -> Result<Value, Error> {
    serde_json::to_value(variables).map_err(|error| Error::settings(error.to_string()))
}

/// Runs an operation that writes and has a document.
pub(crate) async fn write<O>(
    client: &Client,
    spec: &'static OperationSpec,
    arguments: &Value,
) -> Result<Answer<O::Root>, Error>
where
    O: GeneratedOperation<ResponseData: Send, Root: RestRoot>,
{
    let answer = along_routes(client, spec, arguments, O::VARIABLES, None, |surface| match surface {
        Surface::GraphQl => over_graphql::<O>(client, spec, arguments).boxed(),
        _ => over_rest::<O::Root>(client, spec, surface, arguments, O::SELECTION).boxed(),
    });
    confirmed(spec, answer.await?)
}

/// Runs an operation that writes and that REST alone has; `selection` is what is taken of the answer.
pub(crate) async fn write_rest<T: RestRoot>(
    client: &Client,
    spec: &'static OperationSpec,
    arguments: &Value,
    selection: &'static Selection,
) -> Result<Answer<T>, Error> {
    let answer = along_routes(client, spec, arguments, &[], None, |surface| {
        over_rest::<T>(client, spec, surface, arguments, selection).boxed()
    });
    confirmed(spec, answer.await?)
}

/// Tries each surface that may have an operation in turn, until one does. `variables` are those that its document
/// declares, for operations that write.
async fn along_routes<'c, T>(
    client: &'c Client,
    spec: &'static OperationSpec,
    given: &Value,
    variables: &[&str],
    only: Option<Surface>,
    send: impl Fn(Surface) -> BoxFuture<'c, Result<Outcome<T>, Error>>,
) -> Result<Answer<T>, Error> {
    let mut locked = None;
    let mut reasons = Vec::new();
    let mut demotions = Vec::new();
    for surface in client.capabilities().routes(spec.name) {
        if only.is_some_and(|only| only != surface) {
            continue;
        }
        // A surface that would leave out a filter would answer with everybody, and one that would leave out a change
        // would not make it.
        let left_out = match spec.rest(surface) {
            Some(route) => route.leaves_out(given),
            None if spec.kind == OperationKind::Mutation => undeclared(given, variables),
            None => None,
        };
        if let Some(argument) = left_out {
            reasons.push(format!("{surface}: it does not take `{argument}`"));
            continue;
        }
        let outcome = send(surface).await;
        match outcome.map_err(|error| error.with_operation(spec.name).with_surface(surface))? {
            Outcome::Answer(answer) => return Ok(Answer { demotions, ..answer }),
            Outcome::Absent(reason) => {
                let demotion = Event::Demotion { operation: spec.name, surface, reason: reason.clone() };
                client.inner.sender.listener.tell(&demotion);
                client.learn(|known| known.demote(spec.name, surface, reason.clone()));
                reasons.push(format!("{surface}: {reason}"));
                demotions.push((surface, reason));
            }
            Outcome::Locked(error) => locked = Some(error),
        }
    }
    if let Some(error) = locked {
        return Err(error.with_operation(spec.name).with_surface(Surface::GraphQl));
    }
    Err(no_route(client, spec, reasons))
}

/// The first argument that a document does not declare.
fn undeclared<'a>(given: &'a Value, variables: &[&str]) -> Option<&'a str> {
    given.as_object()?.keys().map(String::as_str).find(|name| !variables.contains(name))
}

/// Refuses the answer to a write that came with errors: something was done, and not all of it is known to be.
fn confirmed<T>(spec: &'static OperationSpec, answer: Answer<T>) -> Result<Answer<T>, Error> {
    strict(spec.name, answer).map_err(Error::with_outcome_unknown)
}

/// No surface has the operation: what each lacks, whether that showed now or before.
fn no_route(client: &Client, spec: &'static OperationSpec, mut reasons: Vec<String>) -> Error {
    let known = client.capabilities();
    if known.graphql_path().is_none() && spec.document.is_some() {
        reasons.push("GraphQL: there is no endpoint".to_owned());
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

/// Refuses an answer that came with errors.
pub(crate) fn strict<T>(operation: &'static str, answer: Answer<T>) -> Result<Answer<T>, Error> {
    if answer.errors.is_empty() {
        return Ok(answer);
    }
    Err(Error::new(Kind::GraphQl(answer.errors)).with_operation(operation).with_surface(answer.surface))
}

async fn over_graphql<O>(
    client: &Client,
    spec: &'static OperationSpec,
    variables: &Value,
) -> Result<Outcome<O::Root>, Error>
where
    O: GeneratedOperation<ResponseData: Send, Root: Send>,
{
    let request = graphql::request_text(&QueryBody { variables, query: O::QUERY, operation_name: O::NAME })?;
    let mut call = Call { points: spec.points, ..Call::of(spec, Surface::GraphQl) };
    if send::is_once(variables) {
        call.replay = Replay::Never;
    }
    let body = match graphql::post(client, &request, &call).await {
        Ok(body) => body,
        Err(error) if graphql::proves_absent(&error) => return Ok(Outcome::Absent(graphql::reason(&error))),
        Err(error) if error.is_unauthorized() => return Ok(Outcome::Locked(error)),
        Err(error) => return Err(error),
    };
    let is_mutation = spec.kind == OperationKind::Mutation;
    // A mutation whose answer does not decode has run.
    let data: O::ResponseData =
        body.decode().map_err(|error| if is_mutation { error.with_outcome_unknown() } else { error })?;
    let is_doubtful = body.is_doubtful();
    let errors = body.into_errors();
    match O::root(data) {
        Some(value) => Ok(Outcome::Answer(Answer { errors, ..Answer::new(value, Surface::GraphQl) })),
        None if errors.is_empty() && is_mutation => Err(rest::nothing(None).with_outcome_unknown()),
        None if errors.is_empty() => Err(rest::nothing(spec.v2.as_ref())),
        None => {
            let has_run = is_mutation && (is_doubtful || errors.iter().any(graphql::is_late));
            let error = Error::new(Kind::GraphQl(errors));
            Err(if has_run { error.with_outcome_unknown() } else { error })
        }
    }
}

async fn over_rest<T: RestRoot>(
    client: &Client,
    spec: &'static OperationSpec,
    surface: Surface,
    arguments: &Value,
    selection: &'static Selection,
) -> Result<Outcome<T>, Error> {
    let body = match rest::fetch(client, spec, surface, arguments).await? {
        rest::Fetched::Body(body) => body,
        rest::Fetched::Absent { reason, .. } => return Ok(Outcome::Absent(reason)),
    };
    let is_mutation = spec.kind == OperationKind::Mutation;
    let (value, gaps) = T::read(client, &body, selection)
        .await
        .map_err(|error| error.with_response(&body.response))
        .map_err(|error| if is_mutation { error.with_outcome_unknown() } else { error })?;
    let answer = Answer::new(value, surface);
    Ok(Outcome::Answer(Answer { gaps: gaps.into_iter().collect(), errors: body.errors, ..answer }))
}
