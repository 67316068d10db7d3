//! The error type of this crate.

mod class;
mod display;
mod excerpt;
mod graphql;
mod kind;

use std::error::Error as StdError;

use crate::execution::Execution;
use crate::runtime::Surface;
use crate::step::Step;
use crate::transport::{ConnectionProblem, HttpResponse};

pub use class::ErrorKind;
pub use graphql::{GraphQlError, GraphQlPathSegment};
pub(crate) use kind::Kind;

/// The headers in which a server or proxy reports the id of a request.
const REQUEST_IDS: [&str; 4] = ["x-request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"];

/// Why a call failed.
///
/// The message names the operation and the surface and carries the tenant's own message. It contains no key, no URL and
/// no variables. `{error:?}` shows the message and its causes, so that `fn main() -> Result<(), thought_industries::Error>`
/// prints something to read. A query changes nothing and may be repeated. For a mutation, [`execution`](Self::execution) reports
/// whether it was carried out.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use thought_industries::Execution;
///
/// match client.users().deactivate("ada@example.com").await {
///     Ok(report) => println!("{:?}", report.steps),
///     Err(error) if error.is_not_found() => println!("no user has that address"),
///     Err(error) if error.execution() == Execution::Unknown => println!("read the user before you retry: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Error {
    operation: Option<&'static str>,
    surface: Option<Surface>,
    status: Option<u16>,
    execution: Execution,
    /// Whether the call was not retried because the client's budget of retries was spent.
    is_retry_budget_spent: bool,
    seen: Option<Box<Seen>>,
    steps: Vec<Step>,
    /// The errors of a GraphQL response that was refused for another reason.
    listed: Vec<GraphQlError>,
    kind: Box<Kind>,
}

