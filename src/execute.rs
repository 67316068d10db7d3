//! Sending an operation to the best surface that has it.

mod complete;
pub(crate) mod graphql;
pub(crate) mod json;
mod own;
pub(crate) mod rest;
mod roots;
pub(crate) mod v1;

use std::collections::BTreeSet;

use crate::error::Kind;
use crate::runtime::{GeneratedOperation, OperationSpec, Selection, Surface};
use crate::send::{Call, Event};
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

/// Runs an operation: each surface that may have it in turn, until one does. `only` keeps to a single surface, for
/// the further pages of a list.
pub(crate) async fn run<O>(
    client: &Client,
    spec: &'static OperationSpec,
    variables: O::Variables,
    more: &[(&'static str, String)],
    only: Option<Surface>,
) -> Result<Answer<O::Root>, Error>
where
    O: GeneratedOperation<Variables: Clone + Send + Sync, ResponseData: Send, Root: RestRoot>,
{
    let given = arguments(&variables, more)?;
    let mut locked = None;
    let mut reasons = Vec::new();
    for surface in client.capabilities().routes(spec.name) {
        if only.is_some_and(|only| only != surface) {
            continue;
        }
        // A surface that would leave out a filter would answer with everybody.
        if let Some(argument) = spec.rest(surface).and_then(|route| route.leaves_out(&given)) {
            reasons.push(format!("{surface}: it does not take `{argument}`"));
            continue;
        }
        let outcome = match surface {
            Surface::GraphQl => over_graphql::<O>(client, spec, variables.clone()).await,
            _ => over_rest::<O>(client, spec, surface, &given).await,
        };
        match outcome.map_err(|error| error.with_operation(spec.name).with_surface(surface))? {
            Outcome::Answer(answer) => return Ok(answer),
            Outcome::Absent(reason) => {
                let demotion = Event::Demotion { operation: spec.name, surface, reason: reason.clone() };
                client.inner.sender.listener.tell(&demotion);
                client.learn(|known| known.demote(spec.name, surface, reason.clone()));
                reasons.push(format!("{surface}: {reason}"));
            }
            Outcome::Locked(error) => locked = Some(error),
        }
    }
    if let Some(error) = locked {
        return Err(error.with_operation(spec.name).with_surface(Surface::GraphQl));
    }
    Err(no_route(client, spec, reasons))
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

/// The variables of a call, and what is given beside them, by name.
fn arguments<V: serde::Serialize>(variables: &V, more: &[(&'static str, String)]) -> Result<serde_json::Value, Error> {
    let mut arguments = serde_json::to_value(variables).map_err(|error| Error::settings(error.to_string()))?;
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));
    }
    Ok(arguments)
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
    variables: O::Variables,
) -> Result<Outcome<O::Root>, Error>
where
    O: GeneratedOperation<ResponseData: Send, Root: Send>,
{
    let request = graphql::request_text(&O::build_query(variables))?;
    let call = Call { points: spec.points, ..Call::of(spec, Surface::GraphQl) };
    let body = match graphql::post(client, &request, &call).await {
        Ok(body) => body,
        Err(error) if graphql::proves_absent(&error) => return Ok(Outcome::Absent(graphql::reason(&error))),
        Err(error) if error.is_unauthorized() => return Ok(Outcome::Locked(error)),
        Err(error) => return Err(error),
    };
    let data: O::ResponseData = body.decode()?;
    let errors = body.into_errors();
    match O::root(data) {
        Some(value) => Ok(Outcome::Answer(Answer { value, surface: Surface::GraphQl, gaps: Vec::new(), errors })),
        None if errors.is_empty() => Err(rest::nothing(spec.v2.as_ref())),
        None => Err(Error::new(Kind::GraphQl(errors))),
    }
}

async fn over_rest<O>(
    client: &Client,
    spec: &'static OperationSpec,
    surface: Surface,
    arguments: &serde_json::Value,
) -> Result<Outcome<O::Root>, Error>
where
    O: GeneratedOperation<Root: RestRoot>,
{
    let body = match rest::fetch(client, spec, surface, arguments).await? {
        rest::Fetched::Body(body) => body,
        rest::Fetched::Absent { reason, .. } => return Ok(Outcome::Absent(reason)),
    };
    let (value, gaps) = O::Root::read(client, &body, O::SELECTION).await?;
    Ok(Outcome::Answer(Answer { value, surface, gaps: gaps.into_iter().collect(), errors: body.errors }))
}
