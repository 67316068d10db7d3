//! A light tenant: REST v2 for users, in two dialects, with the past kept. The test `model` holds it against the sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use thought_industries::Dialect;

use super::{People, Person};
use crate::clock::timestamp;
use crate::message::{Reply, Request};

/// The key that it accepts.
pub(crate) const KEY: &str = "planted-key-of-a-simulated-tenant";

type Fields = Map<String, Value>;
type Users = Arc<BTreeMap<u64, Fields>>;

/// A light tenant.
#[derive(Debug)]
pub(crate) struct Model {
    dialect: Dialect,
    page_size: usize,
    /// The users since each time, oldest first.
    versions: Vec<(Duration, Users)>,
    created: u64,
}

/// What a user has besides what is written. A list that is missing would not be known to be empty.
const ABSENT: &[&str] = &[
    "address1",
    "address2",
    "asset",
    "balance",
    "city",
    "clientId",
    "country",
    "lastActiveAt",
    "learnerUserId",
    "managerUserId",
    "ref1",
    "ref2",
    "ref3",
    "ref4",
    "ref5",
    "ref6",
    "ref7",
    "ref8",
    "ref9",
    "ref10",
    "sfAccountId",
    "sfContactId",
    "state",
    "telephone",
    "zipCode",
];
const EMPTY: &[&str] =
    &["allocatedLearningPaths", "allocatedLicenses", "purchasedBundles", "purchasedCourses", "waitlistedCourses"];

/// What can be written; anything else is ignored.
const WRITABLE: [&str; 6] = ["email", "firstName", "lastName", "externalCustomerId", "customFields", "role"];

/// The role of users who are created without one.
fn learner(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Documented => "learner",
        Dialect::Observed => "student",
    }
}

impl Model {
    pub(crate) fn new(dialect: Dialect, users: u32, page_size: u32) -> Self {
        let mut model = Self {
            dialect,
            page_size: usize::try_from(page_size).unwrap_or(usize::MAX).max(1),
            versions: vec![(Duration::ZERO, Users::default())],
            created: 0,
        };
        let mut all = BTreeMap::new();
        for number in 0..users {
            let fields = [
                ("email", format!("user.{number}@example.com")),
                ("firstName", format!("First{number}")),
                ("lastName", format!("Last{number}")),
                ("externalCustomerId", format!("X-{number}")),
            ];
            let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            let created = "2024-05-01T00:00:00.000Z".to_owned();
            all.insert(model.created, new_user(model.created, fields, &created, learner(dialect)));
            model.created += 1;
        }
        model.versions = vec![(Duration::ZERO, Arc::new(all))];
        model
    }

    fn now(&self) -> &Users {
        // There is always the first version.
        self.versions.last().map_or_else(|| unreachable!(), |(_, users)| users)
    }

    fn at(&self, time: Duration) -> &Users {
        self.versions.iter().rev().find(|(since, _)| *since <= time).map_or_else(|| self.now(), |(_, users)| users)
    }

    pub(crate) fn people(&self) -> People {
        Arc::new(self.now().values().map(|user| (id_of(user).to_owned(), person(user))).collect())
    }

