//! The responses of paths that a tenant does not have.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::forms::Foreign;
use crate::reply::{html, json as reply};

const LOGIN: &str = "/login";
const SIGN_IN: &str = "/learn/sign_in";

const LOGIN_PAGE: &str = "<!doctype html><html><head><title>Log in</title></head><body><form method=\"post\">\
                          <input name=\"email\"><input name=\"password\" type=\"password\"></form></body></html>";

/// The response of a path that the tenant does not have. It does not depend on the key.
pub(crate) fn foreign(form: Foreign, path: &str) -> Response {
    let moved = |status: StatusCode, to: &'static str| {
        if path == to { html(StatusCode::OK, LOGIN_PAGE) } else { (status, [(header::LOCATION, to)]).into_response() }
    };
    let errors = json!({ "errors": [{ "message": "Not Found" }] });
    match form {
        Foreign::Empty404 => StatusCode::NOT_FOUND.into_response(),
        Foreign::Html404 => html(StatusCode::NOT_FOUND, "<!doctype html><title>Page not found</title>"),
        Foreign::Errors404 => reply(StatusCode::NOT_FOUND, &errors),
        Foreign::Message404 => {
            let body = json!({ "error": "not_found", "message": "The requested resource does not exist" });
            reply(StatusCode::NOT_FOUND, &body)
        }
        Foreign::Empty405 => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Foreign::Login200 => html(StatusCode::OK, LOGIN_PAGE),
        Foreign::Empty200 => StatusCode::OK.into_response(),
        Foreign::Errors200 => reply(StatusCode::OK, &errors),
        Foreign::Object200 => reply(StatusCode::OK, &json!({})),
        Foreign::Login302 => moved(StatusCode::FOUND, LOGIN),
        Foreign::Login301 => moved(StatusCode::MOVED_PERMANENTLY, SIGN_IN),
        Foreign::Errors400 => reply(StatusCode::BAD_REQUEST, &json!({ "errors": ["Invalid request"] })),
        Foreign::Html400 => html(StatusCode::BAD_REQUEST, "<!doctype html><title>Bad request</title>"),
        Foreign::Empty401 => StatusCode::UNAUTHORIZED.into_response(),
        Foreign::Html403 => html(StatusCode::FORBIDDEN, "<!doctype html><title>Forbidden</title>"),
        Foreign::Json403 => reply(StatusCode::FORBIDDEN, &json!({ "errors": [{ "message": "Forbidden" }] })),
        Foreign::Html500 => {
            html(StatusCode::INTERNAL_SERVER_ERROR, "<!doctype html><title>We're sorry, but an error occurred</title>")
        }
        Foreign::Json500 => {
            reply(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "Internal Server Error", "status": 500 }))
        }
        Foreign::Empty501 => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}
