//! Requests to the GraphQL endpoint.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::contact::{self, Contact};
use super::document::call_of;
use super::found::{self, Found};
use super::json;
use super::request::over_graphql as request;
use crate::error::Kind;
use crate::execution::Execution;
use crate::profile::Presence;
use crate::request::CalledOperation;
use crate::runtime::{KeyPlacement, ParsedOperation, Surface, in_page};
use crate::send::{Call, Exchange, Read};
use crate::tenant::Tenant;
use crate::transport::HttpResponse;
use crate::{Error, GraphQlError};

/// A response with data.
pub(crate) struct Reply<T> {
    /// The data, unless it takes a second look: it is not as the schema says, or in an envelope of another form.
    pub(crate) data: Option<T>,
    pub(crate) body: Body,
}

impl<T: DeserializeOwned> Reply<T> {
    /// The data, and the errors that came with it.
    pub(crate) fn decode(self) -> Result<(T, Vec<GraphQlError>), Error> {
        let data = self.data.map_or_else(|| self.body.decode(), Ok)?;
        Ok((data, self.body.into_errors()))
    }
}

/// The body of a response with data, and the errors that came with it.
#[derive(Debug)]
pub(crate) struct Body {
    /// The data as text, if it was not decoded.
    data: Option<Box<RawValue>>,
    errors: Vec<GraphQlError>,
    /// The response, for errors to describe.
    exchange: Exchange,
}

impl Body {
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::decode(self.data()).map_err(|error| error.with_response(&self.exchange.response))
    }

    fn data(&self) -> &str {
        self.data.as_ref().map_or("null", |data| data.get())
    }

    /// What is known about the attempts before the one that got a response.
    pub(crate) fn earlier(&self) -> Execution {
        self.exchange.earlier
    }

    /// Reads data that does not decode as the schema says, as REST bodies are read.
    pub(crate) fn decode_leniently<T: DeserializeOwned>(
        &self,
        operation: &'static ParsedOperation,
    ) -> Result<Found<T>, Error> {
        let data: Value = json::decode(self.data())?;
        let found: Found<T> = found::from_value(&data, operation.selection())?;
        // A page whose list was dropped would look empty.
        let is_list = |path: &String| path.split_once('.').is_some_and(|(_, key)| contact::LISTS.contains(&key));
        if let Some(list) = found.dropped.keys().find(|path| is_list(path)) {
            return Err(Error::new(Kind::Lacks(list.clone())));
        }
        Ok(found)
    }

    /// Whether every root field is null or missing.
    pub(crate) fn is_null(&self, operation: &ParsedOperation) -> bool {
        json::decode(self.data()).is_ok_and(|data| is_null(&data, operation))
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether the data has a root field, even if it is null. A response to another request has another one.
    pub(crate) fn has_root(&self, root: &str) -> bool {
        let name = format!("\"{root}\"");
        let text = self.data.as_ref().map_or(&*self.exchange.response.body, |data| data.get().as_bytes());
        // The first key of what was decoded, so hardly anything is searched.
        text.windows(name.len()).any(|part| part == name.as_bytes())
    }

    pub(crate) fn into_errors(self) -> Vec<GraphQlError> {
        self.errors
    }
}

/// A request, as GraphQL over HTTP sends it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestBody<'r, V> {
    variables: V,
    query: &'r str,
    operation_name: &'r str,
}

/// The JSON of a request.
pub(crate) fn request_text<V: Serialize>(query: &str, operation_name: &str, variables: V) -> Result<String, Error> {
    serde_json::to_string(&RequestBody { variables, query, operation_name })
        .map_err(|error| Error::invalid_argument(format!("the variables cannot be serialized: {error}")))
}

/// Posts a request to the tenant's endpoint. The response is decoded as it is checked, in one pass.
pub(crate) async fn post<T>(tenant: &Tenant, body: &str, call: &Call) -> Result<Reply<T>, Error>
where
    T: DeserializeOwned + Send,
{
    let mut whole = None;
    let mut read_whole = |response: &HttpResponse| {
        whole = decode_whole::<T>(response);
        whole.is_some()
    };
    let (_, exchange) = exchange(tenant, call, body, &mut read_whole).await?;
    if let Some((data, errors)) = whole {
        return Ok(Reply { data: Some(data), body: Body { data: None, errors, exchange } });
    }
    let (data, errors) = read(&exchange)?;
    Ok(Reply { data: None, body: Body { data: Some(data), errors, exchange: exchange.beginning() } })
}