    /// Responds to a request at a time; reads show what was there at another one.
    pub(crate) fn respond(&mut self, request: &Request, now: Duration, read_at: Duration) -> Reply {
        let path = request.path();
        let Some(rest) = path.strip_prefix("/incoming/v2") else { return Reply::page(404, "Page not found") };
        if request.header("authorization") != Some(&format!("Bearer {KEY}")) {
            return Reply::empty(401);
        }
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["ping"]) => Reply::json(200, &json!({ "valid": true })),
            ("GET", ["users"]) => self.list(&request.query(), read_at),
            ("GET", ["clients"]) => {
                self.wrap(200, "Clients", &json!({ "pageInfo": { "hasMore": false, "total": 0 }, "clients": [] }))
            }
            ("GET", ["users", key]) => match self.find(self.at(read_at), key) {
                Some(number) => self.user(200, "UserById", &self.at(read_at)[&number]),
                None => not_found(),
            },
            ("POST", ["users"]) => self.written(&request.body, |model, fields| model.create(fields, now)),
            ("PUT", ["users", key]) => match self.find(self.now(), key) {
                Some(number) => self.written(&request.body, |model, fields| model.update(number, fields, now)),
                None => not_found(),
            },
            ("PUT", ["users", key, "updateStatus"]) => match self.find_any(self.now(), key) {
                Some(number) => self.written(&request.body, |model, fields| model.set_status(number, &fields, now)),
                None => not_found(),
            },
            _ => Reply::page(404, "Page not found"),
        }
    }

    /// Deletes a user at once.
    pub(crate) fn delete(&mut self, id: &str, now: Duration) {
        let users = self.now().iter().filter(|(_, user)| id_of(user) != id);
        let users = users.map(|(number, user)| (*number, user.clone())).collect();
        self.versions.push((now, Arc::new(users)));
    }

    fn written(&mut self, body: &str, write: impl FnOnce(&mut Self, Fields) -> Reply) -> Reply {
        match serde_json::from_str(body) {
            Ok(fields) => write(self, fields),
            Err(error) => self.refuse(400, &format!("The body is not a JSON object: {error}")),
        }
    }

    fn find(&self, users: &Users, key: &str) -> Option<u64> {
        match self.dialect {
            Dialect::Observed => self.find_any(users, key),
            Dialect::Documented => users.iter().find(|(_, user)| id_of(user) == key).map(|(number, _)| *number),
        }
    }

    fn find_any(&self, users: &Users, key: &str) -> Option<u64> {
        let is = |user: &Fields, name: &str| {
            user.get(name).and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(key))
        };
        let has = |user: &Fields| ["id", "email", "externalCustomerId"].iter().any(|name| is(user, name));
        users.iter().find(|(_, user)| has(user)).map(|(number, _)| *number)
    }

    /// A page: after a user for a cursor, by number otherwise.
    fn list(&self, query: &BTreeMap<String, String>, at: Duration) -> Reply {
        let users = self.at(at);
        let role = query.get("role");
        let all = users.iter().filter(|(_, user)| role.is_none_or(|role| user.get("roleKey") == Some(&json!(role))));
        let total = all.clone().count();
        let number = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
        let page: Vec<_> = match (self.dialect, query.get("cursor")) {
            (Dialect::Observed, cursor) => {
                let after = cursor.map(|cursor| cursor.strip_prefix("after-").and_then(|after| after.parse().ok()));
                match after {
                    Some(None) => {
                        return Reply::json(
                            400,
                            &json!({ "errors": [{ "message": "the cursor is not one of this list" }] }),
                        );
                    }
                    Some(Some(after)) => all.filter(|(number, _)| **number > after).take(self.page_size + 1).collect(),
                    None => all.take(self.page_size + 1).collect(),
                }
            }
            _ => all.skip((number - 1) * self.page_size).take(self.page_size + 1).collect(),
        };
        let has_more = page.len() > self.page_size;
        let page = &page[..page.len().min(self.page_size)];
        let entries: Vec<&Fields> = page.iter().map(|(_, user)| *user).collect();
        let mut info = json!({ "hasMore": has_more, "total": total });
        match self.dialect {
            Dialect::Observed => {
                let last = page.last().filter(|_| has_more).map(|(number, _)| format!("after-{number}"));
                info["cursor"] = json!(last);
            }
            Dialect::Documented => {
                info["currentPage"] = json!(number);
                info["perPage"] = json!(self.page_size);
            }
        }
        self.wrap(200, "APIUsers", &json!({ "pageInfo": info, "users": entries }))
    }

    fn create(&mut self, fields: Fields, now: Duration) -> Reply {
        let mut fields = fields;
        let is_upsert = fields.remove("upsert") == Some(json!(true));
        if let Some(refusal) = self.refusal(&fields, None) {
            let taken = fields.get("email").and_then(Value::as_str).and_then(|email| self.find_any(self.now(), email));
            return match taken.filter(|_| is_upsert) {
                Some(number) => self.update(number, fields, now),
                None => refusal,
            };
        }
        let number = self.created;
        self.created += 1;
        let user = new_user(number, fields, &timestamp(now), learner(self.dialect));
        self.put(number, user.clone(), now);
        let status = if self.dialect == Dialect::Documented { 201 } else { 200 };
        self.user(status, "APICreateUser", &user)
    }

    fn update(&mut self, number: u64, fields: Fields, now: Duration) -> Reply {
        if let Some(refusal) = self.refusal(&fields, Some(number)) {
            return refusal;
        }
        let mut user = self.now()[&number].clone();
        user.extend(stored(fields));
        self.put(number, user.clone(), now);
        self.user(200, "APIUpdateUser", &user)
    }

    fn set_status(&mut self, number: u64, fields: &Fields, now: Duration) -> Reply {
        let is_disabled = match fields.get("status").and_then(Value::as_str) {
            Some("active") => false,
            Some("disabled") => true,
            _ => return self.refuse(422, "status has to be active or disabled"),
        };
        let mut user = self.now()[&number].clone();
        user.insert("disabled".to_owned(), json!(is_disabled));
        self.put(number, user, now);
        Reply::json(200, &json!({ "status": fields.get("status") }))
    }

    /// Why fields cannot be written.
    fn refusal(&self, fields: &Fields, number: Option<u64>) -> Option<Reply> {
        let email = fields.get("email").and_then(Value::as_str);
        if number.is_none() && email.is_none() {
            return Some(self.refuse(422, "Email is required"));
        }
        let is_taken = |name: &str, status: u16, message: &str| {
            let value = fields.get(name).and_then(Value::as_str)?.to_lowercase();
            let has =
                |user: &Fields| user.get(name).and_then(Value::as_str).is_some_and(|own| own.to_lowercase() == value);
            let other = self.now().iter().any(|(other, user)| Some(*other) != number && has(user));
            other.then(|| self.refuse(status, message))
        };
        is_taken("email", 409, "Email has already been taken")
            .or_else(|| is_taken("externalCustomerId", 422, "External customer id has already been taken"))
    }

    /// A refused write, in the form of the dialect.
    fn refuse(&self, status: u16, message: &str) -> Reply {
        match self.dialect {
            Dialect::Observed => Reply::json(400, &json!({ "errors": [message] })),
            Dialect::Documented => Reply::json(status, &json!({ "errors": [{ "message": message }] })),
        }
    }

    fn put(&mut self, number: u64, user: Fields, now: Duration) {
        let mut users = BTreeMap::clone(self.now());
        users.insert(number, user);
        self.versions.push((now, Arc::new(users)));
    }

    fn user(&self, status: u16, operation: &str, user: &Fields) -> Reply {
        self.wrap(status, operation, &Value::Object(user.clone()))
    }

    fn wrap(&self, status: u16, operation: &str, body: &Value) -> Reply {
        match self.dialect {
            Dialect::Observed => Reply::json(status, body),
            Dialect::Documented => Reply::json(status, &json!({ "data": { operation: body } })),
        }
    }
}

