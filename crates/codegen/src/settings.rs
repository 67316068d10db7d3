//! How GraphQL scalars are spelled in Rust, and what fields cost.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Problem, Source};

/// How generated code refers to its surroundings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The path of the module with what generated code needs: `Input`, `Selection`, scalars.
    pub runtime: String,
    /// The path of the module that holds the generated model.
    pub model: String,
    /// The Rust type of each custom scalar: a type of the standard prelude, or one of the runtime's.
    pub scalars: BTreeMap<String, String>,
    /// What fields cost.
    pub costs: Costs,
}

/// What a query costs: one point for each field, and more for some. The API refuses what is over the limit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Costs {
    /// The most points a query may cost.
    pub limit: u32,
    /// Points beyond the one, by `Type.field`.
    pub surcharges: BTreeMap<String, u32>,
}

impl Costs {
    /// Reads `costs.toml`.
    ///
    /// # Errors
    /// If it is no such file.
    pub fn parse(source: &Source) -> Result<Self, Problem> {
        toml::from_str(&source.text).map_err(|error| source.toml_problem(&error))
    }
}

fn parse_scalars(source: &Source) -> Result<BTreeMap<String, String>, Problem> {
    let scalars: BTreeMap<String, String> =
        toml::from_str(&source.text).map_err(|error| source.toml_problem(&error))?;
    match scalars.values().find(|name| syn::parse_str::<syn::Ident>(name).is_err()) {
        None => Ok(scalars),
        Some(name) => {
            let place = source.text.find(name.as_str()).unwrap_or_default();
            Err(source.problem(place, format!("`{name}` is no name of a type"), "use `String`, `Date` or `Json`"))
        }
    }
}

impl Settings {
    /// The client's own settings, from `scalars.toml` and `costs.toml`.
    ///
    /// # Errors
    /// If one of them is no such file.
    pub fn parse(scalars: &Source, costs: &Source) -> Result<Self, Vec<Problem>> {
        Ok(Self {
            runtime: "crate::runtime".to_owned(),
            model: "crate::model".to_owned(),
            scalars: parse_scalars(scalars).map_err(|problem| vec![problem])?,
            costs: Costs::parse(costs).map_err(|problem| vec![problem])?,
        })
    }
}
