//! The forms of refusals that the public documents leave open.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use thought_industries_spec::Surface;

use crate::Dialect;
use crate::reply::{html, json as reply};
use crate::unknowns::{NotFoundForm, NotFoundText, TakenText, Unknowns, ValidationForm};
use crate::writes::{EMAIL_TAKEN, Refusal, missing_kind};

/// The response for a record that does not exist; `what` is its kind, such as `User`.
pub(super) fn not_found(unknowns: &Unknowns, surface: Surface, what: &str) -> Response {
    let text = not_found_text(unknowns, what);
    let errors = json!({ "errors": [{ "message": text }] });
    match unknowns.not_found.form {
        NotFoundForm::Errors404 if surface == Surface::RestV1 => {
            reply(StatusCode::NOT_FOUND, &json!({ "error": text }))
        }
        NotFoundForm::Errors404 => reply(StatusCode::NOT_FOUND, &errors),
        NotFoundForm::Message404 => reply(StatusCode::NOT_FOUND, &json!({ "message": text })),
        NotFoundForm::Empty404 => StatusCode::NOT_FOUND.into_response(),
        NotFoundForm::Html404 => html(StatusCode::NOT_FOUND, "<!doctype html><title>Page not found</title>"),
        NotFoundForm::Errors200 => reply(StatusCode::OK, &errors),
        NotFoundForm::Texts200 => reply(StatusCode::OK, &json!({ "errors": [text] })),
        NotFoundForm::Null200 => reply(StatusCode::OK, &Value::Null),
        NotFoundForm::Data200 => reply(StatusCode::OK, &json!({ "data": { operation(what): null } })),
        NotFoundForm::Texts400 => reply(StatusCode::BAD_REQUEST, &json!({ "errors": [text] })),
        NotFoundForm::Errors422 => reply(StatusCode::UNPROCESSABLE_ENTITY, &errors),
    }
}

/// The text for a record that does not exist.
fn not_found_text(unknowns: &Unknowns, what: &str) -> String {
    match unknowns.not_found.text {
        NotFoundText::NotFound => format!("{what} not found"),
        NotFoundText::NoMatch => format!("No {} matches the given identifier", what.to_lowercase()),
        NotFoundText::NoRecord => "Could not find record".to_owned(),
        NotFoundText::UnknownId => "Unknown id".to_owned(),
        NotFoundText::German => match what {
            "User" => "Kein Benutzer gefunden",
            "Client" => "Kein Kunde gefunden",
            "License" => "Keine Lizenz gefunden",
            _ => "Kein Eintrag gefunden",
        }
        .to_owned(),
    }
}

/// The query that reads a record of a kind.
fn operation(what: &str) -> &'static str {
    match what {
        "User" => "UserById",
        "License" => "LicenseById",
        "Job" => "APIBackgroundJob",
        _ => "ClientById",
    }
}

/// The response to a v2 write that is refused.
pub(super) fn refused(unknowns: &Unknowns, dialect: Dialect, refusal: &Refusal) -> Response {
    if let Some(what) = refusal.missing() {
        return not_found(unknowns, Surface::RestV2, what);
    }
    let is_taken = refusal.message == EMAIL_TAKEN;
    let text = if is_taken { taken_text(unknowns.validation.taken) } else { &refusal.message };
    let own = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
    let errors = json!({ "errors": [{ "message": text }] });
    let texts = json!({ "errors": [text] });
    let (status, body) = match (unknowns.validation.form, dialect) {
        (ValidationForm::OfDialect, Dialect::Documented) => (own, errors),
        // "Course external activity" and "learning path external activity" of the v2 reference.
        (ValidationForm::OfDialect, Dialect::Observed) | (ValidationForm::Texts400, _) => {
            (StatusCode::BAD_REQUEST, texts)
        }
        (ValidationForm::Errors400, _) => (StatusCode::BAD_REQUEST, errors),
        (ValidationForm::Errors422, _) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        (ValidationForm::Errors200, _) => (StatusCode::OK, errors),
        (ValidationForm::Message400, _) => (StatusCode::BAD_REQUEST, json!({ "message": text })),
    };
    let is_conflict = is_taken && unknowns.validation.is_409_for_taken;
    reply(if is_conflict { StatusCode::CONFLICT } else { status }, &body)
}

fn taken_text(text: TakenText) -> &'static str {
    match text {
        TakenText::AlreadyTaken => EMAIL_TAKEN,
        TakenText::AlreadyExists => "A user with this email already exists",
        TakenText::AlreadyInUse => "This email is already in use",
        TakenText::Taken => "Email has been taken",
        TakenText::Duplicate => "duplicate email",
    }
}

/// The root fields of GraphQL that read one record, each with its kind.
const ROOTS: [(&str, &str); 5] = [
    ("UserById", "User"),
    ("ClientById", "Client"),
    ("LicenseById", "License"),
    ("APILicensesByClientId", "Client"),
    ("APIBackgroundJob", "Job"),
];

/// Reports records that do not exist in an executed GraphQL response: as `null` only, or with an error. Errors of
/// writes have the text of the tenant.
pub(super) fn graphql_not_found(unknowns: &Unknowns, body: &mut Value) {
    for error in body.get_mut("errors").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(message) = error.get_mut("message") else { continue };
        let text = message.as_str().and_then(missing_kind).map(|what| not_found_text(unknowns, what));
        if let Some(text) = text {
            *message = json!(text);
        }
    }
    if !matches!(unknowns.not_found.form, NotFoundForm::Errors200 | NotFoundForm::Texts200) {
        return;
    }
    let is_null = |name: &str| body.get("data").and_then(|data| data.get(name)).is_some_and(Value::is_null);
    let missing: Vec<Value> = ROOTS
        .iter()
        .filter(|(name, _)| is_null(name))
        .map(|(name, what)| json!({ "message": not_found_text(unknowns, what), "path": [name] }))
        .collect();
    if let Some(fields) = body.as_object_mut().filter(|_| !missing.is_empty())
        && let Value::Array(errors) = fields.entry("errors").or_insert_with(|| json!([]))
    {
        errors.extend(missing);
    }
}
