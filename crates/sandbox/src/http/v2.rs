//! REST v2. The documented dialect wraps bodies as `data.<Operation>` and pages by number (seeds 001, 003 and the
//! reference pages beside them). The observed dialect returns flat bodies and pages by cursor, as production clients
//! do.

mod writes;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};
use thought_industries_spec::Surface;

use super::shapes;
use super::{Site, compute, unreadable};
use crate::cursor;
use crate::reply::json;
use crate::tenant::Tenant;
use crate::unknowns::{Counts, LastCursor, Unknowns};
use crate::{Dialect, graphql};

/// What a parameter of a query string holds.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Text,
    Number,
    Flag,
    /// One text for each time that the parameter is given.
    Texts,
    /// A time: ISO 8601 according to the pages of the reference, milliseconds in production.
    Time,
}

use Holds::{Flag, Number, Text, Texts, Time};

/// How a list is paged in the documented dialect. In the observed one, all are paged by cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PagedBy {
    Number,
    Cursor,
}

/// A list of v2.
#[derive(Debug)]
struct List {
    path: &'static str,
    /// The operation that its documented body is named after.
    operation: &'static str,
    /// Its name in the document of flat bodies.
    flat: &'static str,
    /// The argument that is in the path.
    in_path: Option<&'static str>,
    parameters: &'static [(&'static str, Holds)],
    paged_by: PagedBy,
}

const fn list_of(path: &'static str, operation: &'static str, flat: &'static str) -> List {
    List { path, operation, flat, in_path: None, parameters: &[], paged_by: PagedBy::Number }
}

const LISTS: &[List] = &[
    List { parameters: &[("role", Text)], ..list_of("/incoming/v2/users", "APIUsers", "Users") },
    List {
        parameters: &[("query", Text), ("sort", Text), ("count", Number)],
        ..list_of("/incoming/v2/clients", "Clients", "Clients")
    },
    List {
        in_path: Some("clientId"),
        ..list_of("/incoming/v2/clients/{id}/licenses", "APILicensesByClientId", "Licenses")
    },
    List {
        in_path: Some("kind"),
        parameters: &[("startDate", Time), ("endDate", Time), ("notifiableId", Text), ("userId", Text)],
        paged_by: PagedBy::Cursor,
        ..list_of("/incoming/v2/events/{id}", "APIEvents", "Events")
    },
    List {
        parameters: &[("query", Text), ("sort", Text), ("perPage", Number)],
        paged_by: PagedBy::Cursor,
        ..list_of("/incoming/v2/content", "APIContentSearch", "Contents")
    },
    List {
        parameters: &[("kind", Text), ("isTemplate", Flag), ("archived", Flag), ("perPage", Number)],
        paged_by: PagedBy::Cursor,
        ..list_of("/incoming/v2/courseGroups", "CourseGroups", "CourseGroups")
    },
    List {
        parameters: &[
            ("startDate", Time),
            ("endDate", Time),
            ("courseId", Text),
            ("userId", Text),
            ("perPage", Number),
        ],
        paged_by: PagedBy::Cursor,
        ..list_of("/incoming/v2/assessmentAttempts", "AssessmentAttempts", "AssessmentAttempts")
    },
    List { parameters: &[("courseId", Text)], ..list_of("/incoming/v2/meetings", "Meetings", "Meetings") },
    list_of("/incoming/v2/coupons", "APICoupons", "Coupons"),
    List {
        parameters: &[("courseIds", Texts), ("code", Text), ("active", Flag)],
        ..list_of("/incoming/v2/course-coupons", "APICourseCoupons", "CourseCoupons")
    },
    List {
        parameters: &[("query", Text), ("sort", Text)],
        ..list_of("/incoming/v2/redemptionCodes", "RedemptionCodeGroups", "RedemptionCodeGroups")
    },
    List {
        in_path: Some("type"),
        parameters: &[("perPage", Number)],
        paged_by: PagedBy::Cursor,
        ..list_of("/incoming/v2/logs/{id}", "APICacheLogs", "Logs")
    },
];

/// The objects: path, documented operation, its name in the document of flat bodies, and the argument in the path.
const OBJECTS: &[(&str, &str, &str, &str)] = &[
    ("/incoming/v2/users/{id}", "UserById", "User", "id"),
    ("/incoming/v2/clients/{id}", "ClientById", "Client", "id"),
    ("/incoming/v2/jobs/{id}", "APIBackgroundJob", "Job", "id"),
    ("/incoming/v2/courseGroups/{id}", "CourseGroupById", "CourseGroup", "id"),
    ("/incoming/v2/courseGroups/slug/{id}", "CourseGroupBySlug", "CourseGroupBySlug", "slug"),
    ("/incoming/v2/courses/{id}/structure", "CourseById", "Course", "id"),
    ("/incoming/v2/users/{id}/zendeskContent", "ZendeskContentsByUserId", "Enrollments", "userId"),
    ("/incoming/v2/meetings/{id}", "MeetingById", "Meeting", "id"),
    ("/incoming/v2/redemptionCodes/{id}", "RedemptionCodeGroupById", "RedemptionCodeGroup", "id"),
];

