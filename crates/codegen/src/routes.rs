//! `routes.toml`: the endpoint of each operation on each surface.

use std::collections::BTreeMap;

use apollo_compiler::ast::Type;
use serde::Deserialize;
use thought_industries_spec::{Dialect, Evidence, KeyPlacement, OperationKind, Replay, Surface};

use crate::fields::{FieldSet, Fields, Verb};
use crate::{Problem, Source};

/// The routes of all operations.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Routes {
    /// The dialects, each with its surfaces.
    #[serde(default)]
    pub dialects: BTreeMap<Dialect, DialectRoutes>,
    /// Where the surfaces are.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// How sure the name of each parameter in query strings is, by surface.
    #[serde(default)]
    pub parameters: BTreeMap<Surface, BTreeMap<String, Evidence>>,
    /// Everything else that is assumed of requests and responses.
    #[serde(default)]
    pub wire: Vec<WireFact>,
    /// Fields that REST responses have and the schema does not, by type and name.
    #[serde(default)]
    rest_fields: BTreeMap<String, BTreeMap<String, RestFieldText>>,
    /// The names of user fields in REST responses, by the name in the schema.
    #[serde(skip)]
    aliases: BTreeMap<String, String>,
    /// The operations by name, such as `users.list`.
    #[serde(default)]
    pub operations: BTreeMap<String, OperationRoutes>,
}

/// What a weak endpoint needs.
const FALLTHROUGH: &str = "name the test which shows that a tenant without it is served otherwise: `fallthrough`";

/// The surfaces of a dialect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialectRoutes {
    /// The file with its pinned schema.
    pub schema: String,
    /// Its surfaces, preferred first.
    pub surfaces: Vec<Surface>,
}

/// The endpoints of an operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationRoutes {
    /// What it does, in a few words.
    #[serde(default)]
    pub summary: String,
    /// Whether it reads or writes.
    pub kind: OperationKind,
    /// Whether it may be retried if it is unknown whether the first request arrived.
    pub replay: Replay,
    /// The name of its query document.
    pub document: Option<String>,
    /// Its GraphQL root field, if it has no document yet.
    pub graphql: Option<String>,
    /// Its v2 endpoint.
    pub v2: Option<RestRoute>,
    /// Its v1 endpoint.
    pub v1: Option<RestRoute>,
}

/// An endpoint of a surface: the GraphQL endpoint itself, or the base of a REST version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Its path.
    pub path: String,
    /// The surface that it belongs to.
    pub surface: Surface,
    /// How sure it is that tenants have it.
    pub evidence: Evidence,
    /// Where it takes the key, in the order in which a client tries them.
    pub keys: Vec<Key>,
    /// The test which shows that every plausible refusal moves on to the next endpoint.
    pub fallthrough: Option<String>,
}

/// A place for the key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The place.
    pub r#in: KeyPlacement,
    /// How sure it is.
    pub evidence: Evidence,
}

/// An assumption about requests or responses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireFact {
    /// What is assumed.
    pub fact: String,
    /// How sure it is.
    pub evidence: Evidence,
    /// How a client finds out if a tenant differs.
    pub corrected: String,
}

/// A REST endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestRoute {
    /// The HTTP method.
    pub method: String,
    /// The path, with `{argument}` where an argument goes.
    pub path: String,
    /// How sure the endpoint is.
    #[serde(default)]
    pub evidence: Evidence,
    /// Arguments that go into the query string.
    #[serde(default)]
    pub query: Vec<String>,
    /// Arguments that go into the body.
    #[serde(default)]
    pub body: Vec<String>,
    /// The fields of `fields.toml` that also go into the body.
    pub fields: Option<FieldSet>,
    /// Lists that the body always contains, according to `fields.toml`.
    #[serde(skip)]
    pub always_sent: Vec<String>,
    /// Whether fields omitted from the body may be cleared, so that the whole object has to be sent.
    #[serde(default)]
    pub replaces: bool,
    /// Constant parameters of the query string.
    #[serde(default)]
    pub fixed: BTreeMap<String, String>,
    /// The dialects that have it; all if absent.
    pub dialects: Option<Vec<Dialect>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RestFieldText {
    r#type: String,
    doc: String,
}

/// A field that REST responses have and the schema does not.
pub(crate) struct RestField {
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) doc: String,
}

impl RestField {
    pub(crate) fn ty(&self) -> Type {
        Type::Named(apollo_compiler::Name::new(&self.ty).unwrap_or(apollo_compiler::name!("JSON")))
    }
}

