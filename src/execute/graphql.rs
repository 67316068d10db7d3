//! Requests to the GraphQL endpoint.

use graphql_client::QueryBody;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{document, json};
use crate::capabilities::HELIUM;
use crate::error::Kind;
use crate::execution::Execution;
use crate::runtime::{OperationKind, Replay, Surface};
use crate::send::{Call, Exchange};
use crate::tenant::Tenant;
use crate::transport::{Header, HttpResponse, Request};
use crate::{Error, GraphQlError};

/// The data of a response, not yet decoded, and the errors that came with it.
#[derive(Debug)]
pub(crate) struct Body {
    data: Box<RawValue>,
    errors: Vec<GraphQlError>,
    /// The response, for errors to describe.
    exchange: Exchange,
}

impl Body {
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::decode(self.data.get()).map_err(|error| error.with_response(&self.exchange.response))
    }

    /// What is known about the attempts before the one that got a response.
    pub(crate) fn earlier(&self) -> Execution {
        self.exchange.earlier
    }

    pub(crate) fn into_errors(self) -> Vec<GraphQlError> {
        self.errors
    }
}

/// The JSON of a request.
pub(crate) fn request_text<V: Serialize>(query: &QueryBody<V>) -> Result<String, Error> {
    serde_json::to_string(query)
        .map_err(|error| Error::invalid_argument(format!("the variables cannot be serialized: {error}")))
}

/// Posts a request to the tenant's endpoint.
pub(crate) async fn post(tenant: &Tenant, body: &str, call: &Call) -> Result<Body, Error> {
    let (_, exchange) = exchange(tenant, call, body).await?;
    let (data, errors) = read(&exchange)?;
    Ok(Body { data, errors, exchange: exchange.beginning() })
}

/// Posts a raw request. Returns the path of the endpoint and the body of the response.
pub(crate) async fn post_raw(tenant: &Tenant, request: &str) -> Result<(&'static str, Vec<u8>), Error> {
    let fail = |error: Error| error.with_operation("post_graphql").with_surface(Surface::GraphQl);
    let (path, exchange) = exchange(tenant, &call_of("post_graphql", request), request).await.map_err(fail)?;
    if (200..300).contains(&exchange.response.status) || is_graphql_response(&exchange.response) {
        json::text(&exchange.response).map_err(|error| fail(exchange.unconfirmed(error)))?;
        return Ok((path, exchange.response.body));
    }
    Err(fail(exchange.unconfirmed(json::refusal(&exchange.response))))
}

/// The call of a caller's request: its text shows whether it writes, and roughly what it costs.
pub(crate) fn call_of(operation: &'static str, request: &str) -> Call {
    #[derive(Deserialize)]
    struct Text {
        query: String,
    }
    let query = serde_json::from_str::<Text>(request).map(|text| text.query).unwrap_or_default();
    let (kind, replay) = if document::is_mutation(&query) {
        (OperationKind::Mutation, Replay::Never)
    } else {
        (OperationKind::Query, Replay::Safe)
    };
    Call { operation, surface: Surface::GraphQl, kind, replay, points: document::points(&query) }
}

/// Whether an error proves that the endpoint does not have the operation and that nothing ran: the endpoint is absent,
/// or the query does not match the schema.
pub(crate) fn proves_absent(error: &Error) -> bool {
    let errors = error.graphql_errors();
    // Validation precedes execution: an error of any other kind means that something may have run.
    error.is_no_route() || (!errors.is_empty() && errors.iter().all(is_validation_error))
}

/// Why the endpoint does not have the operation: the missing field, not the errors that follow from it.
pub(crate) fn reason(error: &Error) -> String {
    let missing = error.graphql_errors().iter().find(|error| error.message.starts_with(CANNOT_QUERY));
    missing.map_or_else(|| error.to_string(), |missing| missing.message.clone())
}

/// How graphql-js and compatible servers report a missing field.
const CANNOT_QUERY: &str = "Cannot query field";

