//! SCIM 2.0 in front of a Thought Industries tenant: a gateway for directories such as Okta and Microsoft Entra ID.
//!
//! A [`Gateway`] answers reads from a [`Store`], which has the roster of the tenant and what directories have sent. A write is
//! kept in the outbox of the store first, and then carried out by the engine of `thought-industries-provision`, at most once.
//! [`serve`] does both, and reads the roster again when it is due. [`Connection`] says which users a directory may manage.
//!
//! *Invariant*: nothing here prints or parses a command line.

mod connection;
mod error;
mod filter;
mod gateway;
mod hex;
mod http;
mod mapping;
mod metrics;
mod operations;
mod operator;
mod overview;
mod pace;
mod patch;
mod projection;
mod query;
mod roster;
mod route;
mod schema;
mod sender;
mod serve;
mod settings;
mod store;
mod token;
mod user;
mod values;

pub use connection::{Connection, Existing, Mapped};
pub use error::{ERROR_SCHEMA, ScimError, ScimType};
pub use filter::{AttributePath, Filter, Literal, Operator, Search};
pub use gateway::Gateway;
pub use http::router;
pub use operations::operations_router;
pub use operator::{is_operator_token, make_operator_token};
pub use overview::{ConnectionOverview, JobOverview, Overview};
pub use roster::{RosterError, RosterRead};
pub use schema::{Attribute, ENTERPRISE_SCHEMA, GROUP_SCHEMA, Mutability, Place, ResourceKind, USER_SCHEMA, ValueKind};
pub use serve::serve;
pub use settings::{Brake, Settings};
pub use store::{
    AuditRow, Claim, Cursor, GroupRow, Job, JobKind, JobResult, JobState, NewJob, Person, RosterRow, Scope,
    SqliteStore, Store, StoreError, Tables, Token, UserRow, Window,
};
pub use token::NewToken;

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