impl Routes {
    /// Reads `routes.toml`.
    ///
    /// # Errors
    /// If the file is malformed, with line and column.
    pub fn parse(source: &Source, fields: Option<&Fields>) -> Result<Self, Vec<Problem>> {
        let mut routes: Self = toml::from_str(&source.text).map_err(|error| vec![source.toml_problem(&error)])?;
        let problems = routes.problems(source);
        if let Some(fields) = fields {
            routes.aliases = fields.aliases().collect();
            for (name, operation) in &mut routes.operations {
                operation.take_fields(name, fields);
            }
        }
        if problems.is_empty() { Ok(routes) } else { Err(problems) }
    }

    /// References that do not resolve, and names that are not valid in code.
    fn problems(&self, source: &Source) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut refuse = |name: &str, message: String, help: &str| {
            // The parsed routes keep no positions, so the first mention of the name stands for the place.
            problems.push(source.problem(source.text.find(name).unwrap_or_default(), message, help));
        };
        for endpoint in self.endpoints.iter().filter(|endpoint| endpoint.evidence < Evidence::Official) {
            if endpoint.fallthrough.is_none() {
                let message = format!("the evidence for `{}` is `{}`", endpoint.path, endpoint.evidence);
                refuse(&endpoint.path, message, FALLTHROUGH);
            }
        }
        for (name, operation) in &self.operations {
            for (surface, route) in [(Surface::RestV2, &operation.v2), (Surface::RestV1, &operation.v1)] {
                let Some(route) = route else { continue };
                let graded = self.parameters.get(&surface);
                for parameter in route.query.iter().chain(route.fixed.keys()) {
                    if graded.is_some_and(|graded| !graded.contains_key(parameter)) {
                        refuse(name, format!("the parameter `{parameter}` has no evidence"), "add it to `parameters`");
                    }
                }
                if route.evidence >= Evidence::Official {
                    continue;
                }
                let mut endpoints = self.endpoints.iter().filter(|endpoint| endpoint.surface == surface);
                if !endpoints.all(|endpoint| endpoint.fallthrough.is_some()) {
                    refuse(name, format!("the evidence for a route of `{name}` is `{}`", route.evidence), FALLTHROUGH);
                }
            }
            let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
            if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.chars().all(is_plain) {
                refuse(name, format!("`{name}` cannot be the name of an operation"), "call it `noun.verb`");
            }
        }
        problems
    }

    /// Fields to add to the model, each with the type that it belongs to.
    pub(crate) fn rest_fields(&self) -> impl Iterator<Item = (&String, RestField)> {
        self.rest_fields.iter().flat_map(|(owner, fields)| {
            fields.iter().map(move |(name, field)| {
                (owner, RestField { name: name.clone(), ty: field.r#type.clone(), doc: field.doc.clone() })
            })
        })
    }

    /// Whether a document has a REST equivalent.
    pub(crate) fn has_rest(&self, document: &str) -> bool {
        let mut rows = self.operations.values().filter(|row| row.document.as_deref() == Some(document));
        rows.any(|row| row.v2.is_some() || row.v1.is_some())
    }

    /// The name of a field of a type in REST responses.
    pub(crate) fn alias(&self, owner: &str, field: &str) -> Option<&str> {
        (owner == "User").then(|| self.aliases.get(field)).flatten().map(String::as_str)
    }
}

impl OperationRoutes {
    /// Adds the fields that its bodies take. The operation `….create` takes those of a creation.
    fn take_fields(&mut self, name: &str, fields: &Fields) {
        let verb = if name.ends_with(".create") { Verb::Create } else { Verb::Update };
        if let Some((route, set)) = self.v2.as_mut().and_then(|route| route.fields.map(|set| (route, set))) {
            let (taken, always_sent) = fields.v2_body(set, verb);
            route.body.extend(taken);
            route.always_sent = always_sent;
        }
        if let Some((route, set)) = self.v1.as_mut().and_then(|route| route.fields.map(|set| (route, set))) {
            route.body.extend(fields.v1_body(set));
        }
    }

    /// Its endpoint on a REST surface.
    pub fn rest(&self, surface: Surface) -> Option<&RestRoute> {
        match surface {
            Surface::RestV2 => self.v2.as_ref(),
            Surface::RestV1 => self.v1.as_ref(),
            _ => None,
        }
    }

    /// Its endpoint on a REST surface of a dialect.
    pub fn rest_of(&self, surface: Surface, dialect: Dialect) -> Option<&RestRoute> {
        self.rest(surface).filter(|route| route.dialects.as_ref().is_none_or(|only| only.contains(&dialect)))
    }
}