fn is_validation_error(error: &GraphQlError) -> bool {
    match error.code.as_deref() {
        Some(code) => code == "GRAPHQL_VALIDATION_FAILED",
        // Endpoints without codes use the wording of graphql-js.
        None => [CANNOT_QUERY, "Unknown argument", "Unknown type"].iter().any(|start| error.message.starts_with(start)),
    }
}

/// Sends to the tenant's endpoint and returns its path. An endpoint that is absent is not tried again.
async fn exchange(tenant: &Tenant, call: &Call, body: &str) -> Result<(&'static str, Exchange), Error> {
    while let Some(path) = tenant.capabilities().graphql_path() {
        let exchange = tenant.sender().send(call, request(tenant, path, body)).await?;
        // An endpoint that exists may use these statuses too, but with a GraphQL body.
        if matches!(exchange.response.status, 404 | 405) && !is_graphql_response(&exchange.response) {
            tracing::debug!(path, status = exchange.response.status, "no GraphQL endpoint");
            tenant.learn(|known| known.endpoint_is_gone(path));
            continue;
        }
        return Ok((path, exchange));
    }
    Err(Error::new(Kind::NoRoute("the tenant has no GraphQL endpoint".to_owned())))
}

fn request(tenant: &Tenant, path: &str, body: &str) -> Request {
    let mut url = tenant.base().clone();
    url.set_path(path);
    let key = tenant.key().reveal();
    let mut headers = vec![
        Header { name: "content-type", value: "application/json".to_owned(), is_sensitive: false },
        Header { name: "accept", value: "application/json".to_owned(), is_sensitive: false },
    ];
    // Only on request, because servers and proxies log URLs.
    if tenant.key_in_query() {
        url.query_pairs_mut().append_pair("apiKey", key);
    } else if path == HELIUM {
        headers.push(Header { name: "authorization", value: format!("Bearer {key}"), is_sensitive: true });
    } else {
        headers.push(Header { name: "x-api-key", value: key.to_owned(), is_sensitive: true });
    }
    Request { method: "POST", url: url.to_string(), headers, body: body.to_owned() }
}

#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    errors: Option<Vec<GraphQlError>>,
}

fn is_graphql_response(response: &HttpResponse) -> bool {
    let envelope = json::text(response).ok().and_then(|text| serde_json::from_str::<Envelope>(text).ok());
    envelope.is_some_and(|envelope| envelope.data.is_some() || envelope.errors.is_some())
}

fn read(exchange: &Exchange) -> Result<(Box<RawValue>, Vec<GraphQlError>), Error> {
    let response = &exchange.response;
    let status = response.status;
    let is_success = (200..300).contains(&status);
    let envelope: Envelope = match json::text(response).and_then(json::decode) {
        Ok(envelope) => envelope,
        Err(error) if is_success => return Err(exchange.unconfirmed(error)),
        Err(_) => return Err(exchange.unconfirmed(json::refusal(response))),
    };
    let errors = envelope.errors.unwrap_or_default();
    match envelope.data {
        Some(data) if is_success => Ok((data, errors)),
        _ if matches!(status, 401 | 403 | 429) || errors.is_empty() => {
            Err(exchange.unconfirmed(json::refusal(response)))
        }
        // Errors without data mean that nothing was done, unless they occurred while the response was assembled.
        _ if is_success && !errors.iter().any(is_late) => Err(exchange.refused(Error::new(Kind::GraphQl(errors)))),
        _ => Err(exchange.unconfirmed(Error::new(Kind::GraphQl(errors)))),
    }
}

/// Whether an error of a mutation may have occurred after it was carried out: it occurred while the response was
/// assembled, or the server did not expect it.
pub(crate) fn is_late(error: &GraphQlError) -> bool {
    error.path.len() > 1 || error.code.as_deref() == Some("INTERNAL_SERVER_ERROR")
}
