//! The Rust types of GraphQL scalars, the costs of fields, and the paths that generated code uses.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::validate::closest;
use crate::{Problem, Source};

/// How generated code refers to its surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The path of the runtime module of the client.
    pub(crate) runtime: String,
    /// The Rust type of each custom scalar.
    scalars: BTreeMap<String, String>,
    /// The costs of fields.
    pub(crate) costs: Costs,
    /// Whether every selection of a type with an `id: ID!` has to contain it.
    pub(crate) require_ids: bool,
}

/// The cost of a query: one point for each field, plus surcharges. The API rejects queries over the limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Costs {
    /// The maximum points of a query.
    pub limit: u32,
    /// Points in addition to the one, by `Type.field`.
    pub surcharges: BTreeMap<String, u32>,
}

impl Default for Costs {
    /// 1,000 points for a query, as TI documents it, and no surcharge.
    fn default() -> Self {
        Self { limit: 1_000, surcharges: BTreeMap::new() }
    }
}

impl Costs {
    /// Reads `costs.toml`.
    ///
    /// # Errors
    /// If the file is malformed.
    pub fn parse(source: &Source) -> Result<Self, Problem> {
        toml::from_str(&source.text).map_err(|error| source.toml_problem(&error))
    }

    pub(crate) fn surcharge(&self, owner: &str, field: &str) -> u32 {
        self.surcharges.get(&format!("{owner}.{field}")).copied().unwrap_or_default()
    }
}

/// The types that a custom scalar may have in Rust.
const TYPES: [&str; 3] = ["String", "Date", "Json"];

/// The scalars of TI's public schema, and those that GraphQL servers commonly have.
const BUILT_IN: [(&str, &str); 10] = [
    ("AbsoluteOrRelativeURL", "String"),
    ("Date", "Date"),
    ("DateTime", "Date"),
    ("HexColor", "String"),
    ("JSON", "Json"),
    ("JSONObject", "Json"),
    ("Slug", "String"),
    ("URL", "String"),
    ("UUID", "String"),
    ("EmailAddress", "String"),
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            runtime: "::thought_industries::runtime".to_owned(),
            scalars: BUILT_IN.map(|(name, ty)| (name.to_owned(), ty.to_owned())).into(),
            costs: Costs::default(),
            require_ids: false,
        }
    }
}

impl Settings {
    /// The type of a custom scalar in Rust, if one is known.
    pub(crate) fn scalar(&self, name: &str) -> Option<&str> {
        self.scalars.get(name).map(String::as_str)
    }

    /// Adds the types of `scalars.toml`.
    pub(crate) fn add_scalars(&mut self, source: &Source) -> Result<(), Problem> {
        let scalars: BTreeMap<String, String> =
            toml::from_str(&source.text).map_err(|error| source.toml_problem(&error))?;
        for (name, ty) in scalars {
            if !TYPES.contains(&ty.as_str()) {
                let place = source.text.find(&format!("{ty:?}")).unwrap_or_default();
                let meant = closest(&ty, TYPES).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                let help = format!("use `String`, `Date` or `Json`{meant}");
                return Err(source.problem(place, format!("`{ty}` is not a type of the client for `{name}`"), help));
            }
            self.scalars.insert(name, ty);
        }
        Ok(())
    }
}
