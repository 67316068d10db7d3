//! What flags and `drift.toml` decide together.

use std::path::PathBuf;

use graphql_drift::{FailOn, Policy};

use crate::arguments::{CheckArguments, OperationsArguments, ReadArguments};
use crate::clock::today;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::header::Header;

/// What flags and `drift.toml` decide together. A flag counts more; lists are joined.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Settings {
    /// How changes are judged, and which are listed.
    pub policy: Policy,
    /// The level from which a change fails the check.
    pub fail_on: FailOn,
    /// Whether text lists every change.
    pub all: bool,
    /// Whether a schema that defines a name twice is refused.
    pub strict: bool,
    /// Headers for requests to an endpoint.
    pub headers: Vec<Header>,
    /// The folders and files of the operations.
    pub operations: Vec<PathBuf>,
    /// Where the dates of deprecations are read.
    pub grace_from: Option<String>,
    /// The list of accepted changes.
    pub accept: Option<PathBuf>,
    /// The reason for adding the changes that fail the check to that list, if they are to be added.
    pub write_accept: Option<String>,
}

impl Settings {
    /// Reads `drift.toml`, and applies the flags.
    ///
    /// # Errors
    /// If the file cannot be read, or flags are incomplete.
    pub fn of(
        read: &ReadArguments,
        operations: Option<&OperationsArguments>,
        check: Option<&CheckArguments>,
    ) -> Result<Self, Failure> {
        let rules = Configuration::of(read)?;
        let none = CheckArguments::default();
        let check = check.unwrap_or(&none);
        let accept = check.accept.clone().or(rules.accept);
        if check.write_accept && accept.is_none() {
            return Err(Failure::new(
                "--write-accept needs a list to add to",
                "name it with --accept, or in drift.toml",
            ));
        }
        // Those of the command line replace those of the file, which may have other operations than are asked for.
        let operations = operations.map_or(&[][..], |given| &given.operations);
        Ok(Self {
            policy: Policy {
                levels: check.levels.or(rules.levels).map(Into::into).unwrap_or_default(),
                only: check.only.or(rules.only),
                ignore: [check.ignore.clone(), rules.ignore].concat(),
                // The first that selects a change counts, so that flags come first.
                treat: [check.treat.clone(), rules.treat].concat(),
                grace: check.grace.or(rules.grace).map(|days| days.0),
                cost_limit: check.cost_limit.or(rules.cost_limit),
            },
            fail_on: check.fail_on.or(rules.fail_on).map(Into::into).unwrap_or_default(),
            all: check.all || rules.all,
            strict: read.strict || rules.strict,
            headers: read.header.clone(),
            operations: if operations.is_empty() { rules.operations } else { operations.to_vec() },
            grace_from: check.grace_from.clone().or(rules.grace_from),
            accept,
            write_accept: check
                .write_accept
                .then(|| check.reason.clone().unwrap_or_else(|| format!("accepted on {}", today()))),
        })
    }
}
