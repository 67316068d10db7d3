//! A sandbox that behaves like a tenant, as far as a report of `ti doctor` shows it.

use thought_industries::{BodyShape, Check, EndpointProfile, KeyPlacement, Paging, Presence, ResponseForm, Surface};
use thought_industries_sandbox::{
    Dialect, Foreign, GraphqlPaths, KeyPlace, KeyRefusal, Keys, Limit, NotFound, NotFoundForm, NotFoundText, Unknowns,
    graphql_path,
};

use crate::diagnosis::Document;

/// The role keys that every sandbox has besides that of learners.
const ROLES: [&str; 5] = ["admin", "client-admin", "client-manager", "instructor", "sublicense-manager"];

/// What is set for a sandbox, and what the report shows but no sandbox has.
pub(super) struct Like {
    pub(super) unknowns: Unknowns,
    pub(super) notes: Vec<String>,
}

impl Like {
    pub(super) fn of(document: &Document) -> Self {
        let report = Report { document };
        let mut notes = Vec::new();
        let dialect = report.dialect();
        let graphql = report.key_of(Surface::GraphQl);
        let has_v1 = report.present(Surface::RestV1).is_some();
        if has_v1 && dialect == Dialect::Observed {
            notes.push("the tenant has REST v1, which no sandbox of the observed dialect has".to_owned());
        }
        let unknowns = Unknowns {
            dialect: Some(dialect),
            graphql_paths: report.graphql_paths(&mut notes),
            has_v1,
            foreign: report.foreign(&mut notes),
            keys: Keys { graphql, v2: report.key_of(Surface::RestV2), v1: report.key_of(Surface::RestV1) },
            key_refusal: report.key_refusal(),
            not_found: report.not_found(&mut notes),
            learner_role: report.learner_role(),
            page_size: report.page_size(),
            limit: report.limit(&mut notes),
            extra_keys: report.extra_keys(),
            ..Unknowns::none()
        };
        Self { unknowns, notes }
    }
}

struct Report<'d> {
    document: &'d Document,
}

