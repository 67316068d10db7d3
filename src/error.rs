//! The one error of this crate.

mod excerpt;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::transport::Response;
use crate::{Step, Surface};

/// Where a server or a proxy before it tells the id of a request.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"];

/// Why a call failed.
///
/// Its text names the operation and the surface and carries the tenant's own message. It holds no key, no URL and
/// no variables. The reads of this crate change nothing, so those that fail may be made again; of a mutation,
/// [`outcome_unknown`](Self::outcome_unknown) says whether the tenant may have acted.
#[derive(Debug)]
pub struct Error {
    operation: Option<&'static str>,
    surface: Option<Surface>,
    status: Option<u16>,
    outcome_unknown: bool,
    seen: Option<Box<Seen>>,
    steps: Vec<Step>,
    kind: Box<Kind>,
}

/// What was seen of the answer.
#[derive(Debug)]
struct Seen {
    request_id: Option<String>,
    excerpt: String,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Settings(String),
    Transport(crate::transport::TransportError),
    Refused(String),
    NotFound(String),
    NotJson(String),
    Empty,
    GraphQl(Vec<GraphQlError>),
    Decode {
        path: String,
        source: Undecodable,
    },
    Paging(String),
    NoRoute(String),
    /// A write was taken, and these fields are not what was written.
    NotApplied(Vec<String>),
    /// A write was done, and reading it back failed.
    Unverified(Box<Error>),
    /// The call would have to wait for the tenant's limit for longer than this.
    Paced(Duration),
}

/// Where and how a body does not decode. What the decoder says beside may have values of the body in it.
#[derive(Debug)]
pub(crate) struct Undecodable {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for Undecodable {
    fn from(error: serde_json::Error) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column() }
    }
}

impl Undecodable {
    fn is_broken(&self) -> bool {
        use serde_json::error::Category;
        matches!(self.category, Category::Eof | Category::Syntax)
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl StdError for Undecodable {}

/// An error of a GraphQL answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct GraphQlError {
    /// What the tenant says.
    #[serde(default, deserialize_with = "null_is_default")]
    pub message: String,
    /// Where in the answer the error arose.
    #[serde(default, deserialize_with = "null_is_default")]
    pub path: Vec<GraphQlPathSegment>,
    /// `extensions.code`, such as `GRAPHQL_VALIDATION_FAILED`.
    #[serde(default, rename = "extensions", deserialize_with = "code")]
    pub code: Option<String>,
}

impl GraphQlError {
    /// An error of which nothing but a message is known.
    pub(crate) fn told(message: String) -> Self {
        Self { message, path: Vec::new(), code: None }
    }
}

/// A step into an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum GraphQlPathSegment {
    /// Into a list.
    Index(u64),
    /// Into an object.
    Field(String),
}