/// The parts of the response that are kept.
#[derive(Debug)]
struct Seen {
    request_id: Option<String>,
    excerpt: String,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        let execution = kind.execution();
        Self {
            operation: None,
            surface: None,
            status: None,
            execution,
            is_retry_budget_spent: false,
            seen: None,
            steps: Vec::new(),
            listed: Vec::new(),
            kind: Box::new(kind),
        }
    }

    pub(crate) fn settings(message: impl Into<String>) -> Self {
        Self::new(Kind::Settings(message.into()))
    }

    pub(crate) fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidArgument(message.into()))
    }

    pub(crate) fn of_graphql(errors: Vec<GraphQlError>) -> Self {
        Self::new(Kind::GraphQl(errors))
    }

    pub(crate) fn with_operation(mut self, operation: &'static str) -> Self {
        self.operation.get_or_insert(operation);
        self
    }

    pub(crate) fn with_steps(mut self, steps: Vec<Step>) -> Self {
        self.steps = steps;
        self
    }

    /// Keeps the errors of a GraphQL response that was refused for another reason.
    pub(crate) fn with_graphql_errors(mut self, errors: Vec<GraphQlError>) -> Self {
        self.listed = errors;
        self
    }

    pub(crate) fn with_surface(mut self, surface: Surface) -> Self {
        self.surface.get_or_insert(surface);
        self
    }

    /// Records what an error may reveal about the response: its status, its id, and the outline of its body.
    pub(crate) fn with_response(mut self, response: &HttpResponse) -> Self {
        self.seen.get_or_insert_with(|| {
            let id = REQUEST_IDS.iter().find_map(|name| response.header(name));
            // A value that does not look like an id may be anything, so it is dropped.
            let id = id.filter(|id| id.len() <= 100 && id.chars().all(|c| c.is_ascii_graphic() && c != '@'));
            Box::new(Seen { request_id: id.map(str::to_owned), excerpt: excerpt::of(&response.body) })
        });
        self.status.get_or_insert(response.status);
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status.get_or_insert(status);
        self
    }

    /// Sets what is known about whether the mutation was carried out.
    pub(crate) fn with_execution(mut self, execution: Execution) -> Self {
        self.execution = execution;
        self
    }

    /// Records that the client's budget of retries was spent, if the failure is one that is retried.
    pub(crate) fn with_retry_budget_spent(mut self, is_spent: bool) -> Self {
        self.is_retry_budget_spent = is_spent && self.is_transient();
        self
    }

    /// The operation that failed, such as `users.get`.
    pub fn operation(&self) -> Option<&'static str> {
        self.operation
    }

    /// The surface that responded.
    pub fn surface(&self) -> Option<Surface> {
        self.surface
    }

    /// The HTTP status of the response.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The id that the tenant gave the request (`x-request-id` or similar), for support requests.
    pub fn request_id(&self) -> Option<&str> {
        self.seen.as_ref()?.request_id.as_deref()
    }

    /// The outline of the response body: its first 200 characters with every value left out, such as
    /// `{"user":{"id":"…","email":"…"}}`. Empty if there was no body.
    pub fn excerpt(&self) -> &str {
        self.seen.as_ref().map_or("", |seen| seen.excerpt.as_str())
    }

    /// What a scenario checked, did and skipped before it failed.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// All errors of a GraphQL response, also of one that was refused for its key, its permissions or the limit.
    pub fn graphql_errors(&self) -> &[GraphQlError] {
        match &*self.kind {
            Kind::GraphQl(errors) => errors,
            _ => &self.listed,
        }
    }

    /// The errors of a response that failed because of them alone.
    pub(crate) fn document_errors(&self) -> &[GraphQlError] {
        match &*self.kind {
            Kind::GraphQl(errors) => errors,
            _ => &[],
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::of(self)
    }

    /// What is known about whether a mutation was carried out; for a query always [`DidNotRun`](Execution::DidNotRun).
    ///
    /// # Troubleshooting
    /// [`Unknown`](Execution::Unknown): read the record before you retry. The client does not repeat such a mutation
    /// unless `queries/routes.toml` marks it as idempotent.
    pub fn execution(&self) -> Execution {
        self.execution
    }

    /// Whether the requested record was not found.
    ///
    /// # Troubleshooting
    /// Ids belong to one tenant. A user is found by id, e-mail address or `externalCustomerId`. All surfaces of a
    /// tenant share the same users.
    pub fn is_not_found(&self) -> bool {
        matches!(*self.kind, Kind::NotFound(_)) || (self.status == Some(404) && matches!(*self.kind, Kind::Refused(_)))
    }

    /// Whether the tenant did not accept the key: HTTP 401.
    ///
    /// # Troubleshooting
    /// A key belongs to one tenant; check that `TI_SUBDOMAIN` or `TI_URL` names that tenant. Every place that a surface
    /// may take a key in was tried: `ti doctor` shows the responses.
    pub fn is_unauthorized(&self) -> bool {
        self.status == Some(401)
    }

    /// Whether the key lacks the permission: HTTP 403.
    ///
    /// # Troubleshooting
    /// A key has the permissions of a role. Use the key of a role that can read users and clients.
    pub fn is_forbidden(&self) -> bool {
        self.status == Some(403)
    }

    /// Whether the tenant's rate limit was reached (HTTP 429), or the wait for it would exceed
    /// [`with_max_wait`](crate::ClientBuilder::with_max_wait). Nothing was carried out.
    ///
    /// # Troubleshooting
    /// Everything that uses the key shares its limits: [`with_share`](crate::ClientBuilder::with_share) leaves room for
    /// others, [`with_limits`](crate::ClientBuilder::with_limits) sets those of your plan.
    pub fn is_rate_limited(&self) -> bool {
        self.status == Some(429) || matches!(*self.kind, Kind::Paced(_))
    }

    /// Whether the record to create already exists: HTTP 409, or a refusal (400, 422, or errors with a success status)
    /// whose message contains "already", "taken", "duplicate" or "exists". The public documents specify no code for an
    /// address that is taken.
    ///
    /// # Troubleshooting
    /// Look for the existing record: most often a user with the same e-mail address.
    pub fn is_conflict(&self) -> bool {
        let says_so = |message: &str| {
            let message = message.to_lowercase();
            let denies = ["not exist", "n't exist"].iter().any(|words| message.contains(words));
            !denies && ["already", "taken", "duplicate", "exists"].iter().any(|word| message.contains(word))
        };
        self.status == Some(409)
            || match &*self.kind {
                Kind::Refused(message) => {
                    !matches!(self.status, Some(401 | 403 | 404 | 429 | 500..)) && says_so(message)
                }
                Kind::GraphQl(errors) => errors.iter().any(|error| says_so(&error.message)),
                _ => false,
            }
    }

    /// Whether the time ran out before the response was complete.
    ///
    /// # Troubleshooting
    /// Reading a user with many courses takes long; raise [`with_timeout`](crate::ClientBuilder::with_timeout). A
    /// mutation may have been carried out: see [`execution`](Self::execution).
    pub fn is_timeout(&self) -> bool {
        matches!(&*self.kind, Kind::Transport(error) if error.is_timeout())
            || matches!(*self.kind, Kind::Elapsed(_))
            || self.status == Some(504)
    }

    /// Whether the same call may succeed later, and repeating it has no effect a second time: the failure is transient
    /// (no connection, a timeout, 429 or 5xx), and the call is a query, or a mutation that was not carried out.
    ///
    /// It is false for a mutation that may have run, whatever the failure.
    ///
    /// # Troubleshooting
    /// The client has retried already, as [`with_retry_policy`](crate::ClientBuilder::with_retry_policy) permits. Repeat
    /// the call after a longer delay.
    pub fn is_retryable(&self) -> bool {
        self.is_transient() && !self.execution.may_have_run()
    }

    /// Whether a later attempt may succeed, whatever this one did.
    fn is_transient(&self) -> bool {
        matches!(&*self.kind, Kind::Transport(error) if !error.is_permanent())
            || matches!(*self.kind, Kind::Paced(_) | Kind::Elapsed(_))
            || matches!(self.status, Some(408 | 425 | 429 | 500 | 502..=599))
    }

    /// Whether the call would have been retried, but the retry budget of the client is spent.
    ///
    /// All calls of a client and its clones share the budget, so that a tenant that is down gets little traffic: 100
    /// retries, or 50 after timeouts. A retry that leads to a response is paid back, and five responses without a retry
    /// earn one more.
    ///
    /// # Troubleshooting
    /// Most responses of the tenant are failures: wait until it responds again. Further calls are still sent, once each.
    pub fn is_retry_budget_spent(&self) -> bool {
        self.is_retry_budget_spent
    }

    /// Why there is no connection to the tenant, if that is known: its certificate, a proxy, or its name. Nothing was sent.
    ///
    /// # Troubleshooting
    /// [`ConnectionProblem::help`] says what to do, and `docs/network.md` what each message means.
    pub fn connection_problem(&self) -> Option<ConnectionProblem> {
        match &*self.kind {
            Kind::Transport(error) => error.problem(),
            _ => None,
        }
    }

    /// Whether the response does not match the schema, or is not JSON.
    ///
    /// # Troubleshooting
    /// The message names the path into the response. `ti schema pull` shows whether the tenant's schema has changed.
    pub fn is_decode(&self) -> bool {
        matches!(*self.kind, Kind::Decode { .. } | Kind::NotJson(_) | Kind::Empty)
    }

    /// Whether the response shows another record than the one that was asked for, also after a second attempt, or comes
    /// from a cache although the request forbids that (it has an `Age`). Its data is discarded.
    ///
    /// # Troubleshooting
    /// A cache or proxy in front of the tenant may mix up responses: exempt `/incoming` and `/helium` from it.
    pub fn is_mismatch(&self) -> bool {
        matches!(*self.kind, Kind::Mismatch | Kind::Cached(_))
    }

    /// Whether the response may belong to another request.
    pub(crate) fn is_of_another_kind(&self) -> bool {
        matches!(*self.kind, Kind::Mismatch | Kind::Decode { .. } | Kind::Lacks(_))
    }

    /// The fields that the tenant dropped or changed although it accepted a
    /// [verified](crate::UpdateUser::verify) write.
    ///
    /// # Troubleshooting
    /// An administrator must first set up the keys of custom fields; unknown keys are dropped silently (API guide). A
    /// Salesforce id is write-once.
    pub fn fields_not_applied(&self) -> &[String] {
        match &*self.kind {
            Kind::NotApplied(fields) => fields,
            _ => &[],
        }
    }

    /// Whether a write was carried out whose record was not found afterwards.
    pub(crate) fn is_not_found_after_write(&self) -> bool {
        matches!(&*self.kind, Kind::Unverified(error) if error.is_not_found())
    }

    /// Whether a write was carried out but could not be read back for verification. Do not repeat it.
    ///
    /// # Troubleshooting
    /// Read the user once the tenant responds again.
    pub fn is_unverified(&self) -> bool {
        matches!(*self.kind, Kind::Unverified(_))
    }

    /// Whether the client is configured incorrectly; nothing was sent.
    ///
    /// # Troubleshooting
    /// The message names the setting and the expected form.
    pub fn is_settings(&self) -> bool {
        matches!(*self.kind, Kind::Settings(_))
    }

    /// Whether an argument of the call is invalid; nothing was sent.
    ///
    /// # Troubleshooting
    /// The message names the argument and its requirements.
    pub fn is_invalid_argument(&self) -> bool {
        matches!(*self.kind, Kind::InvalidArgument(_))
    }

    /// Whether no surface of the tenant has the operation.
    ///
    /// # Troubleshooting
    /// [`Client::capabilities`](crate::Client::capabilities) lists what each surface lacks.
    pub fn is_no_route(&self) -> bool {
        matches!(*self.kind, Kind::NoRoute(_))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.kind {
            Kind::Decode { source, .. } => Some(source),
            // The error's own message is already part of this one, so the chain continues below it.
            Kind::Transport(error) => error.source(),
            Kind::Unverified(error) => Some(error),
            _ => None,
        }
    }
}