/// The parameters of a query string, in their order.
type Parameters = Vec<(String, String)>;

/// The routes of v2.
pub(crate) fn routes() -> Router<Site> {
    let ping = || async { json(StatusCode::OK, &json!({ "valid": true })) };
    let router = Router::new().route("/incoming/v2/ping", get(ping)).merge(writes::routes());
    let router = LISTS.iter().fold(router, |router, known| {
        let read = |site: State<Site>, id: Option<Path<String>>, Query(query): Query<Parameters>| {
            list(site, known, id.map(|Path(id)| id), query)
        };
        router.route(known.path, get(read))
    });
    OBJECTS.iter().fold(router, |router, (path, operation, flat, argument)| {
        router.route(path, get(|site: State<Site>, Path(id): Path<String>| one(site, operation, flat, argument, id)))
    })
}

/// Reads a page: the documented body of the operation, or the flat body.
async fn list(
    State(site): State<Site>,
    list: &'static List,
    id: Option<String>,
    query: Parameters,
) -> Result<Response, StatusCode> {
    let mut variables = match list.variables(site.dialect, id.as_deref(), &query) {
        Ok(variables) => variables,
        Err((status, message)) => return Ok(refuse(status, &message)),
    };
    let cursor = last(&query, "cursor").map(str::to_owned);
    let by_number = list.paged_by == PagedBy::Number;
    // A cursor of a list that is paged by time is for the tenant to read.
    let page = match (site.dialect, &cursor) {
        (Dialect::Documented, _) if by_number => match last(&query, "page").map(str::parse) {
            Some(Err(_)) => return Ok(refuse(StatusCode::BAD_REQUEST, "page is not a number")),
            page => page.and_then(Result::ok).unwrap_or(1),
        },
        (Dialect::Observed, Some(text)) if by_number => match cursor::decode(text) {
            Some(page) => page,
            None => return Ok(refuse(StatusCode::BAD_REQUEST, NOT_A_CURSOR)),
        },
        _ => 1,
    };
    if by_number {
        variables.insert("page".into(), page.into());
    } else if let Some(cursor) = &cursor {
        variables.insert("cursor".into(), cursor.as_str().into());
    }
    let unknowns = Arc::clone(&site.unknowns);
    let asked = cursor.unwrap_or_else(|| cursor::encode(page));
    let finish = move |tenant: &Tenant, body: &mut Value| {
        with_paging(body, &asked, page, &unknowns);
        if list.flat == "Licenses" {
            with_learning_paths(tenant, body);
        }
    };
    answer(site, list.operation, list.flat, Value::Object(variables), finish).await
}

const NOT_A_CURSOR: &str = "the cursor is not one of this list";

