//! One event, of the feed or of a webhook.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::kind::EventKind;
use crate::Date;

/// Numbers below this are seconds of the Unix epoch, others milliseconds: it is the year 1973 in milliseconds.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// An event. The fields that all kinds share are typed; everything else is in [`raw`](Self::raw), as the tenant sent it:
/// the schema has events as JSON, and no document lists their fields.
///
/// It describes a user: treat it, and files and logs with it, as personal data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TenantEvent {
    /// The event's own id. If it has none, the SHA-256 of its JSON with sorted keys, so that the same event has the same
    /// id again.
    pub id: String,
    /// Its kind.
    pub kind: EventKind,
    /// The name of its kind as the tenant spelled it, such as `course.completed`.
    pub name: String,
    /// When it happened.
    pub at: Option<Date>,
    /// The id of the user whom it is about.
    pub user_id: Option<String>,
    /// The e-mail address of the user whom it is about.
    pub user_email: Option<String>,
    /// The id of the content that it is about.
    pub subject_id: Option<String>,
    /// The entire event.
    pub raw: Value,
}

/// The error for a text that is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an event: {0}")]
pub struct NotAnEvent(&'static str);

impl TenantEvent {
    /// Reads the body of a webhook. TI's documents show two forms, and both are read: an envelope with `event`,
    /// `timestamp` and `data`, and a flat object such as the event feed has. Make
    /// the check of its signature first: an event without a valid one is only a hint.
    ///
    /// ```
    /// use thought_industries::{EventKind, TenantEvent};
    ///
    /// let body = br#"{"event":"course.completed","timestamp":"2026-01-01T00:00:00.000Z","data":{"userId":"u-1"}}"#;
    /// let event = TenantEvent::parse(body)?;
    /// assert_eq!((event.kind, event.user_id.as_deref()), (EventKind::CourseCompletion, Some("u-1")));
    /// # Ok::<(), thought_industries::NotAnEvent>(())
    /// ```
    ///
    /// # Errors
    /// If the body is not a JSON object, or has nothing that says of which kind it is.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnEvent> {
        let raw: Value = serde_json::from_slice(body).map_err(|_| NotAnEvent("the body is not JSON"))?;
        if !raw.is_object() {
            return Err(NotAnEvent("the body is not an object"));
        }
        let name = ["event", "kind", "source", "type"].into_iter().find_map(|field| text(&raw, field));
        let name = name.ok_or(NotAnEvent("it has no `event`, `kind`, `source` or `type`"))?;
        Ok(Self::of(EventKind::from(name.as_str()), name, raw))
    }

    /// An event of the feed of a kind.
    pub(crate) fn of_feed(kind: &EventKind, raw: Value) -> Self {
        Self::of(kind.clone(), kind.as_str().to_owned(), raw)
    }

    fn of(kind: EventKind, name: String, raw: Value) -> Self {
        let first = |paths: &[&str]| paths.iter().find_map(|path| text(&raw, path));
        let is_user = name.starts_with("user.");
        // In an envelope, the id below `data` is that of a record: of the user, if the event is about one.
        let record = if is_user { first(&["data.id"]) } else { None };
        Self {
            id: first(&["id", "eventId"]).unwrap_or_else(|| digest(&raw)),
            at: ["timestamp", "data.timestamp"].into_iter().find_map(|path| time(lookup(&raw, path)?)),
            user_id: first(&["userDetail.id", "userId", "data.userId", "data.user.id", "data.userDetail.id"])
                .or(record),
            user_email: ["userDetail.email", "user", "email", "data.user.email", "data.email", "data.userEmail"]
                .into_iter()
                .find_map(|path| text(&raw, path).filter(|text| text.contains('@'))),
            subject_id: first(&["notifiableId", "courseId", "data.notifiableId", "data.courseId", "data.course.id"]),
            kind,
            name,
            raw,
        }
    }

    /// The text at a path, such as `courseTitle` or `userDetail.externalCustomerId`; `None` if there is none. Numbers and
    /// booleans are written as text.
    ///
    /// ```
    /// let event = thought_industries::TenantEvent::parse(br#"{"event":"login","userDetail":{"ref1":7}}"#)?;
    /// assert_eq!(event.text("userDetail.ref1").as_deref(), Some("7"));
    /// # Ok::<(), thought_industries::NotAnEvent>(())
    /// ```
    pub fn text(&self, path: &str) -> Option<String> {
        text(&self.raw, path)
    }
}

