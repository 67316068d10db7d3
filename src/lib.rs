//! A GraphQL-first, schema-generated client for the Thought Industries (TI) learning platform.
//!
//! GraphQL and REST coexist at TI and are not feature-equal; public documents contradict each other. This client
//! sends each operation to the surface that has it, decodes every answer into the same types, and says which route
//! it took and what that route could not give.
//!
//! ```no_run
//! # async fn run() -> Result<(), thought_industries::Error> {
//! use futures::TryStreamExt as _;
//! use thought_industries::Client;
//!
//! let client = Client::from_env()?; // TI_SUBDOMAIN or TI_URL, and TI_API_KEY
//! let mut people = client.users().list().set_role("learner").items();
//! while let Some(person) = people.try_next().await? {
//!     println!("{} {:?}", person.id, person.email);
//! }
//!
//! let person = client.users().get("ada@example.com").send().await?;
//! let license = person.active_license.as_ref().and_then(|license| license.name.as_deref());
//! println!("{license:?} over {}, without {:?}", person.surface(), person.gaps());
//! # Ok(())
//! # }
//! ```
//!
//! # Writes
//! [`Users::create`], [`update`](Users::update), [`update_status`](Users::update_status) and their like write what
//! they are given and nothing else: each field is left out, null, or a value ([`UserFields`]), and a surface that would
//! leave one out is not used. [`provision`](Users::provision), [`deactivate`](Users::deactivate) and
//! [`sync_profile`](Users::sync_profile) say what they checked, did and skipped. A write that may have been carried out
//! without an answer is not sent again unless twice is as once: [`Error::outcome_unknown`].
//!
//! # Your own queries
//! [`Client::execute`] runs any `graphql_client` operation; with the feature `cynic`, `Client::execute_cynic` runs
//! operations derived against the module `schema`.

mod capabilities;
mod client;
mod clients;
mod clock;
mod content;
mod courses;
mod discover;
mod error;
mod execute;
mod execution;
mod fields;
mod groups;
mod jobs;
mod licenses;
pub mod model;
pub mod operations;
mod pages;
mod rate;
mod response;
mod routes;
#[doc(hidden)]
pub mod runtime;
mod scenarios;
mod secret;
mod send;
mod status;
mod step;
mod tenant;
pub mod transport;
mod users;
mod webhooks;

pub use capabilities::{Capabilities, Dialect};
pub use client::{Client, ClientBuilder};
pub use clients::{Clients, GetClient, ListClients};
pub use clock::Clock;
pub use content::Content;
pub use courses::Courses;
pub use error::{Error, GraphQlError, GraphQlPathSegment};
pub use execute::Execute;
pub use execution::Execution;
pub use fields::{LicenseFields, UserFields};
pub use groups::Groups;
pub use jobs::Jobs;
pub use licenses::{Licenses, ListLicenses};
pub use rate::Limits;
pub use response::Response;
pub use runtime::scalar::{Date, InvalidDate, Json};
pub use runtime::{FieldKind, FieldSpec, Input, OperationKind, OperationSpec, ReadBack, Replay, RestRoute, Surface};
pub use scenarios::ScenarioReport;
pub use secret::Secret;
pub use send::{Event, RetryPolicy, WaitReason};
pub use status::UserStatus;
pub use step::Step;
pub use users::{
    BasicUsers, BulkCertified, Certification, CertifyError, CreateUser, Difference, Enrollment, GetUser, ListUsers,
    Origin, UpdateStatus, UpdateUser, UserKey, Users,
};
pub use webhooks::Webhooks;

/// The pinned schema's types and fields, to derive cynic operations against.
#[cfg(feature = "cynic")]
#[allow(missing_docs, clippy::all, clippy::pedantic, reason = "written by cynic")]
#[cynic::schema("thought_industries")]
pub mod schema {}
