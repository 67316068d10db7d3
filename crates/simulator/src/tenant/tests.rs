//! The light model responds as the sandbox does.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use thought_industries::Dialect;

use super::Tenant;
use crate::message::{Reply, Request};
use crate::setup::TenantSetup;

fn tenant(dialect: Dialect, is_sandbox: bool) -> Tenant {
    let setup = TenantSetup { is_sandbox, dialect, users: 30, page_size: 100, lag: Duration::ZERO, limits: None };
    Tenant::new(&setup, 1, || SystemTime::UNIX_EPOCH)
}

/// A tenant, and what is known of it by name.
struct Asked {
    tenant: Tenant,
    names: BTreeMap<&'static str, String>,
}

impl Asked {
    fn ask(&mut self, method: &str, target: &str, body: &str, has_key: bool) -> Reply {
        let target = self.names.iter().fold(target.to_owned(), |target, (name, value)| target.replace(name, value));
        let body = self.names.iter().fold(body.to_owned(), |body, (name, value)| body.replace(name, value));
        let key = ("authorization".to_owned(), format!("Bearer {}", self.tenant.key()));
        let headers = has_key.then_some(key).into_iter().collect();
        let request = Request { method: method.to_owned(), target, headers, body };
        self.tenant.respond(&request, Duration::from_secs(1), Duration::ZERO)
    }
}

/// A body without what each tenant makes up: ids and times, and what the users of its population are.
fn comparable(reply: &Reply) -> Value {
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap_or_else(|_| json!("no JSON"));
    strip(&mut body);
    body
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_user = fields.contains_key("roleKey");
            let is_new = fields.get("firstName").and_then(Value::as_str) == Some("New");
            for (name, value) in fields.iter_mut() {
                let is_made_up = ["id", "createdAt", "cursor"].contains(&name.as_str());
                if is_made_up || (is_user && !is_new) {
                    *value = json!(value.is_null() && !is_user);
                } else {
                    strip(value);
                }
            }
        }
        // A page of users says as much as one of them.
        Value::Array(items) => {
            items.truncate(1);
            items.iter_mut().for_each(strip);
        }
        _ => {}
    }
}

/// Where a body differs from what the model's has: the model is light, and has no more than worlds need.
fn difference(body: &Value, model: &Value, at: &str) -> Option<String> {
    match (body, model) {
        (Value::Object(body), Value::Object(model)) => model.iter().find_map(|(name, value)| {
            let at = format!("{at}.{name}");
            body.get(name).map_or_else(|| Some(format!("{at} is missing")), |own| difference(own, value, &at))
        }),
        (Value::Array(body), Value::Array(model)) if body.len() == model.len() => {
            body.iter().zip(model).find_map(|(own, value)| difference(own, value, at))
        }
        _ => (body != model).then(|| format!("{at} is {body}, not {model}")),
    }
}

/// What worlds ask: method, target, body.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("GET", "/incoming/v2/ping", ""),
    ("GET", "/incoming/v2/users", ""),
    ("GET", "/incoming/v2/users?page=2", ""),
    ("GET", "/incoming/v2/users?page=3", ""),
    ("GET", "/incoming/v2/users?cursor=nonsense", ""),
    (
        "POST",
        "/incoming/v2/users",
        r#"{"email":"new@example.com","firstName":"New","lastName":"One","externalCustomerId":"N-1"}"#,
    ),
    ("POST", "/incoming/v2/users", r#"{"email":"new@example.com","firstName":"New"}"#),
    ("POST", "/incoming/v2/users", r#"{"email":"NEW@example.com","firstName":"New"}"#),
    ("POST", "/incoming/v2/users", r#"{"firstName":"New"}"#),
    ("POST", "/incoming/v2/users", "no JSON"),
    ("GET", "/incoming/v2/users/$id", ""),
    ("GET", "/incoming/v2/users/new@example.com", ""),
    ("GET", "/incoming/v2/users/new%40example.com", ""),
    ("GET", "/incoming/v2/users/N-1", ""),
    ("GET", "/incoming/v2/users/unknown", ""),
    ("PUT", "/incoming/v2/users/$id", r#"{"lastName":"Two"}"#),
    ("PUT", "/incoming/v2/users/new@example.com", r#"{"lastName":"Three"}"#),
    ("PUT", "/incoming/v2/users/unknown", r#"{"lastName":"Two"}"#),
    ("GET", "/incoming/v2/users/$id", ""),
    ("PUT", "/incoming/v2/users/$id/updateStatus", r#"{"status":"disabled"}"#),
    ("GET", "/incoming/v2/users/$id", ""),
    ("PUT", "/incoming/v2/users/new@example.com/updateStatus", r#"{"status":"active"}"#),
    ("PUT", "/incoming/v2/users/$id/updateStatus", r#"{"status":"gone"}"#),
    ("PUT", "/incoming/v2/users/unknown/updateStatus", r#"{"status":"active"}"#),
    ("GET", "/incoming/v2/users/$id", ""),
];

#[test]
fn the_model_responds_as_the_sandbox_does() {
    for dialect in Dialect::ALL {
        let mut both =
            [true, false].map(|is_sandbox| Asked { tenant: tenant(dialect, is_sandbox), names: BTreeMap::new() });
        for (method, target, body) in REQUESTS {
            let replies = both.each_mut().map(|asked| {
                let reply = asked.ask(method, target, body, true);
                let made: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                let user = made.get("data").and_then(|data| data.get("APICreateUser")).unwrap_or(&made);
                if let ("POST", Some(id)) = (*method, user.get("id").and_then(Value::as_str)) {
                    asked.names.insert("$id", id.to_owned());
                }
                (reply.status, comparable(&reply))
            });
            let [sandbox, model] = replies;
            let difference = difference(&sandbox.1, &model.1, "");
            assert_eq!((sandbox.0, difference), (model.0, None), "{dialect}: {method} {target} {body}");
        }
        let refused = both.each_mut().map(|asked| asked.ask("GET", "/incoming/v2/users", "", false).status);
        assert_eq!(refused, [401, 401]);
    }
}

#[test]
fn reads_that_lag_show_what_was_there_before() {
    let mut asked = Asked { tenant: tenant(Dialect::Observed, false), names: BTreeMap::new() };
    asked.ask("POST", "/incoming/v2/users", r#"{"email":"new@example.com"}"#, true);
    let headers = vec![("authorization".to_owned(), format!("Bearer {}", asked.tenant.key()))];
    let target = "/incoming/v2/users/new@example.com".to_owned();
    let read = Request { method: "GET".to_owned(), target, headers, body: String::new() };
    let mut status = |now, lag| asked.tenant.respond(&read, Duration::from_secs(now), Duration::from_secs(lag)).status;
    assert_eq!([status(2, 0), status(2, 1), status(2, 2), status(4, 2)], [200, 200, 404, 200]);
}