/// The value at a path. A key may contain dots, as the headings of nightly files do.
fn lookup<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    let (first, rest) = path.split_once('.')?;
    lookup(value.get(first)?, rest)
}

fn text(value: &Value, path: &str) -> Option<String> {
    match lookup(value, path)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A time as ISO 8601, or as a number of the Unix epoch.
fn time(value: &Value) -> Option<Date> {
    let number = match value {
        Value::String(text) => match text.parse::<Date>() {
            Ok(date) => return Some(date),
            Err(_) => text.parse::<i64>().ok()?,
        },
        value => value.as_i64()?,
    };
    let is_seconds = number.unsigned_abs() < FIRST_MILLISECONDS.unsigned_abs();
    Date::from_millisecond(if is_seconds { number.checked_mul(1000)? } else { number })
}

/// The digest of a value. The keys of an object are sorted when it is written.
fn digest(value: &Value) -> String {
    let digest = Sha256::digest(value.to_string());
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parse(body: &Value) -> TenantEvent {
        TenantEvent::parse(body.to_string().as_bytes()).expect("an event")
    }

    #[test]
    fn both_forms_of_a_webhook_are_read() {
        let flat = parse(&json!({
            "id": "e-1", "event": "courseCompletion", "source": "course_completed", "type": "status_change",
            "timestamp": "2020-05-18T18:00:13.123Z", "user": "ada@example.com", "notifiableId": "c-1",
            "userDetail": { "id": "u-1", "firstName": "Ada" },
        }));
        assert_eq!(
            (flat.id.as_str(), &flat.kind, flat.name.as_str()),
            ("e-1", &EventKind::CourseCompletion, "courseCompletion")
        );
        assert_eq!(flat.at.map(Date::as_millisecond), Some(1_589_824_813_123));
        assert_eq!((flat.user_id.as_deref(), flat.user_email.as_deref()), (Some("u-1"), Some("ada@example.com")));
        assert_eq!(
            (flat.subject_id.as_deref(), flat.text("userDetail.firstName").as_deref()),
            (Some("c-1"), Some("Ada"))
        );

        let envelope = parse(&json!({
            "event": "user.updated", "timestamp": 1_767_225_600, "data": { "id": "u-2", "email": "bo@example.com" },
        }));
        assert_eq!(envelope.kind, EventKind::UserUpdate);
        assert_eq!(envelope.at.map(|at| at.to_string()).as_deref(), Some("2026-01-01T00:00:00.000Z"));
        assert_eq!(
            (envelope.user_id.as_deref(), envelope.user_email.as_deref()),
            (Some("u-2"), Some("bo@example.com"))
        );
        assert_eq!(envelope.id.len(), 64, "it has no id of its own");

        let course = parse(&json!({ "event": "course.archived", "data": { "id": "c-9", "userId": 7 } }));
        assert_eq!(course.kind, EventKind::Other("course.archived".into()));
        assert_eq!((course.user_id.as_deref(), course.subject_id), (Some("7"), None), "an unknown record");
    }

    #[test]
    fn an_event_without_an_id_has_that_of_its_content() {
        let id = |body: &[u8]| TenantEvent::parse(body).expect("an event").id;
        assert_eq!(id(br#"{"event":"login","user":"a@b.c"}"#), id(br#" { "user": "a@b.c", "event": "login" } "#));
        assert_ne!(id(br#"{"event":"login","user":"a@b.c"}"#), id(br#"{"event":"login","user":"b@b.c"}"#));
    }

    #[test]
    fn what_is_not_an_event_is_refused() {
        for body in ["", "[]", "null", "\"login\"", "{", "{}", r#"{"event":{}}"#] {
            assert!(TenantEvent::parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        /// Whatever the fields hold, an event is read and keeps all of them.
        #[test]
        fn strange_fields_stop_nothing(at in any::<i64>(), text in "\\PC{0,20}", depth in 0usize..20) {
            let nested = (0..depth).fold(json!(text), |inner, _| json!([inner]));
            for field in ["timestamp", "user", "userDetail", "id", "data", "notifiableId"] {
                for value in [json!(at), json!(text), nested.clone(), Value::Null, json!({ "id": nested })] {
                    let mut raw = json!({ "event": "login" });
                    raw[field] = value;
                    let event = parse(&raw);
                    prop_assert!(!event.id.is_empty());
                    prop_assert_eq!(event.raw, raw);
                }
            }
        }
    }
}
