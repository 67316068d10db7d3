//! The first requests of directories, as they are known to send them.

use serde_json::{Value, json};

use crate::arguments::Directory;

/// A name that no user and no group has.
const NONE: &str = "b27c3c3f-8a0e-4d2c-9d3f-3a1f5a9d7e10";
const SCIM: &str = "application/scim+json";
const JSON: &str = "application/json";

/// What a directory expects of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    List,
    EmptyList,
    /// A document of discovery.
    Document,
    /// An error in the form of SCIM.
    Error(u16),
    /// A refusal of a wrong token.
    Unauthorized,
    Created,
    Changed,
    Deleted,
}

/// A request of a directory.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) directory: &'static str,
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    /// With `{id}` where the id belongs that the last creation has returned.
    pub(super) path: String,
    pub(super) agent: &'static str,
    pub(super) accepts: &'static str,
    pub(super) body: Option<Value>,
    pub(super) expected: Expected,
    /// What the expected answer means.
    pub(super) meaning: &'static str,
}

impl Call {
    fn get(directory: &'static str, name: &'static str, path: impl Into<String>, expected: Expected) -> Self {
        let (agent, accepts) = match directory {
            "Okta" => ("Okta SCIM Client 1.0.0", SCIM),
            "OneLogin" => ("", JSON),
            "Google" => ("Google-Auto-Provisioning", JSON),
            _ => ("ti scim doctor", SCIM),
        };
        let meaning = match expected {
            Expected::List => "the directory takes the connection for a good one",
            Expected::EmptyList => "the directory may create the user or the group",
            Expected::Document => "the directory knows what it may send",
            Expected::Error(_) => "the directory can read why",
            Expected::Unauthorized => "only tokens of the gateway are accepted",
            Expected::Created => "the tenant takes new users, and the gateway new groups",
            Expected::Changed => "a user who leaves is disabled",
            Expected::Deleted => "the directory can remove it",
        };
        let (method, body) = ("GET", None);
        Self { directory, name, method, path: path.into(), agent, accepts, body, expected, meaning }
    }

    fn write(name: &'static str, method: &'static str, path: &str, body: Option<Value>, expected: Expected) -> Self {
        Self { method, body, ..Self::get("JumpCloud", name, path, expected) }
    }

    /// The path, or none if it needs an id and there is none.
    pub(super) fn path_of(&self, id: Option<&str>) -> Option<String> {
        if !self.path.contains("{id}") {
            return Some(self.path.clone());
        }
        id.map(|id| self.path.replace("{id}", id))
    }
}

/// The requests of one directory, or of all; with an address to create, also those that write.
pub(super) fn all(directory: Option<Directory>, create: Option<&str>) -> Vec<Call> {
    let is_wanted = |own: Directory| directory.is_none_or(|wanted| wanted == own);
    let mut calls = vec![Call::get("all", "a wrong token", "/Users?count=1", Expected::Unauthorized)];
    if is_wanted(Directory::Okta) {
        calls.extend(okta());
    }
    if is_wanted(Directory::Entra) {
        calls.extend(entra());
    }
    if is_wanted(Directory::Onelogin) {
        calls.push(Call::get(
            "OneLogin",
            "look-up of a user",
            format!("/Users?filter={}&", is("userName")),
            Expected::EmptyList,
        ));
    }
    if is_wanted(Directory::Google) {
        calls.push(Call::get(
            "Google",
            "look-up of a user",
            format!("/Users?filter={}", is("userName")),
            Expected::EmptyList,
        ));
    }
    if is_wanted(Directory::Jumpcloud) {
        calls.push(Call::get("JumpCloud", "what the server can do", "/ServiceProviderConfig", Expected::Document));
        calls.extend(create.into_iter().flat_map(jumpcloud));
    }
    calls
}

/// The filter for an attribute with a value that is nowhere, in the form of an address.
fn is(attribute: &str) -> String {
    format!("{attribute}%20eq%20%22{NONE}%22")
}

fn okta() -> [Call; 4] {
    let look_up = format!("/Users?filter={}&startIndex=1&count=100", is("userName"));
    [
        Call::get("Okta", "test of the connection", "/Users?startIndex=1&count=2", Expected::List),
        Call::get("Okta", "look-up of a user", look_up, Expected::EmptyList),
        Call::get("Okta", "a user who is not there", format!("/Users/{NONE}"), Expected::Error(404)),
        Call::get("Okta", "import of groups", "/Groups?startIndex=1&count=100", Expected::List),
    ]
}

fn entra() -> [Call; 6] {
    let user = is("userName");
    let mail = is("emails%5Btype%20eq%20%22work%22%5D.value");
    let group = format!("/Groups?excludedAttributes=members&filter={}", is("displayName"));
    [
        // A 404 would stop the job at once.
        Call::get("Entra", "test of the connection", format!("/Users?filter={user}"), Expected::EmptyList),
        Call::get(
            "Entra",
            "the same with its flag",
            format!("/Users?filter={user}&aadOptscim062020"),
            Expected::EmptyList,
        ),
        Call::get(
            "Entra",
            "the flag before the path",
            format!("?aadOptscim062020/Users?filter={user}"),
            Expected::EmptyList,
        ),
        Call::get("Entra", "look-up by e-mail", format!("/Users?filter={mail}"), Expected::EmptyList),
        Call::get("Entra", "look-up of a group", group, Expected::EmptyList),
        Call::get("Entra", "discovery of the schema", "/Schemas", Expected::List),
    ]
}

/// The test of the connection of `JumpCloud`, which writes.
fn jumpcloud(address: &str) -> [Call; 5] {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": address,
        "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "value": address, "type": "work", "primary": true }],
        "active": true,
    });
    let off = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    let group =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": format!("test {NONE}") });
    [
        Call::write("creation of a user", "POST", "/Users", Some(user), Expected::Created),
        Call::write("the user leaves", "PATCH", "/Users/{id}", Some(off), Expected::Changed),
        Call::write("deletion of the user", "DELETE", "/Users/{id}", None, Expected::Deleted),
        Call::write("creation of a group", "POST", "/Groups", Some(group), Expected::Created),
        Call::write("deletion of the group", "DELETE", "/Groups/{id}", None, Expected::Deleted),
    ]
}
