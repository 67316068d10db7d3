//! The bodies of v1, put into the shapes and names of the schema.

use serde_json::{Map, Value, json};

use super::json;
use crate::Error;

/// How many people a page of v1 has, as the route asks for.
const PER_PAGE: u64 = 100;

/// How v1 spells fields of the schema.
const SPELLINGS: [(&str, &str); 3] = [("role", "roleKey"), ("avatarUrl", "asset"), ("language", "lang")];

/// A page of people: `{users, total}`. v1 does not tell which page it is, so the one asked for stands for it.
pub(crate) fn users(body: &str, page: u64) -> Result<Value, Error> {
    let body: Value = json::decode(body)?;
    let total = body.get("total").and_then(Value::as_u64);
    let users: Vec<Value> =
        body.get("users").and_then(Value::as_array).into_iter().flatten().cloned().map(user_fields).collect();
    let read = page.saturating_sub(1).saturating_mul(PER_PAGE).saturating_add(users.len() as u64);
    let has_more = !users.is_empty() && total.is_some_and(|total| read < total);
    Ok(json!({
        "users": users,
        "pageInfo": { "currentPage": page, "perPage": PER_PAGE, "total": total, "hasMore": has_more },
    }))
}

/// One person: `{user}`.
pub(crate) fn user(body: &str) -> Result<Value, Error> {
    let mut body: Value = json::decode(body)?;
    let user = body.get_mut("user").map(Value::take).unwrap_or(body);
    Ok(user_fields(user))
}

fn user_fields(user: Value) -> Value {
    let Value::Object(fields) = user else { return user };
    let mut renamed = Map::new();
    for (name, value) in fields {
        let spelled = SPELLINGS.iter().find(|(v1, _)| *v1 == name).map(|(_, schema)| (*schema).to_owned());
        if let ("active", Some(active)) = (name.as_str(), value.as_bool()) {
            renamed.insert("disabled".to_owned(), Value::Bool(!active));
        }
        renamed.insert(spelled.unwrap_or(name), value);
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
        assert_eq!(user(body).expect("a person"), expected);
    }

    #[test]
    fn a_page_of_v1_knows_whether_more_follow() {
        let page = |number, users: usize, total: u64| {
            let users = vec![json!({ "id": "a" }); users];
            self::users(&json!({ "users": users, "total": total }).to_string(), number).expect("a page")
        };
        assert_eq!(page(1, 100, 150)["pageInfo"]["hasMore"], true);
        assert_eq!(page(2, 50, 150)["pageInfo"]["hasMore"], false);
        assert_eq!(page(3, 0, 150)["pageInfo"]["hasMore"], false);
    }
}