impl<'d> Report<'d> {
    /// The endpoint of a surface that the tenant has.
    fn present(&self, surface: Surface) -> Option<&'d EndpointProfile> {
        self.document.profile.endpoints(surface).find(|endpoint| endpoint.presence == Presence::Present)
    }

    fn checks(&self) -> impl DoubleEndedIterator<Item = &'d Check> {
        self.document.checks.iter()
    }

    /// The dialect of the bodies; without bodies, the one that the client assumes.
    fn dialect(&self) -> Dialect {
        match self.present(Surface::RestV2).and_then(|endpoint| endpoint.body) {
            Some(BodyShape::Flat) => Dialect::Observed,
            Some(BodyShape::Envelope) => Dialect::Documented,
            _ if self.document.profile.dialect == thought_industries::Dialect::Observed => Dialect::Observed,
            _ => Dialect::Documented,
        }
    }

    /// The paths of GraphQL. An endpoint that refuses the key in every place is one that the tenant does not have.
    fn graphql_paths(&self, notes: &mut Vec<String>) -> GraphqlPaths {
        let present = |endpoint: &&EndpointProfile| endpoint.presence == Presence::Present;
        let paths: Vec<&str> = self
            .document
            .profile
            .endpoints(Surface::GraphQl)
            .filter(present)
            .map(|endpoint| endpoint.path.as_str())
            .collect();
        let [incoming, helium] = [Dialect::Documented, Dialect::Observed].map(graphql_path);
        for other in paths.iter().filter(|path| **path != incoming && **path != helium) {
            notes.push(format!("no sandbox has GraphQL at {other}"));
        }
        match (paths.contains(&incoming), paths.contains(&helium)) {
            (true, true) => GraphqlPaths::Both,
            (true, false) => GraphqlPaths::Incoming,
            (false, true) => GraphqlPaths::Helium,
            (false, false) => GraphqlPaths::Neither,
        }
    }

    fn key_of(&self, surface: Surface) -> KeyPlace {
        match self.present(surface).and_then(|endpoint| endpoint.key_in) {
            Some(KeyPlacement::Bearer) => KeyPlace::Bearer,
            Some(KeyPlacement::Header) => KeyPlace::XApiKey,
            Some(KeyPlacement::Query) => KeyPlace::Query,
            _ => KeyPlace::OfDialect,
        }
    }

    /// The response of a path that the tenant does not have.
    fn foreign(&self, notes: &mut Vec<String>) -> Foreign {
        let is_absent =
            |endpoint: &&EndpointProfile| matches!(endpoint.presence, Presence::Absent | Presence::RefusesKey);
        let absent = self.document.profile.endpoints.iter().find(is_absent);
        let Some(reason) = absent.and_then(|endpoint| endpoint.reason.as_deref()) else { return Foreign::default() };
        // Only a body with `errors` needs a second look.
        let has_errors = self.checks().any(|check| check.response == reason && check.conclusion.starts_with("errors"));
        match reason.split_once(' ').unwrap_or((reason, "")) {
            ("404", "with an empty body") => Foreign::Empty404,
            ("404", "with a page") => Foreign::Html404,
            ("404", _) if has_errors => Foreign::Errors404,
            ("404", _) => Foreign::Message404,
            ("405", _) => Foreign::Empty405,
            ("200", "with a page") => Foreign::Login200,
            ("200", "with an empty body") => Foreign::Empty200,
            ("200", _) if has_errors => Foreign::Errors200,
            ("200", _) => Foreign::Object200,
            ("301" | "308", _) => Foreign::Login301,
            ("302" | "303" | "307", _) => Foreign::Login302,
            ("400", "with a page") => Foreign::Html400,
            ("400", _) => Foreign::Errors400,
            ("401", _) => Foreign::Empty401,
            ("403", "with JSON") => Foreign::Json403,
            ("403", _) => Foreign::Html403,
            ("500", "with JSON") => Foreign::Json500,
            ("500", _) => Foreign::Html500,
            ("501", _) => Foreign::Empty501,
            _ => {
                notes.push(format!("no sandbox responds with \"{reason}\" where it has nothing; 404 is used"));
                Foreign::default()
            }
        }
    }

    /// The response to the key in a place where an endpoint does not take it.
    fn key_refusal(&self) -> KeyRefusal {
        let refuses = |check: &&Check| {
            let endpoint =
                self.document.profile.endpoints.iter().find(|endpoint| check.path.starts_with(&endpoint.path));
            let is_there = endpoint.is_some_and(|endpoint| endpoint.presence == Presence::Present);
            is_there && matches!(check.status, 401 | 403)
        };
        match self.checks().find(refuses).map(|check| (check.status, check.response.as_str())) {
            Some((401, response)) if response.ends_with("JSON") => KeyRefusal::Json401,
            Some((403, response)) if response.ends_with("JSON") => KeyRefusal::Json403,
            Some((403, _)) => KeyRefusal::Html403,
            _ => KeyRefusal::default(),
        }
    }

    /// The response for a record that does not exist.
    fn not_found(&self, notes: &mut Vec<String>) -> NotFound {
        let known = self.present(Surface::RestV2).map(|endpoint| &endpoint.not_found);
        let Some(ResponseForm { status, body, message, .. }) = known.and_then(|forms| forms.values().next()) else {
            return NotFound::default();
        };
        let has = |key: &str| keys_of(body).any(|known| known == key);
        let form = match status {
            404 if body == "empty" => NotFoundForm::Empty404,
            404 if body == "page" => NotFoundForm::Html404,
            404 if has("errors") => NotFoundForm::Errors404,
            404 if has("message") => NotFoundForm::Message404,
            200 if body == "null" => NotFoundForm::Null200,
            200 if has("errors") => NotFoundForm::Errors200,
            200 if has("data") => NotFoundForm::Data200,
            400 if has("errors") => NotFoundForm::Texts400,
            422 if has("errors") => NotFoundForm::Errors422,
            _ => {
                notes.push(format!("no sandbox reports \"not found\" as {status} with {body}; 404 is used"));
                NotFoundForm::default()
            }
        };
        let text = match message.as_deref() {
            Some("no user matches the given identifier") => NotFoundText::NoMatch,
            Some("could not find record") => NotFoundText::NoRecord,
            Some("unknown id") => NotFoundText::UnknownId,
            Some("kein benutzer gefunden") => NotFoundText::German,
            _ => NotFoundText::default(),
        };
        NotFound { form, text }
    }

    /// Whether a body has a key that no sandbox gives by default.
    fn extra_keys(&self) -> bool {
        let forms = self.present(Surface::RestV2).into_iter().flat_map(|endpoint| endpoint.not_found.values());
        forms.flat_map(|form| keys_of(&form.body)).any(|key| !["data", "error", "errors", "message"].contains(&key))
    }

    /// The role key of learners: the only one that a sandbox does not have anyway.
    fn learner_role(&self) -> Option<String> {
        let keys = &self.document.profile.role_keys;
        let mut others = keys.iter().filter(|key| !ROLES.contains(&key.as_str()));
        let only = others.next()?;
        others.next().is_none().then(|| only.clone())
    }

    /// The length of a page, if the tenant has more than one.
    fn page_size(&self) -> Option<u32> {
        let surface = if self.present(Surface::RestV2).is_some() { Surface::RestV2 } else { Surface::RestV1 };
        let shown = self.checks().rfind(|check| check.surface == surface && check.response.ends_with(" users"))?;
        let size: u32 = shown.response.strip_suffix(" users")?.parse().ok()?;
        let paging = self.present(surface)?.paging;
        (size > 0 && matches!(paging, Some(Paging::Page | Paging::Cursor))).then_some(size)
    }

    /// The strictest limit, for all requests together.
    fn limit(&self, notes: &mut Vec<String>) -> Option<Limit> {
        let limits = &self.document.profile.limits;
        let limit = limits.values().min_by_key(|limit| limit.requests)?;
        if limits.len() > 1 {
            notes.push("the limits of all surfaces become one, the strictest".to_owned());
        }
        let seconds = u32::try_from(limit.window_seconds.unwrap_or(60)).unwrap_or(3_600);
        Some(Limit { requests: limit.requests, seconds: f64::from(seconds) })
    }
}

