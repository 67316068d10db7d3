//! A local Thought Industries tenant for tests, examples and demonstrations: GraphQL and REST over a loopback socket,
//! in two dialects, with a population that is computed on demand.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use thought_industries_sandbox::{Dialect, Sandbox};
//!
//! let tenant = Sandbox::new(Dialect::Documented).users(50).start().await?;
//! println!("{} with key {}", tenant.url(), tenant.api_key());
//! # Ok::<(), thought_industries_sandbox::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Unknowns`] are what the public documents leave open about a tenant: how it answers, and how it misbehaves. A client
//! that only works with the default ones has the same guesses as this crate.
//!
//! The source document of each transcribed part is noted in `tenant/*.graphql` and beside each route.
//!
//! *Invariant*: this crate does not depend on the client library, so client and server cannot share the same mistake.
//! It listens on loopback only, and gives data only to requests with its key.

mod connection;
mod cursor;
mod deliveries;
mod dialect;
mod error;
mod faults;
mod graphql;
mod http;
mod in_process;
mod limits;
mod mutations;
mod points;
mod population;
mod received;
mod reply;
mod sandbox;
mod schema;
mod tenant;
mod unknowns;
mod world;
mod writes;

pub use deliveries::{Attempt, Deliveries, DeliveryFault, DeliveryForm, Happening, Sender};
pub use dialect::graphql_path;
pub use error::Error;
pub use faults::{Fault, FaultRate};
pub use in_process::InProcessSandbox;
pub use limits::Limits;
pub use received::Received;
pub use sandbox::{RunningSandbox, Sandbox};
pub use thought_industries_spec::Dialect;
pub use unknowns::{
    Counts, Foreign, GraphqlPaths, KeyPlace, KeyRefusal, Keys, LastCursor, Limit, LimitHeaders, LocationForm, NotFound,
    NotFoundForm, NotFoundText, Odd, OddForm, OddScalar, Redirect, RedirectStatus, TakenText, Unknowns, Validation,
    ValidationForm,
};
pub use world::Effect;

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