/// The data and the errors of a successful response, if it is as the schema says.
fn decode_whole<T: DeserializeOwned>(response: &HttpResponse) -> Option<(T, Vec<GraphQlError>)> {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "T: DeserializeOwned"))]
    struct Whole<T> {
        data: Option<T>,
        errors: Option<Vec<GraphQlError>>,
    }
    let text = json::text(response).ok().filter(|_| (200..300).contains(&response.status))?;
    let Whole { data, errors } = in_page(|| serde_json::from_str(text)).ok()?;
    Some((data?, errors.unwrap_or_default()))
}

/// Whether every root field of data is null or missing.
pub(crate) fn is_null(data: &Value, operation: &ParsedOperation) -> bool {
    operation.selection().fields.iter().all(|root| data.get(&root.key).is_none_or(Value::is_null))
}

/// Refuses a call that is restricted to a surface without GraphQL.
pub(super) fn only_graphql(tenant: &Tenant) -> Result<(), Error> {
    match tenant.surface().filter(|surface| *surface != Surface::GraphQl) {
        Some(surface) => Err(Error::new(Kind::NoRoute(format!("{surface} does not run GraphQL operations")))),
        None => Ok(()),
    }
}

/// The operation of a raw request.
pub(crate) fn raw_operation(request: &str) -> CalledOperation {
    let Call { operation, kind, .. } = call_of("post_graphql", request);
    CalledOperation { name: operation, kind }
}

/// Posts a raw request. Returns the path of the endpoint and the body of the response.
pub(crate) async fn post_raw(tenant: &Tenant, request: &str) -> Result<(String, Vec<u8>), Error> {
    let fail = |error: Error| error.with_operation("post_graphql").with_surface(Surface::GraphQl);
    only_graphql(tenant).map_err(fail)?;
    let call = call_of("post_graphql", request);
    let (path, exchange) = exchange(tenant, &call, request, &mut |_| false).await.map_err(fail)?;
    if (200..300).contains(&exchange.response.status) || is_graphql_response(&exchange.response) {
        json::text(&exchange.response).map_err(|error| fail(exchange.unconfirmed(error)))?;
        return Ok((path, exchange.response.body));
    }
    Err(fail(exchange.unconfirmed(json::refusal(&exchange.response))))
}

/// Whether an error proves that the endpoint does not have the operation and that nothing ran: the endpoint is absent,
/// or the query does not match the schema.
pub(crate) fn proves_absent(error: &Error) -> bool {
    let errors = error.document_errors();
    // Validation precedes execution: an error of any other kind means that something may have run.
    error.is_no_route() || (!errors.is_empty() && errors.iter().all(is_validation_error))
}

/// Why the endpoint does not have the operation: the missing field, not the errors that follow from it.
pub(crate) fn reason(error: &Error) -> String {
    let is_cause = |error: &&GraphQlError| error.message.starts_with(CANNOT_QUERY);
    let missing: Vec<&str> = error.document_errors().iter().filter(is_cause).map(|error| &*error.message).collect();
    match missing.as_slice() {
        [] => error.to_string(),
        [first, second, third, more @ ..] if !more.is_empty() => {
            format!("{first}; {second}; {third} (and {} more)", more.len())
        }
        few => few.join("; "),
    }
}

/// How graphql-js and compatible servers report a missing field.
const CANNOT_QUERY: &str = "Cannot query field";

/// The codes of errors that precede execution: those of Apollo, and of graphql-ruby, which adds a path to them.
const VALIDATION_CODES: [&str; 4] =
    ["GRAPHQL_VALIDATION_FAILED", "undefinedField", "undefinedType", "argumentNotAccepted"];

/// Whether the code of an error says that it precedes execution.
pub(crate) fn has_validation_code(error: &GraphQlError) -> bool {
    error.code.as_deref().is_some_and(|code| VALIDATION_CODES.contains(&code))
}

