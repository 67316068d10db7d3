//! The Rust types of GraphQL scalars, and the costs of fields.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Problem, Source};

/// How generated code refers to its surroundings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The path of the runtime module that generated code uses: `Input`, `Selection`, scalars.
    pub runtime: String,
    /// The path of the module that holds the generated model.
    pub model: String,
    /// The Rust type of each custom scalar: a type of the standard prelude, or one of the runtime.
    pub scalars: BTreeMap<String, String>,
    /// The costs of fields.
    pub costs: Costs,
}

/// The cost of a query: one point for each field, plus surcharges. The API rejects queries over the limit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Costs {
    /// The maximum points of a query.
    pub limit: u32,
    /// Points in addition to the one, by `Type.field`.
    pub surcharges: BTreeMap<String, u32>,
}

impl Costs {
    /// Reads `costs.toml`.
    ///
    /// # Errors
    /// If the file is malformed.
    pub fn parse(source: &Source) -> Result<Self, Problem> {
        toml::from_str(&source.text).map_err(|error| source.toml_problem(&error))
    }
}

fn parse_scalars(source: &Source) -> Result<BTreeMap<String, String>, Problem> {
    let scalars: BTreeMap<String, String> =
        toml::from_str(&source.text).map_err(|error| source.toml_problem(&error))?;
    // The printer makes identifiers of these names, and would panic on any other text.
    match scalars.values().find(|name| syn::parse_str::<syn::Ident>(name).is_err()) {
        None => Ok(scalars),
        Some(name) => {
            let place = source.text.find(name.as_str()).unwrap_or_default();
            Err(source.problem(place, format!("`{name}` is not a type name"), "use `String`, `Date` or `Json`"))
        }
    }
}

impl Settings {
    /// The client's own settings, from `scalars.toml` and `costs.toml`.
    ///
    /// # Errors
    /// If one of them is malformed.
    pub fn parse(scalars: &Source, costs: &Source) -> Result<Self, Vec<Problem>> {
        Ok(Self {
            runtime: "crate::runtime".to_owned(),
            model: "crate::model".to_owned(),
            scalars: parse_scalars(scalars).map_err(|problem| vec![problem])?,
            costs: Costs::parse(costs).map_err(|problem| vec![problem])?,
        })
    }
}
