//! A line of a watch.

use graphql_drift::printable;
use serde::Serialize;
use serde_json::Value;
use thought_industries::Date;
use thought_industries_events::FieldChange;

use super::Cause;
use crate::failure::Failure;
use crate::format::minute;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineForm {
    Text,
    Json,
}

/// What has changed of a user.
pub(super) struct Line<'l> {
    id: &'l str,
    email: Option<&'l str>,
    change: &'static str,
    from: &'static str,
    field: Option<FieldChange>,
}

/// A line as JSON.
#[derive(Serialize)]
struct Shown<'l> {
    at: Option<Date>,
    user: &'l str,
    email: Option<&'l str>,
    change: &'static str,
    field: Option<&'l str>,
    before: Option<&'l Value>,
    after: Option<&'l Value>,
    from: &'static str,
}

impl<'l> Line<'l> {
    pub(super) fn of(id: &'l str, email: Option<&'l str>, change: &'static str, cause: Cause) -> Self {
        let from = match cause {
            Cause::Hint => "webhook",
            Cause::Poll => "poll",
        };
        Self { id, email, change, from, field: None }
    }

    pub(super) fn with_field(self, field: FieldChange) -> Self {
        Self { field: Some(field), ..self }
    }

    pub(super) fn write(&self, form: LineForm, at: Option<Date>) -> Result<String, Failure> {
        let Self { id, email, change, from, field } = self;
        if form == LineForm::Json {
            let of = field.as_ref();
            return Ok(serde_json::to_string(&Shown {
                at,
                user: id,
                email: *email,
                change,
                field: of.map(|of| of.field.as_str()),
                before: of.map(|of| &of.before),
                after: of.map(|of| &of.after),
                from,
            })?);
        }
        let what = match field {
            Some(of) => format!("{}: {} → {}", of.field, text(&of.before), text(&of.after)),
            None => (*change).to_owned(),
        };
        let user = email.map_or_else(|| (*id).to_owned(), |email| format!("{email} ({id})"));
        let at = at.map(minute).unwrap_or_default();
        Ok(printable(&format!("{at}  {user}  {what}  [{from}]")))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