fn new_user(number: u64, fields: Fields, created: &str, role: &str) -> Fields {
    let mut user: Fields = ABSENT.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    user.extend(EMPTY.iter().map(|name| ((*name).to_owned(), json!([]))));
    user.extend(
        ["email", "firstName", "lastName", "externalCustomerId", "customFields"]
            .map(|name| (name.to_owned(), Value::Null)),
    );
    user.insert("id".to_owned(), json!(format!("00000000-0000-4000-8000-{number:012}")));
    user.insert("roleKey".to_owned(), json!(role));
    user.insert("disabled".to_owned(), json!(false));
    user.insert("createdAt".to_owned(), json!(created));
    user.extend(stored(fields));
    user
}

/// What is written, as it is read.
fn stored(fields: Fields) -> impl Iterator<Item = (String, Value)> {
    let known = fields.into_iter().filter(|(name, _)| WRITABLE.contains(&name.as_str()));
    known.map(|(name, value)| (if name == "role" { "roleKey".to_owned() } else { name }, value))
}

fn id_of(user: &Fields) -> &str {
    user.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn person(user: &Fields) -> Person {
    Person::of(&Value::Object(user.clone()))
}

fn not_found() -> Reply {
    Reply::json(404, &json!({ "errors": [{ "message": "User not found" }] }))
}