/// The keys of a body, if it is an object.
fn keys_of(body: &str) -> impl Iterator<Item = &str> {
    let inner = body.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    inner.split(", ").filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn like(profile: &serde_json::Value) -> Like {
        let document = json!({
            "version": 1, "client-version": "0.1.0", "profile": profile, "checks": [], "failure": null,
        });
        Like::of(&serde_json::from_value(document).expect("a report"))
    }

    #[test]
    fn what_no_sandbox_has_is_noted() {
        let Like { unknowns, notes } = like(&json!({
            "version": 1,
            "dialect": "documented",
            "role-keys": ["admin", "member", "pupil"],
            "limits": { "v2": { "requests": 90, "window-seconds": 30 }, "graphql": { "requests": 200 } },
            "endpoints": [
                { "path": "/graphql", "surface": "graphql", "presence": "present", "key-in": "query" },
                { "path": "/helium", "surface": "graphql", "presence": "absent", "reason": "418 with text" },
                { "path": "/incoming/v2", "surface": "v2", "presence": "present", "key-in": "header", "body": "flat",
                  "not-found": { "x uuid": { "status": 410, "body": "{gone}" } } },
                { "path": "/incoming/api/v1", "surface": "v1", "presence": "present", "key-in": "bearer" },
            ],
        }));
        assert_eq!((unknowns.dialect, unknowns.graphql_paths), (Some(Dialect::Observed), GraphqlPaths::Neither));
        assert_eq!(unknowns.keys, Keys { graphql: KeyPlace::Query, v2: KeyPlace::XApiKey, v1: KeyPlace::Bearer });
        assert_eq!(unknowns.limit, Some(Limit { requests: 90, seconds: 30.0 }));
        assert_eq!(unknowns.learner_role, None, "one of two is a guess");
        for part in ["REST v1", "GraphQL at /graphql", "418 with text", "410 with {gone}", "the strictest"] {
            assert!(notes.iter().any(|note| note.contains(part)), "{part}: {notes:?}");
        }
        assert_eq!(notes.len(), 5);
    }

    #[test]
    fn the_only_role_key_that_no_sandbox_has_is_that_of_learners() {
        let profile = json!({ "version": 1, "dialect": "observed", "role-keys": ["admin", "pupil"], "endpoints": [] });
        let Like { unknowns, notes } = like(&profile);
        assert_eq!((unknowns.learner_role.as_deref(), notes), (Some("pupil"), Vec::new()));
    }
}
