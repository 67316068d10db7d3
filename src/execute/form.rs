//! The form of a response: how one refusal is recognized by another.

use serde_json::Value;

use super::json;
use crate::profile::ResponseForm;
use crate::transport::HttpResponse;

/// The longest message that is kept, in characters.
const LONGEST: usize = 120;

/// Words of a message which is about the caller or the tenant, not about the record.
const NOT_ABOUT_THE_RECORD: [&str; 14] = [
    "permission",
    "forbidden",
    "unauthor",
    "denied",
    "not allowed",
    "rate limit",
    "too many",
    "throttl",
    "maintenance",
    "try again",
    "temporar",
    "internal",
    "unavailable",
    "expired",
];

impl ResponseForm {
    /// The form of a response to a request for `key`.
    pub(crate) fn of(response: &HttpResponse, key: &str) -> Self {
        let text = String::from_utf8_lossy(response.body.trim_ascii()).into_owned();
        let (body, message) = match serde_json::from_str::<Value>(&text) {
            _ if text.is_empty() => ("empty".to_owned(), None),
            Ok(Value::Null) => ("null".to_owned(), None),
            Ok(Value::Array(_)) => ("list".to_owned(), None),
            Ok(Value::Object(fields)) => {
                let message = json::message(&Value::Object(fields.clone()));
                let keys: Vec<&str> = fields.keys().map(String::as_str).collect();
                (format!("{{{}}}", keys.join(", ")), message)
            }
            Err(_) if text.starts_with('<') => ("page".to_owned(), None),
            _ => ("text".to_owned(), None),
        };
        Self { status: response.status, body, message: message.map(|message| without_data(&message, key)) }
    }

    /// Whether a response of this form may mean that a record does not exist: it refuses, and is not about the caller,
    /// the limit or the state of the tenant.
    pub(crate) fn may_mean_not_found(&self) -> bool {
        let is_about_the_caller =
            self.message.as_ref().is_some_and(|message| NOT_ABOUT_THE_RECORD.iter().any(|word| message.contains(word)));
        // A redirect leads to a login, and a page with success is one.
        let is_elsewhere = (300..400).contains(&self.status) || (self.body == "page" && self.status < 300);
        !matches!(self.status, 401 | 403 | 405 | 408 | 425 | 429 | 500..) && !is_elsewhere && !is_about_the_caller
    }
}

/// A message that is the same for every record: without the key, digits and case.
fn without_data(message: &str, key: &str) -> String {
    let message = message.to_lowercase();
    let key = key.to_lowercase();
    // A short key may be a part of any word.
    let message = if key.len() < 4 { message } else { message.replace(&key, "…") };
    let words = message.split_whitespace().map(|word| {
        if word.trim_matches(|character: char| !character.is_alphanumeric()) == key {
            return "…";
        }
        // An id or an address of a user may be in the message in another form than the key.
        let is_data = word.contains('@') || word.chars().any(|character| character.is_ascii_digit());
        if is_data { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(status: u16, body: &str, key: &str) -> ResponseForm {
        ResponseForm::of(&HttpResponse::new(status, "", body), key)
    }

    #[test]
    fn the_same_refusal_of_two_keys_has_one_form() {
        let of = |key: &str| form(200, &format!(r#"{{"errors":[{{"message":"User {key} not found"}}]}}"#), key);
        assert_eq!(of("ada@example.com"), of("no-user@example.invalid"));
        assert_eq!(of("9b1c").message.as_deref(), Some("user … not found"));
        assert_ne!(of("a"), form(200, r#"{"errors":["Your key has no permission"]}"#, "a"));
        assert_eq!(form(200, "null", "a"), form(200, " null ", "b"));
        assert_ne!(form(404, "", "a"), form(200, "null", "a"));
    }

    #[test]
    fn a_message_keeps_no_data_of_a_user() {
        let form = form(400, r#"{"errors":["No user for Ada@Example.com or 4711"]}"#, "someone-else");
        assert_eq!(form.message.as_deref(), Some("no user for … or …"));
        assert_eq!(form.body, "{errors}");
    }

    #[test]
    fn a_refusal_of_the_caller_is_not_about_the_record() {
        for body in [
            r#"{"errors":["You do not have permission"]}"#,
            r#"{"errors":[{"message":"Rate limit exceeded"}]}"#,
            r#"{"message":"Please try again later"}"#,
        ] {
            assert!(!form(200, body, "a").may_mean_not_found(), "{body}");
        }
        for (status, body) in [(401, ""), (403, "{}"), (429, ""), (500, "{}"), (503, "")] {
            assert!(!form(status, body, "a").may_mean_not_found(), "{status}");
        }
        for (status, body) in [(404, ""), (200, "null"), (200, r#"{"errors":["Unknown id"]}"#), (400, "{}")] {
            assert!(form(status, body, "a").may_mean_not_found(), "{status} {body}");
        }
    }
}