fn null_is_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let extensions = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(extensions.as_ref().and_then(|value| value.get("code")?.as_str().map(str::to_owned)))
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            operation: None,
            surface: None,
            status: None,
            outcome_unknown: false,
            seen: None,
            steps: Vec::new(),
            kind: Box::new(kind),
        }
    }

    pub(crate) fn settings(message: impl Into<String>) -> Self {
        Self::new(Kind::Settings(message.into()))
    }

    pub(crate) fn with_operation(mut self, operation: &'static str) -> Self {
        self.operation.get_or_insert(operation);
        self
    }

    pub(crate) fn with_steps(mut self, steps: Vec<Step>) -> Self {
        self.steps = steps;
        self
    }

    pub(crate) fn with_surface(mut self, surface: Surface) -> Self {
        self.surface.get_or_insert(surface);
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status.get_or_insert(status);
        self
    }

    /// Notes the answer that the error is about: its status, its id, and what its body looks like.
    pub(crate) fn with_response(mut self, response: &Response) -> Self {
        self.seen.get_or_insert_with(|| {
            let id = REQUEST_IDS.iter().find_map(|name| response.header(name));
            // An id is no place for anything else.
            let id = id.filter(|id| id.len() <= 100 && id.chars().all(|c| c.is_ascii_graphic() && c != '@'));
            Box::new(Seen { request_id: id.map(str::to_owned), excerpt: excerpt::of(&response.body) })
        });
        self.with_status(response.status)
    }

    pub(crate) fn with_outcome_unknown(mut self) -> Self {
        self.outcome_unknown = true;
        self
    }

    pub(crate) fn with_outcome_known(mut self) -> Self {
        self.outcome_unknown = false;
        self
    }

    /// The operation that failed, such as `users.get`.
    pub fn operation(&self) -> Option<&'static str> {
        self.operation
    }

    /// The surface that answered.
    pub fn surface(&self) -> Option<Surface> {
        self.surface
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The id that the tenant gave the request, to be named to its support: `x-request-id` or its like.
    pub fn request_id(&self) -> Option<&str> {
        self.seen.as_ref()?.request_id.as_deref()
    }

    /// What the body of the answer looks like: its first 200 characters with every value left out, such as
    /// `{"user":{"id":"…","email":"…"}}`. Empty if there was none.
    pub fn excerpt(&self) -> &str {
        self.seen.as_ref().map_or("", |seen| seen.excerpt.as_str())
    }

    /// What a scenario had checked, done and skipped before it failed.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The errors of a GraphQL answer.
    pub fn graphql_errors(&self) -> &[GraphQlError] {
        match &*self.kind {
            Kind::GraphQl(errors) => errors,
            _ => &[],
        }
    }

    /// Whether the tenant has no such thing.
    ///
    /// # Troubleshooting
    /// Ids belong to one tenant. A person is found by id, e-mail address or `externalCustomerId`; the other surfaces
    /// of a tenant know the same people, so asking another one does not help.
    pub fn is_not_found(&self) -> bool {
        matches!(*self.kind, Kind::NotFound(_)) || (self.status == Some(404) && matches!(*self.kind, Kind::Refused(_)))
    }

    /// Whether the key was not taken: HTTP 401.
    ///
    /// # Troubleshooting
    /// The key belongs to one tenant; check that `TI_SUBDOMAIN` or `TI_URL` names the same. For GraphQL at `/helium`
    /// production clients send the key in the query: see
    /// [`with_key_in_query`](crate::ClientBuilder::with_key_in_query).
    pub fn is_unauthorized(&self) -> bool {
        self.status == Some(401)
    }

    /// Whether the key may not do this: HTTP 403.
    ///
    /// # Troubleshooting
    /// A key has the permissions of a role. Use the key of a role that may read people and clients.
    pub fn is_forbidden(&self) -> bool {
        self.status == Some(403)
    }

    /// Whether the tenant asked to slow down (HTTP 429), or the call would have had to wait for its limit for longer
    /// than [`with_max_wait`](crate::ClientBuilder::with_max_wait) allows. Nothing ran.
    ///
    /// # Troubleshooting
    /// Limits are shared by everything that uses the key: [`with_share`](crate::ClientBuilder::with_share) leaves room
    /// for the others, [`with_limits`](crate::ClientBuilder::with_limits) says what your plan has.
    pub fn is_rate_limited(&self) -> bool {
        self.status == Some(429) || matches!(*self.kind, Kind::Paced(_))
    }

    /// Whether what was to be made is there already: HTTP 409, or a refusal (422, or errors with a status of success)
    /// that says so. The public documents give no code for an address that is taken.
    ///
    /// # Troubleshooting
    /// Look for what is there: a person of the same e-mail address, most often.
    pub fn is_conflict(&self) -> bool {
        let says_so = |message: &str| message.to_lowercase().contains("already");
        self.status == Some(409)
            || match &*self.kind {
                Kind::Refused(message) => {
                    !matches!(self.status, Some(401 | 403 | 404 | 429 | 500..)) && says_so(message)
                }
                Kind::GraphQl(errors) => errors.iter().any(|error| says_so(&error.message)),
                _ => false,
            }
    }

    /// Whether it is not known if a mutation was carried out: it was sent, and no answer says.
    ///
    /// # Troubleshooting
    /// Look before you try again: read what was to be changed. The client does not send such a mutation a second time,
    /// unless `queries/routes.toml` says that twice is as once.
    pub fn outcome_unknown(&self) -> bool {
        self.outcome_unknown
    }

    /// Whether time ran out before the answer was there.
    ///
    /// # Troubleshooting
    /// A deep read of somebody with many courses takes long; raise
    /// [`with_timeout`](crate::ClientBuilder::with_timeout). The tenant may have acted on a mutation of your own.
    pub fn is_timeout(&self) -> bool {
        matches!(&*self.kind, Kind::Transport(error) if error.is_timeout()) || self.status == Some(504)
    }

    /// Whether the same call may well succeed a little later: no connection, time ran out, 429 or 5xx.
    ///
    /// # Troubleshooting
    /// Try a read again after a pause that grows. The tenant may have acted on a mutation of your own: look first.
    pub fn is_transient(&self) -> bool {
        matches!(&*self.kind, Kind::Transport(error) if !error.would_come_again())
            || matches!(*self.kind, Kind::Paced(_))
            || matches!(self.status, Some(429 | 500..=599))
    }

    /// Whether the answer is not what the schema promises, or no JSON at all.
    ///
    /// # Troubleshooting
    /// The text names the path into the answer. If the tenant's schema has moved, `ti schema pull` shows how.
    pub fn is_decode(&self) -> bool {
        matches!(*self.kind, Kind::Decode { .. } | Kind::NotJson(_) | Kind::Empty)
    }

    /// The fields that the tenant dropped or changed, although it took the write: of a write that was
    /// [verified](crate::UpdateUser::verify), and failed that.
    ///
    /// # Troubleshooting
    /// Keys of custom fields have to be set up by an administrator first; others are dropped without a word (API
    /// guide). A Salesforce id stays as it was first set.
    pub fn fields_not_applied(&self) -> &[String] {
        match &*self.kind {
            Kind::NotApplied(fields) => fields,
            _ => &[],
        }
    }

    /// Whether a write was done and could not be read back to be verified. It need not be made again.
    ///
    /// # Troubleshooting
    /// Read the person when the tenant answers again.
    pub fn is_unverified(&self) -> bool {
        matches!(*self.kind, Kind::Unverified(_))
    }

    /// Whether the client was set up wrongly; nothing was sent.
    ///
    /// # Troubleshooting
    /// The text says which setting, and what it has to look like.
    pub fn is_settings(&self) -> bool {
        matches!(*self.kind, Kind::Settings(_))
    }

    /// Whether no surface of the tenant has the operation.
    ///
    /// # Troubleshooting
    /// [`Client::capabilities`](crate::Client::capabilities) says what each surface lacks.
    pub fn is_no_route(&self) -> bool {
        matches!(*self.kind, Kind::NoRoute(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "{operation}")?;
            if let Some(surface) = self.surface {
                write!(f, " over {surface}")?;
            }
            f.write_str(": ")?;
        }
        match (&*self.kind, self.status) {
            (Kind::Settings(message) | Kind::NotFound(message) | Kind::Paging(message) | Kind::NoRoute(message), _) => {
                f.write_str(message)
            }
            (Kind::Unverified(error), _) => write!(f, "it is written, and could not be read back: {error}"),
            (Kind::NotApplied(fields), _) => {
                write!(f, "the tenant took the write and did not apply {}", fields.join(", "))
            }
            (Kind::Transport(error), _) => write!(f, "{error}"),
            (Kind::Paced(most), _) => write!(
                f,
                "the tenant's limit has no room for another {} s, which is as long as the call may wait",
                most.as_secs_f64()
            ),
            (Kind::Refused(message), Some(401)) if message.is_empty() => {
                f.write_str("the tenant did not take the key (401)")
            }
            (Kind::Refused(message), Some(status @ 200..300)) if message.is_empty() => {
                write!(f, "the tenant answered {status} with nothing that was asked for")
            }
            (Kind::Refused(message), Some(status)) if message.is_empty() => write!(f, "the tenant answered {status}"),
            (Kind::Refused(message), Some(status)) => write!(f, "the tenant answered {status}: {message}"),
            (Kind::Refused(message), None) => write!(f, "the tenant answered: {message}"),
            (Kind::NotJson(what), Some(status)) => write!(f, "the tenant answered {status} with {what} and no JSON"),
            (Kind::NotJson(what), None) => write!(f, "the tenant answered with {what} and no JSON"),
            (Kind::Empty, _) => f.write_str("the answer is empty"),
            (Kind::GraphQl(errors), _) => {
                if let Some(first) = errors.first() {
                    let message = first.message.as_str();
                    f.write_str(if message.is_empty() { "an error without a message" } else { message })?;
                    if let Some(code) = &first.code {
                        write!(f, " ({code})")?;
                    }
                }
                match errors.len() {
                    0 | 1 => Ok(()),
                    more => write!(f, " (and {} more errors)", more - 1),
                }
            }
            (Kind::Decode { source, .. }, _) if source.is_broken() => f.write_str("the answer is no whole JSON"),
            (Kind::Decode { path, .. }, _) if matches!(path.as_str(), "" | ".") => {
                f.write_str("the answer does not decode")
            }
            (Kind::Decode { path, .. }, _) => write!(f, "the answer does not decode at `{path}`"),
        }?;
        if let Some(id) = self.request_id() {
            write!(f, " [request {id}]")?;
        }
        if self.outcome_unknown {
            f.write_str("; whether the tenant has acted is not known: look before you try again")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.kind {
            Kind::Decode { source, .. } => Some(source),
            Kind::Transport(error) => error.source(),
            Kind::Unverified(error) => Some(error),
            _ => None,
        }
    }
}
