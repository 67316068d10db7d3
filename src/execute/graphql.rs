//! Requests to the GraphQL endpoint.

use graphql_client::QueryBody;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::json;
use crate::capabilities::HELIUM;
use crate::error::Kind;
use crate::runtime::{OperationKind, Replay, Surface};
use crate::send::{self, Call};
use crate::transport::{Header, Request, Response};
use crate::{Client, Error, GraphQlError};

/// The data of an answer, not decoded yet, and the errors that came with it.
#[derive(Debug)]
pub(crate) struct Body {
    data: Box<RawValue>,
    errors: Vec<GraphQlError>,
    /// The answer, for errors to tell about.
    response: Response,
}

impl Body {
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::decode(self.data.get()).map_err(|error| error.with_response(&self.response))
    }

    /// Whether an earlier attempt may have been carried out.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.response.is_doubtful
    }

    pub(crate) fn into_errors(self) -> Vec<GraphQlError> {
        self.errors
    }
}

/// The JSON of a request.
pub(crate) fn request_text<V: Serialize>(query: &QueryBody<V>) -> Result<String, Error> {
    serde_json::to_string(query).map_err(|error| Error::settings(format!("the variables cannot be sent: {error}")))
}

/// Posts a request to the tenant's endpoint.
pub(crate) async fn post(client: &Client, body: &str, call: &Call) -> Result<Body, Error> {
    let (_, response) = exchange(client, call, body).await?;
    let (data, errors) = read(&response)?;
    Ok(Body { data, errors, response: response.beginning() })
}

/// What is known of a request that the caller brought: its text says whether it writes, and about what it costs.
pub(crate) fn call_of(operation: &'static str, request: &str) -> Call {
    #[derive(Deserialize)]
    struct Text {
        query: String,
    }
    let query = serde_json::from_str::<Text>(request).map(|text| text.query).unwrap_or_default();
    let (kind, replay) = if send::is_mutation(&query) {
        (OperationKind::Mutation, Replay::Never)
    } else {
        (OperationKind::Query, Replay::Safe)
    };
    Call { operation, surface: Surface::GraphQl, kind, replay, points: send::points(&query), is_single: false }
}

/// Whether an error proves that the endpoint does not have what was asked for, and that nothing ran: there is no
/// endpoint, or the query does not fit the schema.
pub(crate) fn proves_absent(error: &Error) -> bool {
    let errors = error.graphql_errors();
    error.is_no_route() || (!errors.is_empty() && errors.iter().all(is_validation_error))
}

/// Why the endpoint does not have it: the missing field, rather than what follows from it.
pub(crate) fn reason(error: &Error) -> String {
    let missing = error.graphql_errors().iter().find(|error| error.message.starts_with(CANNOT_QUERY));
    missing.map_or_else(|| error.to_string(), |missing| missing.message.clone())
}

/// How graphql-js and those who follow it say that a field is missing.
const CANNOT_QUERY: &str = "Cannot query field";

fn is_validation_error(error: &GraphQlError) -> bool {
    match error.code.as_deref() {
        Some(code) => code == "GRAPHQL_VALIDATION_FAILED",
        // Endpoints without codes word these as graphql-js does.
        None => [CANNOT_QUERY, "Unknown argument", "Unknown type"].iter().any(|start| error.message.starts_with(start)),
    }
}

/// Sends to the endpoint that the tenant has, and says which one that is. An endpoint that is not there is not tried
/// again.
async fn exchange(client: &Client, call: &Call, body: &str) -> Result<(&'static str, Response), Error> {
    while let Some(path) = client.capabilities().graphql_path() {
        let response = to(client, call, path, body).await?;
        if matches!(response.status, 404 | 405) && !is_graphql_answer(&response) {
            tracing::debug!(path, status = response.status, "no GraphQL endpoint");
            client.learn(|known| known.endpoint_is_gone(path));
            continue;
        }
        return Ok((path, response));
    }
    Err(Error::new(Kind::NoRoute("the tenant has no GraphQL endpoint".to_owned())))
}

