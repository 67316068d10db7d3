//! Writes: a request is checked completely first, and is then carried out completely or not at all.
//!
//! Where the documents are silent, the strict reading applies: an unknown argument, role or license is rejected, a seat
//! limit is enforced, a Salesforce id is write-once (`facts` of the help center), and a failure on one record is
//! reported for that record only.

mod access;
mod bulk;
mod certify;
mod fields;
mod import;
mod licenses;
mod people;

use apollo_compiler::response::JsonMap;
use serde_json::{Map, Value};

pub(crate) use bulk::Bulk;
pub(crate) use fields::{V1, V2};
pub(crate) use import::fetch;

use crate::tenant::{Node, Place, Resolved, Served};
use crate::world::{World, Writing};

/// The arguments of a request, by name.
pub(crate) type Fields = Map<String, Value>;

/// Why a write was rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status that the documents give for such a rejection.
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// The message about an email address that another user has.
pub(crate) const EMAIL_TAKEN: &str = "Email has already been taken";

/// The kind of record that a message reports as missing.
pub(crate) fn missing_kind(message: &str) -> Option<&str> {
    let kind = message.strip_suffix(" not found")?;
    ["User", "Client", "License", "Job"].contains(&kind).then_some(kind)
}

impl Refusal {
    /// The kind of record that does not exist, if that is the reason.
    pub(crate) fn missing(&self) -> Option<&str> {
        (self.status == 404).then(|| missing_kind(&self.message).unwrap_or("Record"))
    }

    fn malformed(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    fn not_found(what: &str) -> Self {
        Self { status: 404, message: format!("{what} not found") }
    }

    fn conflict(message: impl Into<String>) -> Self {
        Self { status: 409, message: message.into() }
    }

    fn unprocessable(message: impl Into<String>) -> Self {
        Self { status: 422, message: message.into() }
    }
}

/// Carries out writes: while it exists, no other request writes to the tenant.
pub(crate) struct Writer<'t> {
    writing: Writing<'t>,
    served: &'t Served,
}

impl<'t> Writer<'t> {
    pub(crate) fn new(world: World<'t>, served: &'t Served) -> Self {
        Self { writing: world.write(), served }
    }

    fn world(&self) -> World<'t> {
        self.writing.world
    }

    fn user(&self, id: &str) -> Result<u32, Refusal> {
        self.world().index_of("User", id).ok_or_else(|| Refusal::not_found("User"))
    }

    /// The current value of a user's field.
    fn current(&self, index: u32, name: &str) -> Value {
        let node = Node::of_entity(self.world(), self.served, "User", Place::Entity(index));
        let value = node.field(name).and_then(|field| node.value(field, &JsonMap::new()).ok());
        match value {
            Some(Resolved::Leaf(value)) => value,
            _ => Value::Null,
        }
    }

    fn took_effect(&self, operation: &'static str, type_name: &str, index: u32) {
        self.writing.took_effect(operation, self.world().id(type_name, index));
    }
}
