//! The bodies of v1, converted to the shapes and names of the schema.

use serde_json::{Map, Value, json};

use super::json;
use crate::error::Kind;
use crate::runtime::ReadBack;
use crate::{Error, UserFields};

/// The fields of a user for a body that replaces the whole user. All of them must be present: one that v1 does not show
/// would be lost. A password is never shown, and is kept.
pub(crate) fn writable(body: &str, id: &str) -> Result<Map<String, Value>, Error> {
    let mut body: Value = json::decode(body)?;
    let user = body.get_mut("user").map(Value::take).unwrap_or(body);
    let refuse = |message: String| Err(Error::new(Kind::Refused(message)));
    let Value::Object(mut shown) = user else { return refuse("the response has no user".to_owned()) };
    if shown.get("id").and_then(Value::as_str) != Some(id) {
        return refuse("it returned another user, so nothing was written".to_owned());
    }
    let (mut whole, mut hidden) = (Map::new(), Vec::new());
    for spec in UserFields::specs().iter().filter(|spec| spec.in_v1 && !spec.is_option) {
        match shown.remove(spec.name) {
            Some(value) => _ = whole.insert(spec.name.to_owned(), value),
            None => hidden.push(spec.name),
        }
    }
    if !hidden.is_empty() {
        let hidden = hidden.join(", ");
        return refuse(format!(
            "it replaces the whole user but does not show {hidden}, which would be lost, so nothing was written"
        ));
    }
    Ok(whole)
}

/// Whether a body shows the user with this id.
pub(crate) fn shows(body: &[u8], id: &str) -> bool {
    let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
    body.get("user").unwrap_or(&body).get("id").and_then(Value::as_str) == Some(id)
}

/// The body of a write: v1 sends a status as `active`.
pub(crate) fn body(mut fields: Map<String, Value>) -> Value {
    if let Some(status) = fields.remove("status") {
        fields.insert("active".to_owned(), Value::Bool(status == "active"));
    }
    Value::Object(fields)
}

/// A page of users: `{users, total}`. v1 does not report the current page, so the requested page is used.
pub(crate) fn users(body_text: &str, page: u64) -> Result<Value, Error> {
    let body: Value = json::decode(body_text)?;
    let total = body.get("total").and_then(Value::as_u64);
    let Some(users) = body.get("users").and_then(Value::as_array) else {
        return Err(json::without(body_text, "users"));
    };
    let users: Vec<Value> = users.iter().cloned().map(user_fields).collect();
    // A tenant may ignore the requested page size, so only the total shows whether this is the last page. At worst, an
    // empty page follows.
    let per_page = users.len() as u64;
    let has_more = per_page > 0 && total.is_none_or(|total| page.saturating_mul(per_page) < total);
    Ok(json!({
        "users": users,
        "pageInfo": { "currentPage": page, "perPage": per_page, "total": total, "hasMore": has_more },
    }))
}

/// Adds the API guide's `active` to a user who has only `disabled`.
pub(crate) fn mark_active(user: &mut Value) {
    let Value::Object(fields) = user else { return };
    if let (None, Some(disabled)) = (fields.get("active"), fields.get("disabled").and_then(Value::as_bool)) {
        fields.insert("active".to_owned(), Value::Bool(!disabled));
    }
}

/// One user: `{user}`.
pub(crate) fn user(body: &str) -> Result<Value, Error> {
    let mut body: Value = json::decode(body)?;
    let user = body.get_mut("user").map(Value::take).unwrap_or(body);
    Ok(user_fields(user))
}

/// Renames the fields whose v1 names differ from the schema.
fn user_fields(user: Value) -> Value {
    let Value::Object(fields) = user else { return user };
    let mut renamed = Map::new();
    for (name, value) in fields {
        let read = UserFields::spec(&name).filter(|spec| spec.in_v1).map(|spec| spec.read);
        if let (Some(ReadBack::Inverted(opposite)), Some(flag)) = (read, value.as_bool()) {
            // The original is kept as well: `users.basic` selects `active`.
            renamed.insert(opposite.to_owned(), Value::Bool(!flag));
        }
        let name = if let Some(ReadBack::Field(read)) = read { read.to_owned() } else { name };
        renamed.insert(name, value);
    }
    Value::Object(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_of_v1_reads_as_one_of_the_schema() {
        let body =
            r#"{"user":{"id":"abc123","email":"user@example.com","active":false,"role":"learner","language":"fr"}}"#;
        let expected = json!({
            "id": "abc123", "email": "user@example.com", "active": false, "disabled": true,
            "roleKey": "learner", "lang": "fr",
        });
        assert_eq!(user(body).expect("a user"), expected);
    }

    #[test]
    fn a_page_of_v1_knows_whether_more_follow() {
        let page = |number, users: usize, total: u64| {
            let users = vec![json!({ "id": "a" }); users];
            self::users(&json!({ "users": users, "total": total }).to_string(), number).expect("a page")
        };
        assert_eq!(page(1, 100, 150)["pageInfo"]["hasMore"], true);
        assert_eq!(page(2, 75, 150)["pageInfo"]["hasMore"], false);
        assert_eq!(page(4, 25, 250)["pageInfo"]["hasMore"], true);
        assert_eq!(page(10, 25, 250)["pageInfo"]["hasMore"], false);
        assert_eq!(page(3, 0, 150)["pageInfo"]["hasMore"], false);
        let endless = users(r#"{"users":[{"id":"a"}]}"#, 1).expect("a page");
        assert_eq!(endless["pageInfo"]["hasMore"], true, "a list without a total ends with an empty page");
        assert!(users(r#"{"message":"maintenance"}"#, 1).expect_err("no list").to_string().contains("maintenance"));
    }
}