/// The value of a parameter; the last one if it is given several times.
fn last<'q>(query: &'q Parameters, name: &str) -> Option<&'q str> {
    query.iter().rfind(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

impl List {
    /// The variables of its document. Unknown parameters are ignored, as production ignores them.
    fn variables(
        &self,
        dialect: Dialect,
        id: Option<&str>,
        query: &Parameters,
    ) -> Result<Map<String, Value>, (StatusCode, String)> {
        let mut variables = Map::new();
        for (name, holds) in self.parameters {
            let Some(text) = last(query, name) else { continue };
            let value = match holds {
                Text => Some(json!(text)),
                Number => text.parse::<u32>().ok().map(Value::from),
                Flag => text.parse::<bool>().ok().map(Value::from),
                Texts => {
                    let all = query.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
                    Some(json!(all.collect::<Vec<_>>()))
                }
                // Each dialect takes the form of its documents, and no other.
                Time => (text.parse::<i64>().is_ok() == (dialect == Dialect::Observed)).then(|| json!(text)),
            };
            let value = value.ok_or_else(|| (StatusCode::BAD_REQUEST, format!("{name} is not valid")))?;
            variables.insert((*name).to_owned(), value);
        }
        // The reference requires the client's id a second time, as `clientId`; production clients omit it.
        if let (Some(name), Some(id)) = (self.in_path, id) {
            if last(query, name).is_some_and(|repeated| repeated != id) {
                let message = format!("{name} differs from the id in the path");
                return Err((StatusCode::UNPROCESSABLE_ENTITY, message));
            }
            variables.insert(name.to_owned(), json!(id));
        }
        Ok(variables)
    }
}

/// Production lists the learning paths of the client beside its licenses; the type of the reference does not.
fn with_learning_paths(tenant: &Tenant, body: &mut Value) {
    let world = tenant.world();
    let client = body.get("id").and_then(Value::as_str).and_then(|id| world.index_of("Client", id));
    let (Some(client), Some(body)) = (client, body.as_object_mut()) else { return };
    let paths = world.population.content_of_client(client, "LearningPath");
    let paths: Vec<String> = paths.into_iter().map(|path| world.id("LearningPath", path)).collect();
    body.insert("learningPathIds".into(), json!(paths));
}

/// The paging of the observed dialect gives the next page as a cursor. `asked` is the cursor of this page.
fn with_paging(body: &mut Value, asked: &str, page: u32, unknowns: &Unknowns) {
    let Some(info) = body.get_mut("pageInfo").and_then(Value::as_object_mut) else { return };
    let has_more = info.get("hasMore").and_then(Value::as_bool).unwrap_or(false);
    let own = info.remove("cursor").filter(|cursor| !cursor.is_null());
    let cursor = match unknowns.last_cursor {
        _ if has_more => Some(own.unwrap_or_else(|| json!(cursor::encode(page.saturating_add(1))))),
        LastCursor::Null => Some(Value::Null),
        LastCursor::Absent => None,
        LastCursor::Empty => Some(json!("")),
        LastCursor::Repeated => Some(json!(asked)),
    };
    info.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
    let dropped: &[&str] = match unknowns.counts {
        Counts::TotalAndPage => &["perPage"],
        Counts::All => &[],
        Counts::Missing => &["total", "perPage", "currentPage"],
    };
    info.retain(|name, _| !dropped.contains(&name.as_str()));
}

/// Seed 003 takes the UUID of a user. Production clients also pass an email address or an external id.
async fn one(
    State(site): State<Site>,
    operation: &'static str,
    flat: &'static str,
    argument: &'static str,
    id: String,
) -> Result<Response, StatusCode> {
    let world = site.tenant.world();
    let id = match (site.dialect, flat) {
        (Dialect::Observed, "User") => world.user_by_any(&id).map(|index| world.id("User", index)),
        // Its root field is never null.
        (_, "Course") => world.index_of("Course", &id).map(|_| id),
        _ => Some(id),
    };
    match id {
        Some(id) => answer(site, operation, flat, json!({ argument: id }), |_, _| ()).await,
        None => Ok(not_found(&site.unknowns, operation)),
    }
}

/// The response to a write: the object in its current state.
async fn answer_of(
    site: Site,
    operation: &'static str,
    flat: &'static str,
    variables: Value,
) -> Result<Response, StatusCode> {
    answer(site, operation, flat, variables, |_, _| ()).await
}

async fn answer(
    site: Site,
    operation: &'static str,
    flat: &'static str,
    variables: Value,
    finish: impl FnOnce(&Tenant, &mut Value) + Send + 'static,
) -> Result<Response, StatusCode> {
    let unknowns = Arc::clone(&site.unknowns);
    let read = compute(site.workers, move || {
        let mut body = read(&site, operation, flat, variables);
        if let (Dialect::Observed, Ok(Some(body))) = (site.dialect, &mut body) {
            finish(&site.tenant, body);
        }
        body
    })
    .await?;
    Ok(answered(&unknowns, read, operation))
}

/// Reads a response in the form of the dialect; `None` if the object is not found.
fn read(site: &Site, operation: &str, flat: &str, variables: Value) -> Result<Option<Value>, graphql::Unreadable> {
    match site.dialect {
        Dialect::Documented => {
            let document = document(&site.tenant, operation)
                .ok_or_else(|| graphql::Unreadable::Broken(format!("no body is named {operation}")))?;
            let body = graphql::read(&site.tenant, document, None, variables)?;
            // `json!` would copy the body, which is large.
            let inside = |name: &str, value| Value::Object(Map::from_iter([(name.to_owned(), value)]));
            Ok(body.map(|body| inside("data", inside(operation, body))))
        }
        Dialect::Observed => graphql::read(&site.tenant, &site.tenant.documents.flat, Some(flat), variables),
    }
}

/// The response to a read.
fn answered(unknowns: &Unknowns, read: Result<Option<Value>, graphql::Unreadable>, operation: &str) -> Response {
    match read {
        Ok(Some(body)) => json(StatusCode::OK, &body),
        Ok(None) => not_found(unknowns, operation),
        Err(why) => unreadable(why),
    }
}

/// The document of a documented body. A write returns the object in its current state.
fn document<'t>(
    tenant: &'t Tenant,
    operation: &str,
) -> Option<&'t apollo_compiler::validation::Valid<apollo_compiler::ExecutableDocument>> {
    tenant.documents.of(match operation {
        "APICreateUser" | "APIUpdateUser" => "UserById",
        "APICreateLicense" | "APIUpdateLicense" => "LicenseById",
        "APIBulkImport" => "APIBackgroundJob",
        own => own,
    })
}

/// No page documents the response for an unknown id. By default, it is 404 with the error body that production clients
/// read elsewhere.
fn not_found(unknowns: &Unknowns, operation: &str) -> Response {
    let what = match operation {
        "UserById" | "APICreateUser" | "APIUpdateUser" | "ZendeskContentsByUserId" => "User",
        "LicenseById" | "APICreateLicense" | "APIUpdateLicense" => "License",
        "APIBackgroundJob" | "APIBulkImport" => "Job",
        "APIEvents" => "Event kind",
        "CourseById" => "Course",
        "CourseGroupById" | "CourseGroupBySlug" => "Course group",
        "MeetingById" => "Meeting",
        "RedemptionCodeGroupById" => "Redemption code group",
        _ => "Client",
    };
    shapes::not_found(unknowns, Surface::RestV2, what)
}

fn refuse(status: StatusCode, message: &str) -> Response {
    json(status, &json!({ "errors": [{ "message": message }] }))
}