async fn to(client: &Client, call: &Call, path: &str, body: &str) -> Result<Response, Error> {
    let inner = &client.inner;
    let mut url = inner.base.clone();
    url.set_path(path);
    let key = inner.key.reveal();
    let mut headers = vec![
        Header { name: "content-type", value: "application/json".to_owned(), is_sensitive: false },
        Header { name: "accept", value: "application/json".to_owned(), is_sensitive: false },
    ];
    if inner.key_in_query {
        url.query_pairs_mut().append_pair("apiKey", key);
    } else if path == HELIUM {
        headers.push(Header { name: "authorization", value: format!("Bearer {key}"), is_sensitive: true });
    } else {
        headers.push(Header { name: "x-api-key", value: key.to_owned(), is_sensitive: true });
    }
    let request = Request { method: "POST", url: url.to_string(), headers, body: body.to_owned() };
    send::send(client, call, request).await
}

#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    errors: Option<Vec<GraphQlError>>,
}

fn is_graphql_answer(response: &Response) -> bool {
    let envelope = json::text(response).ok().and_then(|text| serde_json::from_str::<Envelope>(text).ok());
    envelope.is_some_and(|envelope| envelope.data.is_some() || envelope.errors.is_some())
}

fn read(response: &Response) -> Result<(Box<RawValue>, Vec<GraphQlError>), Error> {
    let status = response.status;
    let is_success = (200..300).contains(&status);
    let envelope: Envelope = match json::text(response).and_then(json::decode) {
        Ok(envelope) => envelope,
        Err(error) if is_success => return Err(unconfirmed(response, error.with_response(response))),
        Err(_) => return Err(json::refusal(response)),
    };
    let errors = envelope.errors.unwrap_or_default();
    match envelope.data {
        Some(data) if is_success => Ok((data, errors)),
        _ if matches!(status, 401 | 403 | 429) || errors.is_empty() => Err(json::refusal(response)),
        _ if is_success => {
            let is_late = response.is_doubtful || (response.outcome_unknown && errors.iter().any(is_late));
            let error = Error::new(Kind::GraphQl(errors)).with_response(response);
            Err(if is_late { error.with_outcome_unknown() } else { error })
        }
        _ => Err(unconfirmed(response, Error::new(Kind::GraphQl(errors)).with_response(response))),
    }
}

/// Whether an error of a mutation may have come after it was carried out: it arose while the answer was put together, or
/// the server did not foresee it.
pub(crate) fn is_late(error: &GraphQlError) -> bool {
    error.path.len() > 1 || error.code.as_deref() == Some("INTERNAL_SERVER_ERROR")
}

/// The error of an answer that does not say whether a mutation was carried out.
fn unconfirmed(response: &Response, error: Error) -> Error {
    if response.outcome_unknown { error.with_outcome_unknown() } else { error }
}

impl Client {
    /// Posts a GraphQL request as it is, a JSON object with `query`, to the tenant's endpoint, and returns the path
    /// of the endpoint with the answer's body. Meant for tools, such as one that introspects;
    /// [`Client::execute`] is for everything else.
    ///
    /// # Errors
    /// If the tenant has no endpoint, does not take the key, or answers with something else than JSON. Errors
    /// inside the GraphQL answer are the caller's to read.
    pub async fn post_graphql(&self, request: &str) -> Result<(&'static str, Vec<u8>), Error> {
        let fail = |error: Error| error.with_operation("post_graphql").with_surface(Surface::GraphQl);
        let (path, response) = exchange(self, &call_of("post_graphql", request), request).await.map_err(fail)?;
        if (200..300).contains(&response.status) || is_graphql_answer(&response) {
            json::text(&response).map_err(|error| fail(unconfirmed(&response, error)))?;
            return Ok((path, response.body));
        }
        Err(fail(json::refusal(&response)))
    }
}
