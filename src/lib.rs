//! A GraphQL-first, schema-generated client for the Thought Industries (TI) learning platform.
//!
//! GraphQL and REST coexist at TI and do not offer the same features; the public documents contradict each other. This
//! client sends each operation to a surface that has it, decodes every response into the same types, and reports which
//! route it took and which fields that route did not provide.
//!
//! ```no_run
//! # async fn run() -> Result<(), thought_industries::Error> {
//! use futures::TryStreamExt as _;
//! use thought_industries::Client;
//!
//! let client = Client::from_env()?; // TI_SUBDOMAIN or TI_URL, and TI_API_KEY
//! let mut learners = client.users().list().set_role("student").items();
//! while let Some(user) = learners.try_next().await? {
//!     println!("{} {:?}", user.id, user.email);
//! }
//!
//! let user = client.users().get("ada@example.com").await?;
//! let license = user.active_license.as_ref().and_then(|license| license.name.as_deref());
//! println!("{license:?} over {}, without {:?}", user.surface(), user.gaps());
//! # Ok(())
//! # }
//! ```
//!
//! # Requests
//! Every operation is a request, which is sent when it is awaited or `send` is called. A request takes the fields of the
//! API with `set_…` and the options of a call with `with_…`: how long it may take in total, how often it is tried, and the
//! only surface to use. The options of the client ([`ClientBuilder`]) apply otherwise.
//!
//! ```no_run
//! # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
//! use std::time::Duration;
//! use thought_industries::{RetryPolicy, Surface};
//!
//! let user = client
//!     .users()
//!     .get("ada@example.com")
//!     .with_timeout(Duration::from_secs(10))
//!     .with_retry_policy(RetryPolicy::never())
//!     .with_surface(Surface::RestV2)
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! A list also ends in `pages` or `items`, and can be [resumed](ListUsers::start_at) where an earlier run stopped.
//!
//! # Runtime
//! The library needs [Tokio](https://tokio.rs): requests are sent and timed with it, so a request must be awaited
//! inside a Tokio runtime whose time and I/O drivers are enabled, such as that of `#[tokio::main]`.
//!
//! # Cancellation
//! Dropping the future of a request cancels it, as `tokio::time::timeout` and `tokio::select!` do. No read changes the
//! tenant, so a dropped read has no effect. For a write, it depends on when the future is dropped:
//!
//! - Before the write is sent, nothing has run: while the future has not been polled, while a user is looked up, and while
//!   the call waits for the tenant's limit.
//! - After that, it is unknown whether the write ran. The tenant may still carry it out, and no retry, verification or
//!   look-up follows. Read the record afterwards, and repeat the write only if it is missing, or if the operation is
//!   idempotent, which its documentation says. [`CreateUser::resume`] settles a creation, and [`Users::provision`] and
//!   [`Users::sync_profile`] continue where an earlier call stopped.
//! - An operation with several writes may have carried out some of them.
//!
//! `with_timeout` is the better way to bound a write: its error reports what is known ([`Error::execution`]). The permits
//! of the rate limiter stay spent, because the tenant may have counted the request. A client whose call was dropped can be
//! used as before.
//!
//! # Writes
//! [`Users::create`], [`update`](Users::update), [`update_status`](Users::update_status) and similar calls write
//! exactly the given fields. Each field is absent, null, or a value ([`UserFields`]), and a surface that would drop one
//! is not used. [`provision`](Users::provision), [`deactivate`](Users::deactivate) and
//! [`sync_profile`](Users::sync_profile) report what they checked, did and skipped. A write that got no response but
//! may have been carried out is not retried unless it is idempotent: see [`Error::execution`].
//!
//! # Your own queries
//! `thought-industries-codegen` generates operations from your own schema and documents, and [`Client::run`] runs them;
//! [`Client::execute`] runs any `graphql_client` operation. With the `cynic` feature, `Client::execute_cynic` runs
//! operations derived against the `schema` module. [`graphql_client`] is re-exported in the version that the generated
//! operations use.

mod acting;
mod address;
mod assessments;
mod capabilities;
mod catalog;
mod client;
mod clients;
mod clock;
mod connect;
mod content;
mod coupons;
mod course_groups;
mod courses;
mod error;
mod events;
mod execute;
mod execution;
mod fields;
mod generated;
mod groups;
mod jobs;
mod licenses;
mod logs;
mod meetings;
#[cfg(feature = "test-util")]
pub mod mock;
pub mod model;
pub mod operations;
mod pages;
mod position;
mod profile;
mod rate;
mod records;
mod redemption_codes;
mod request;
mod response;
mod routes;
pub mod runtime;
mod scenarios;
mod secret;
mod send;
mod skew;
mod status;
mod step;
mod tenant;
pub mod transport;
mod users;
pub mod webhooks;

pub use acting::ActingUser;
pub use assessments::{Assessments, ListAssessmentAttempts};
pub use capabilities::Capabilities;
pub use catalog::Catalog;
pub use client::{Client, ClientBuilder, RawResponse};
pub use clients::{Clients, GetClient, ListClients};
pub use clock::{Clock, TokioClock};
pub use connect::{Check, Diagnosis};
pub use content::{Content, ListContent};
pub use coupons::{Coupons, ListCoupons, ListCourseCoupons};
pub use course_groups::{CourseGroups, ListCourseGroups};
pub use courses::Courses;
pub use error::{Error, ErrorKind, GraphQlError, GraphQlPathSegment};
pub use events::{EventKind, Events, ListEvents, NotAnEvent, TenantEvent};
pub use execute::{Execute, Run};
pub use execution::Execution;
pub use fields::{LicenseFields, UserFields};
pub use graphql_client;
pub use groups::Groups;
pub use jobs::{Jobs, WaitForJob};
pub use licenses::{Licenses, ListLicenses};
pub use logs::{ListSsoLog, Logs};
pub use meetings::{ListMeetings, Meetings};
pub use position::PagePosition;
pub use profile::{BodyShape, Demotion, EndpointProfile, LimitProfile, Paging, Presence, ResponseForm, TenantProfile};
pub use rate::{Limits, MachineRateLimiter, Permit, PermitRequest, RateLimitHeaders, RateLimiter, SharedRateLimiter};
pub use records::Records;
pub use redemption_codes::{ListRedemptionCodes, RedemptionCodes};
pub use request::Request;
pub use response::Response;
pub use runtime::scalar::{Date, InvalidDate, Json, PageText};
pub use runtime::{
    Dialect, EndpointSpec, Evidence, FieldKind, FieldSpec, Input, InvalidName, KeyPlacement, OperationKind,
    OperationSpec, ReadBack, Replay, RestRoute, Surface,
};
pub use scenarios::{Provision, ScenarioReport};
pub use secret::Secret;
pub use send::{CallOutcome, Event, RetryPolicy, WaitReason};
pub use status::UserStatus;
pub use step::Step;
pub use transport::ConnectionProblem;
pub use users::{
    Attempts, BasicUsers, BulkCertified, Certification, CertifyError, CreateUser, Difference, Enrollment, GetUser,
    ListUserRows, ListUsers, MakeDualRole, Origin, UpdateStatus, UpdateUser, UserKey, UserRow, UserRows, Users,
};
pub use webhooks::Webhooks;

/// The types and fields of the pinned schema, for deriving cynic operations.
#[cfg(feature = "cynic")]
#[allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated by cynic")]
#[cynic::schema("thought_industries")]
pub mod schema {}

/// The guide, whose examples are compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
pub struct LibraryGuide;
