//! Reads that get another response than theirs: an odd one, an earlier one, or that of another record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::forms::OddForm;
use super::{Odd, Unknowns};
use crate::reply::html;

/// How many bytes of earlier responses are kept; beyond that, all are dropped.
const KEPT: usize = 64 << 20;

/// What a tenant remembers about reads.
#[derive(Debug)]
pub(crate) struct Reads {
    odd: Option<Odd>,
    stale: u32,
    swapped_every: Option<u32>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    reads: u32,
    /// Responses by request.
    earlier: BTreeMap<String, Earlier>,
    bytes: usize,
    /// GETs of one record since the last swap.
    records: u32,
    /// The record of each kind that was read last: its id, and the response.
    last: BTreeMap<String, (String, Kept)>,
}

#[derive(Debug)]
struct Earlier {
    kept: Kept,
    /// How many more reads get it.
    left: u32,
}

/// A response that is kept.
#[derive(Debug, Clone)]
struct Kept {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Kept {
    fn response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

impl Reads {
    /// The misbehavior of a tenant on reads, if there is any.
    pub(crate) fn new(unknowns: &Unknowns) -> Option<Arc<Self>> {
        let Unknowns { odd_every: odd, stale_reads: stale, swapped_every, .. } = *unknowns;
        (odd.is_some() || stale > 0 || swapped_every.is_some())
            .then(|| Arc::new(Self { odd, stale, swapped_every, memory: Mutex::default() }))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The odd response that a read gets, if it is its turn.
    fn odd(&self) -> Option<Response> {
        let odd = self.odd?;
        let mut memory = self.memory();
        memory.reads = memory.reads.wrapping_add(1);
        memory.reads.is_multiple_of(odd.every.max(2)).then(|| odd_response(odd.form))
    }

    /// The earlier response that a read gets, if there is one.
    fn stale(&self, request: &str) -> Option<Response> {
        let mut memory = self.memory();
        let earlier = memory.earlier.get_mut(request)?;
        earlier.left = earlier.left.checked_sub(1)?;
        Some(earlier.kept.clone().response())
    }

    /// Lets the next reads of all remembered requests get their earlier responses.
    fn after_write(&self) {
        for earlier in self.memory().earlier.values_mut() {
            earlier.left = self.stale;
        }
    }

    fn remember(&self, request: String, kept: &Kept) {
        if self.stale == 0 || !kept.status.is_success() {
            return;
        }
        let mut memory = self.memory();
        memory.bytes += kept.body.len();
        if memory.bytes > KEPT {
            memory.earlier.clear();
            memory.bytes = kept.body.len();
        }
        let before = memory.earlier.insert(request, Earlier { kept: kept.clone(), left: 0 });
        memory.bytes -= before.map_or(0, |before| before.kept.body.len());
    }

    /// The response to a GET of one record of a kind: sometimes that of the record that was read before.
    fn swapped(&self, kind: String, kept: Kept) -> Kept {
        let Some(id) = self.swapped_every.and_then(|_| id_in(&kept)) else { return kept };
        let mut memory = self.memory();
        memory.records += 1;
        let is_due = self.swapped_every.is_some_and(|every| memory.records >= every.max(2));
        let before = memory.last.insert(kind, (id.clone(), kept.clone()));
        match before {
            Some((other, before)) if is_due && other != id => {
                memory.records = 0;
                before
            }
            _ => kept,
        }
    }
}

/// Lets reads misbehave. Writes are carried out and answered as ever.
pub(crate) async fn reads(State(reads): State<Option<Arc<Reads>>>, request: Request, next: Next) -> Response {
    let Some(reads) = reads else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return StatusCode::BAD_REQUEST.into_response() };
    let read = read_of(&parts, &body);
    let kind = kind_of(&parts);
    let request = Request::from_parts(parts, Body::from(body));
    let Some(read) = read else {
        let response = next.run(request).await;
        if response.status().is_success() {
            reads.after_write();
        }
        return response;
    };
    if let Some(response) = reads.odd().or_else(|| reads.stale(&read)) {
        return response;
    }
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
    let kept = Kept { status: parts.status, headers: parts.headers, body };
    reads.remember(read, &kept);
    match kind {
        Some(kind) => reads.swapped(kind, kept).response(),
        None => kept.response(),
    }
}

/// Identifies a read by its address, or by its address and body for GraphQL; `None` for a write.
fn read_of(parts: &Parts, body: &Bytes) -> Option<String> {
    let path = parts.uri.path();
    if parts.method == Method::GET {
        let query = parts.uri.query().unwrap_or_default();
        let query: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("apiKey=")).collect();
        return Some(format!("{path}?{}", query.join("&")));
    }
    let is_graphql = crate::dialect::is_graphql_path(path);
    let request: Value = is_graphql.then(|| serde_json::from_slice(body).ok()).flatten()?;
    let mut words = request.get("query")?.as_str()?.split(|c: char| !c.is_alphanumeric() && c != '_');
    // A query that merely mentions the word is taken for a write, which is always safe.
    (!words.any(|word| word == "mutation")).then(|| format!("{path} {request}"))
}

/// The path of a record without its id; `None` for any other read.
fn kind_of(parts: &Parts) -> Option<String> {
    let (kind, id) = parts.uri.path().rsplit_once('/')?;
    let kinds = ["/incoming/v2/users", "/incoming/v2/clients", "/incoming/v2/jobs", "/incoming/api/v1/users"];
    (parts.method == Method::GET && !id.is_empty() && kinds.contains(&kind)).then(|| kind.to_owned())
}

/// The id of the record that a response shows.
fn id_in(kept: &Kept) -> Option<String> {
    let body: Value = serde_json::from_slice(&kept.body).ok()?;
    let inner = body.get("data").and_then(|data| data.as_object()?.values().next());
    let record = inner.or_else(|| body.get("user")).unwrap_or(&body);
    record.get("id").and_then(Value::as_str).map(str::to_owned)
}

fn odd_response(form: OddForm) -> Response {
    let plain = |status: u16| StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY).into_response();
    match form {
        OddForm::Firewall => html(
            StatusCode::OK,
            "<!doctype html><title>Just a moment...</title><p>Checking your browser before accessing the site.</p>",
        ),
        OddForm::Truncated => {
            let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
            (StatusCode::OK, headers, r#"{"users":[{"id":"#).into_response()
        }
        OddForm::Empty => StatusCode::OK.into_response(),
        OddForm::TooEarly => plain(425),
        OddForm::Unknown520 => plain(520),
        OddForm::TimedOut522 => plain(522),
        OddForm::Handshake525 => plain(525),
    }
}