fn is_validation_error(error: &GraphQlError) -> bool {
    match error.code.as_deref() {
        Some(code) => VALIDATION_CODES.contains(&code),
        // Endpoints without codes use the wording of graphql-js.
        None => [CANNOT_QUERY, "Unknown argument", "Unknown type"].iter().any(|start| error.message.starts_with(start)),
    }
}

/// Sends to the tenant's endpoint and returns its path. An endpoint is used once it has responded as one; until then,
/// the next one is tried.
async fn exchange(tenant: &Tenant, call: &Call, body: &str, read: &mut Read<'_>) -> Result<(String, Exchange), Error> {
    let mut refused = None;
    if tenant.endpoint(Surface::GraphQl).is_none() {
        tenant.learn(|profile| profile.reconsider(&[Surface::GraphQl]));
    }
    while let Some(endpoint) = tenant.endpoint(Surface::GraphQl) {
        if endpoint.presence == Presence::Unknown {
            match contact::graphql(tenant, call, body).await? {
                Contact::Response(exchange) => return Ok((endpoint.path, exchange)),
                Contact::Known => {}
                Contact::Refused(error) => refused = Some(error),
            }
            continue;
        }
        let placement = endpoint.placements().first().copied().unwrap_or(KeyPlacement::Query);
        let request = request(tenant, &endpoint.path, placement, body);
        let exchange = tenant.sender().send_and_read(call, request, read).await?;
        return Ok((endpoint.path, exchange));
    }
    let none = || {
        let error = Error::new(Kind::NoRoute("the tenant has no GraphQL endpoint".to_owned()));
        match tenant.known().profile().doubt() {
            Some(status) => error.with_status(status),
            None => error,
        }
    };
    Err(refused.unwrap_or_else(none))
}

#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    errors: Option<Vec<GraphQlError>>,
}

fn is_graphql_response(response: &HttpResponse) -> bool {
    let envelope = json::text(response).and_then(envelope).ok();
    envelope.is_some_and(|envelope| envelope.data.is_some() || envelope.errors.is_some())
}

/// The envelope of a response. Some endpoints respond to a single request as to a batch of one.
fn envelope(text: &str) -> Result<Envelope, Error> {
    if !text.starts_with('[') {
        return json::decode(text);
    }
    let [envelope] = json::decode::<[Envelope; 1]>(text)?;
    Ok(envelope)
}

fn read(exchange: &Exchange) -> Result<(Box<RawValue>, Vec<GraphQlError>), Error> {
    let response = &exchange.response;
    let status = response.status;
    let is_success = (200..300).contains(&status);
    let envelope: Envelope = match json::text(response).and_then(envelope) {
        Ok(envelope) => envelope,
        Err(error) if is_success => return Err(exchange.unconfirmed(error)),
        // It is the endpoint that is not found. What responded as one before was another server.
        Err(_) if matches!(status, 404 | 405 | 410) => {
            let reason = format!("its endpoint responds with {status}");
            return Err(exchange.refused(Error::new(Kind::NoRoute(reason))));
        }
        Err(_) => return Err(exchange.unconfirmed(json::refusal(response))),
    };
    let errors = envelope.errors.unwrap_or_default();
    match envelope.data {
        Some(data) if is_success => Ok((data, errors)),
        _ if matches!(status, 401 | 403 | 429) || errors.is_empty() => {
            Err(exchange.unconfirmed(json::refusal(response).with_graphql_errors(errors)))
        }
        // Errors without data mean that nothing was done, unless they occurred while the response was assembled.
        _ if is_success && !errors.iter().any(is_late) => Err(exchange.refused(Error::new(Kind::GraphQl(errors)))),
        _ => Err(exchange.unconfirmed(Error::new(Kind::GraphQl(errors)))),
    }
}

/// Whether an error of a mutation may have occurred after it was carried out: it occurred while the response was
/// assembled, or the server did not expect it.
pub(crate) fn is_late(error: &GraphQlError) -> bool {
    (error.path.len() > 1 && !has_validation_code(error)) || error.code.as_deref() == Some("INTERNAL_SERVER_ERROR")
}
