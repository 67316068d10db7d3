//! An event on its way: as it arrives, and as it is kept.

use serde::Serialize;
use serde_json::{Value, json};
use thought_industries::{Date, NotAnEvent, TenantEvent};

/// The kind of a JSON object that names none.
const UNKNOWN: &str = "unknown";

/// Where an event came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Source {
    /// A webhook.
    Webhook,
    /// The event feed, read from the tenant.
    Feed,
    /// A file, such as the nightly ones.
    File,
}

impl Source {
    /// Its name in the inbox and in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Feed => "feed",
            Self::File => "file",
        }
    }

    pub(crate) fn of_name(name: &str) -> Self {
        [Self::Webhook, Self::Feed].into_iter().find(|source| source.name() == name).unwrap_or(Self::File)
    }
}

/// An event as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The event.
    pub event: TenantEvent,
    /// Where it came from.
    pub source: Source,
    /// Whether it is a hint only: any sender could have made it.
    pub is_hint: bool,
}

impl Arrival {
    /// An event from a source that vouches for it.
    pub fn new(event: TenantEvent, source: Source) -> Self {
        Self { event, source, is_hint: false }
    }
}

/// How far the hand-over of an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum State {
    /// It is to be handed over.
    New,
    /// It was handed over.
    Done,
    /// Its hand-over was given up.
    Dead,
}

impl State {
    /// Its name in the inbox and in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn of_name(name: &str) -> Self {
        [Self::Done, Self::Dead].into_iter().find(|state| state.name() == name).unwrap_or(Self::New)
    }
}

/// An event of the inbox. Serialized, it is what consumers get: one JSON object, with the event as the tenant sent it below
/// `raw`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeptEvent {
    /// Its place in the inbox, which grows.
    pub seq: i64,
    /// Its own id, or the digest of its content.
    pub id: String,
    /// Its kind, as the event feed spells it.
    pub kind: String,
    /// Its kind as the tenant spelled it.
    pub name: String,
    /// When it happened.
    pub at: Option<Date>,
    /// The id of the user whom it is about.
    pub user_id: Option<String>,
    /// The e-mail address of the user whom it is about.
    pub user_email: Option<String>,
    /// The id of the content that it is about.
    pub subject_id: Option<String>,
    /// Where it came from.
    pub source: Source,
    /// Whether it is a hint only: read what it is about before acting on it.
    pub is_hint: bool,
    /// When the inbox got it.
    pub received_at: Option<Date>,
    /// The entire event.
    pub raw: Value,
    /// How far its hand-over is.
    #[serde(skip)]
    pub state: State,
    /// How often its hand-over failed.
    #[serde(skip)]
    pub tries: u32,
    /// Why its last hand-over failed.
    #[serde(skip)]
    pub reason: Option<String>,
}

/// The events in the body of a webhook: one object, or a list of them. An object that does not say of which kind it is has the
/// kind `unknown`, so that a form which is not known today loses nothing.
///
/// ```
/// let events = thought_industries_events::events_of(br#"{"event":"course.completed","data":{}}"#)?;
/// assert_eq!(events[0].kind.as_str(), "courseCompletion");
/// # Ok::<(), thought_industries::NotAnEvent>(())
/// ```
///
/// # Errors
/// If the body is not JSON, or has no objects.
pub fn events_of(body: &[u8]) -> Result<Vec<TenantEvent>, NotAnEvent> {
    match serde_json::from_slice(body) {
        Ok(Value::Array(list)) => list.into_iter().map(|raw| event_of(raw, None)).collect(),
        Ok(raw @ Value::Object(_)) => Ok(vec![event_of(raw, None)?]),
        // The library says what is wrong with any other text.
        Ok(_) | Err(_) => Ok(vec![TenantEvent::parse(body)?]),
    }
}

/// The event in an object, which is of `kind` if it does not name its own.
///
/// # Errors
/// If the value is not an object.
pub(crate) fn event_of(raw: Value, kind: Option<&str>) -> Result<TenantEvent, NotAnEvent> {
    let parsed = |raw: &Value| TenantEvent::parse(raw.to_string().as_bytes());
    // `source` and `type` are details of an event whose kind is known otherwise.
    let is_named = raw.get("event").is_some() || kind.is_none();
    match (parsed(&raw), raw.is_object()) {
        (Ok(event), _) if is_named => Ok(event),
        (Err(error), false) => Err(error),
        _ => {
            let mut named = raw.clone();
            if let Some(fields) = named.as_object_mut() {
                fields.insert("event".to_owned(), json!(kind.unwrap_or(UNKNOWN)));
            }
            let mut event = parsed(&named)?;
            event.raw = raw;
            Ok(event)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(body: &str) -> Vec<String> {
        let events = events_of(body.as_bytes()).unwrap_or_default();
        events.iter().map(|event| event.kind.as_str().to_owned()).collect()
    }

    #[test]
    fn every_object_is_an_event() {
        assert_eq!(kinds(r#"{"event":"login"}"#), ["login"]);
        assert_eq!(kinds(r#"[{"event":"login"},{"event":"visit"}]"#), ["login", "visit"]);
        assert_eq!(kinds(r#"{"surprise":1}"#), ["unknown"]);
        assert_eq!(kinds("[]"), [""; 0]);
        for body in ["", "1", "null", "\"login\"", "[1]", "{", "[{\"event\":\"login\"}"] {
            assert!(events_of(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_kind_that_is_known_otherwise_changes_nothing_of_the_content() {
        let raw = json!({ "source": "course_completed", "type": "status_change", "id": "e" });
        let event = event_of(raw.clone(), Some("courseCompletion")).expect("an event");
        assert_eq!((event.kind.as_str(), event.raw), ("courseCompletion", raw));
        let own = event_of(json!({ "event": "login" }), Some("visit")).expect("an event");
        assert_eq!(own.kind.as_str(), "login");
    }
}
