//! Everything that the public documents leave open about a tenant, as data: how it answers, and how it misbehaves.

mod bodies;
mod draw;
mod foreign;
mod forms;
mod limit;
mod reads;
mod transport;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use bodies::bodies;
pub(crate) use foreign::foreign;
pub use forms::{
    Counts, Foreign, GraphqlPaths, KeyPlace, KeyRefusal, LastCursor, LimitHeaders, LocationForm, NotFoundForm,
    NotFoundText, OddForm, OddScalar, RedirectStatus, TakenText, ValidationForm,
};

pub(crate) use limit::{TotalLimit, limit};
pub(crate) use reads::{Reads, reads};
pub(crate) use transport::transport;

use crate::{Dialect, graphql_path};

/// Everything that the public documents leave open about a tenant. The default is a tenant without surprises.
///
/// ```
/// use thought_industries_sandbox::Unknowns;
///
/// let drawn = Unknowns::draw(7);
/// assert_eq!(drawn, Unknowns::draw(7));
/// let quiet = Unknowns { gzip: false, stale_reads: 0, ..drawn };
/// println!("{quiet}");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Unknowns {
    /// The dialect; `None` leaves the one of [`Sandbox::new`](crate::Sandbox::new).
    pub dialect: Option<Dialect>,
    /// The paths that GraphQL is served at.
    pub graphql_paths: GraphqlPaths,
    /// Whether the documented dialect has v1. The observed dialect never has it.
    pub has_v1: bool,
    /// The response of a path that the tenant does not have.
    pub foreign: Foreign,
    /// Where each surface accepts the key.
    pub keys: Keys,
    /// The response to a wrong or misplaced key.
    pub key_refusal: KeyRefusal,
    /// The response for a record that does not exist.
    pub not_found: NotFound,
    /// The response to a v2 write that is refused.
    pub validation: Validation,
    /// The only role key of learners; `None` leaves the one of the dialect. See
    /// [`Sandbox::learner_role`](crate::Sandbox::learner_role), which takes precedence.
    pub learner_role: Option<String>,
    /// The cursor of the last page of a flat list.
    pub last_cursor: LastCursor,
    /// How many entries a page has, unless the request gives a number; `None` leaves the number of each list.
    pub page_size: Option<u32>,
    /// The counts of `pageInfo` in a flat list.
    pub counts: Counts,
    /// A limit for all requests together.
    pub limit: Option<Limit>,
    /// The headers that report `limit`.
    pub limit_headers: LimitHeaders,
    /// Values of REST bodies in another type than documented.
    pub odd_scalars: BTreeSet<OddScalar>,
    /// Whether each object of a REST body has unknown keys.
    pub extra_keys: bool,
    /// Keys that REST bodies lack. Those that identify an object, its status, its list and its page are never dropped.
    pub missing_keys: BTreeSet<String>,
    /// How a GET of v2 is redirected, on the same host, to where its response is.
    pub redirects: Option<Redirect>,
    /// Whether bodies are compressed for clients that accept it.
    pub gzip: bool,
    /// An odd response to each n-th read.
    pub odd_every: Option<Odd>,
    /// How many reads after a write repeat an earlier response to the same request.
    pub stale_reads: u32,
    /// Each n-th GET of one record returns the record that was read before it, of the same kind.
    pub swapped_every: Option<u32>,
}

/// Where each surface accepts the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Keys {
    /// GraphQL.
    pub graphql: KeyPlace,
    /// REST v2.
    pub v2: KeyPlace,
    /// REST v1.
    pub v1: KeyPlace,
}

/// The response for a record that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct NotFound {
    /// Its form.
    pub form: NotFoundForm,
    /// Its text.
    pub text: NotFoundText,
}

/// The response to a v2 write that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Validation {
    /// Its form.
    pub form: ValidationForm,
    /// Its text for an email address that another user has.
    pub taken: TakenText,
    /// Whether its status is 409 for such an address, whatever the form.
    pub is_409_for_taken: bool,
}

/// A limit for all requests together, in windows that begin with their first request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limit {
    /// Maximum requests in a window.
    pub requests: u32,
    /// The length of a window in seconds. A length below 0.01 or above 3,600 is read as the nearest of these.
    pub seconds: f64,
}

/// A redirect on the same host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Redirect {
    /// The status.
    pub status: RedirectStatus,
    /// The form of `Location`.
    pub location: LocationForm,
}

/// An odd response to each n-th read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Odd {
    /// The n; less than 2 is read as 2, so that no two reads in a row are affected.
    pub every: u32,
    /// The form of the response.
    pub form: OddForm,
}

/// Keys that [`Unknowns::draw`] may drop: those that the generated reference has and production lacks, and optional
/// ones.
const MISSABLE: &[&str] = &[
    "abbreviatedName",
    "aggregations",
    "asset",
    "customFields",
    "enableCreditPurchasing",
    "isDefault",
    "label",
    "lang",
    "language",
    "lastActiveAt",
    "licenseRole",
    "notificationEmails",
    "perPage",
    "seatsAllocatedCount",
    "shippingName",
    "stripeCustomerId",
    "waitlistedCourses",
];

/// Keys that are never dropped: without them, a list cannot be read, or its entries cannot be distinguished.
const PROTECTED: [&str; 13] = [
    "id",
    "email",
    "disabled",
    "roleKey",
    "licenseId",
    "allocatedLicenses",
    "clientId",
    "users",
    "clients",
    "licenses",
    "pageInfo",
    "hasMore",
    "cursor",
];

impl Default for Unknowns {
    fn default() -> Self {
        Self {
            dialect: None,
            graphql_paths: GraphqlPaths::default(),
            has_v1: true,
            foreign: Foreign::default(),
            keys: Keys::default(),
            key_refusal: KeyRefusal::default(),
            not_found: NotFound::default(),
            validation: Validation::default(),
            learner_role: None,
            last_cursor: LastCursor::default(),
            page_size: None,
            counts: Counts::default(),
            limit: None,
            limit_headers: LimitHeaders::default(),
            odd_scalars: BTreeSet::new(),
            extra_keys: false,
            missing_keys: BTreeSet::new(),
            redirects: None,
            gzip: false,
            odd_every: None,
            stale_reads: 0,
            swapped_every: None,
        }
    }
}

impl Unknowns {
    /// A tenant without surprises: the default.
    pub fn none() -> Self {
        Self::default()
    }

    /// The paths at which GraphQL is served to a tenant of this dialect.
    pub fn graphql_paths_of(&self, dialect: Dialect) -> Vec<&'static str> {
        let (incoming, helium) = (graphql_path(Dialect::Documented), graphql_path(Dialect::Observed));
        match self.graphql_paths {
            GraphqlPaths::OfDialect => vec![graphql_path(dialect)],
            GraphqlPaths::Incoming => vec![incoming],
            GraphqlPaths::Helium => vec![helium],
            GraphqlPaths::Both => vec![incoming, helium],
            GraphqlPaths::Neither => Vec::new(),
        }
    }

    /// Whether a tenant of this dialect has v1.
    pub fn has_v1_in(&self, dialect: Dialect) -> bool {
        self.has_v1 && dialect == Dialect::Documented
    }
}

/// A line `name: value` for each unknown.
impl fmt::Display for Unknowns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(Value::Object(fields)) = serde_json::to_value(self) else { return Err(fmt::Error) };
        for (name, value) in fields {
            match value {
                Value::Object(inner) => {
                    for (part, value) in inner {
                        writeln!(f, "{name}.{part}: {}", plain(&value))?;
                    }
                }
                value => writeln!(f, "{name}: {}", plain(&value))?,
            }
        }
        Ok(())
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}
