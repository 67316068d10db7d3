//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use graphql_drift::{FailOn, Level, Levels, Selector, Treatment};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};

use crate::header::Header;
use crate::place::Place;

/// The commands that compare schemas and check operations.
///
/// A schema is SDL or introspection JSON: a file, `-` for standard input, `git:REV:PATH`, or `https://…` for an endpoint.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
#[allow(missing_docs, reason = "flattened arguments are documented where they are defined")]
pub enum Command {
    /// Compare two schemas, and report what the changes break
    ///
    /// A schema is SDL or introspection JSON: in a file, on standard input (`-`), in a revision of the repository
    /// (`git:REV:PATH`), or that of an endpoint (`https://…`).
    /// Exit code 0: the check passes; 1: it fails; 2: could not run.
    Diff {
        /// The old schema
        old: Place,
        /// The new schema
        new: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: Box<CheckArguments>,
    },
    /// Check operations against a schema: every document, all errors
    ///
    /// Exit code 0: all fit; 1: some do not; 2: could not run.
    Validate {
        /// The schema
        schema: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
    },
    /// Mend the operations that a schema breaks: the smallest changes with which they are valid again
    ///
    /// Prints them as a diff, with what cannot be mended and why. The old schema gives hints: what was renamed, and the
    /// reasons of deprecations, such as "use `name`". A field that was renamed keeps its name in the response.
    /// Exit code 0: all operations fit, or were mended with --write; 1: some do not; 2: could not run.
    Fix {
        /// The schema that the operations have to fit
        schema: Place,
        /// The schema that they were written for
        #[arg(long, value_name = "SCHEMA")]
        old: Option<Place>,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
        /// Write the mended documents. An operation that cannot be mended stays as it is
        #[arg(long)]
        write: bool,
    },
    /// List the types and fields that operations use, and deprecated ones that they do not use
    Coverage {
        /// The schema
        schema: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
    },
    /// Compare many versions of a schema in order: what was added, removed and restored, and what broke
    ///
    /// The versions are the files of a folder, ordered by name, numbers in it by value; or, as `git:PATH`, those of a file
    /// in the history of the repository, with their dates: how long each part was deprecated before it went.
    /// A version that cannot be read is reported and skipped. Exit code 0: the check passes; 1: it fails;
    /// 2: could not run.
    History {
        /// A folder of schemas, each SDL or introspection JSON, or `git:PATH`
        versions: String,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: Box<CheckArguments>,
    },
    /// Write a changelog in Markdown, in the form of Keep a Changelog
    ///
    /// With two schemas, the section for the changes between them; with a folder or `git:PATH`, a section for each version.
    Changelog {
        /// The old schema, or all versions: a folder or `git:PATH`
        old: String,
        /// The new schema
        new: Option<Place>,
        /// The heading of the section
        #[arg(long, value_name = "TEXT", default_value = "Unreleased", requires = "new")]
        title: String,
        /// The date of the section, such as 2026-12-31
        #[arg(long, value_name = "DATE", requires = "new")]
        date: Option<Date>,
        #[command(flatten)]
        read: ReadArguments,
    },
}

/// How schemas are read.
#[derive(Debug, Default, Args)]
#[non_exhaustive]
pub struct ReadArguments {
    /// Refuse a schema that defines a name twice. Otherwise the last definition counts, with a warning
    #[arg(long)]
    pub strict: bool,
    /// A header for requests to an endpoint, `NAME: VALUE`, or `@FILE` with one on each line; may be repeated. Use a file
    /// for a key: other users of the machine can see arguments
    #[arg(long, value_name = "HEADER")]
    pub header: Vec<Header>,
    /// The rules of the project [default: `drift.toml` in this folder or above it]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read no `drift.toml`
    #[arg(long)]
    pub no_config: bool,
}

/// The operations.
#[derive(Debug, Default, Args)]
#[non_exhaustive]
pub struct OperationsArguments {
    /// A folder of operations, or a file; may be repeated
    #[arg(long, value_name = "DIR")]
    pub operations: Vec<PathBuf>,
}

/// What fails a check, and what is listed.
#[derive(Debug, Default, Args)]
#[non_exhaustive]
pub struct CheckArguments {
    /// The lowest level of a change that fails the check [default: breaking]. A change that breaks an operation always
    /// does
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailLevel>,
    /// List only changes of this level or worse, and those that break an operation
    #[arg(long, value_name = "LEVEL")]
    pub only: Option<Level>,
    /// List safe changes in text, too, and every directive that is applied in many places
    #[arg(long)]
    pub all: bool,
    /// Changes to leave out, such as `kind=DIRECTIVE_USAGE_*,directive=docs`; may be repeated. The conditions are kind,
    /// coordinate, directive and description, `*` is any text, and a coordinate selects what is below it
    #[arg(long, value_name = "CONDITIONS")]
    pub ignore: Vec<Selector>,
    /// Changes that have another level, such as `kind=ENUM_VALUE_ADDED,as=safe`; may be repeated
    #[arg(long, value_name = "CONDITIONS")]
    pub treat: Vec<Treatment>,
    /// How long a part has to be deprecated for its removal to be dangerous instead of breaking, such as `90d`
    #[arg(long, value_name = "DAYS")]
    pub grace: Option<Days>,
    /// Where the dates of deprecations are read, `git:PATH` [default: the path of the old schema, if it is in git]
    #[arg(long, value_name = "git:PATH")]
    pub grace_from: Option<String>,
    /// The most points that an operation may state as additional cost
    #[arg(long, value_name = "POINTS")]
    pub cost_limit: Option<u32>,
    /// A list of accepted changes (TOML)
    #[arg(long, value_name = "FILE")]
    pub accept: Option<PathBuf>,
    /// Add the changes that fail the check to the list of accepted ones
    #[arg(long)]
    pub write_accept: bool,
    /// The reason for accepting them
    #[arg(long, requires = "write_accept", value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: Option<String>,
    /// The levels to use: this tool's own, which depend on where a type is used, or graphql-inspector's [default: own]
    #[arg(long, value_enum, value_name = "WHOSE")]
    pub levels: Option<LevelsOf>,
}

/// Whose levels.
#[derive(Debug, Clone, Copy, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelsOf {
    /// This tool's.
    Own,
    /// Those of graphql-inspector.
    GraphqlInspector,
}

impl From<LevelsOf> for Levels {
    fn from(whose: LevelsOf) -> Self {
        match whose {
            LevelsOf::Own => Self::Own,
            LevelsOf::GraphqlInspector => Self::GraphqlInspector,
        }
    }
}

/// The level from which a change fails a check.
#[derive(Debug, Clone, Copy, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailLevel {
    /// Breaking changes.
    Breaking,
    /// Dangerous and breaking changes.
    Dangerous,
    /// Any change.
    Any,
    /// No change.
    None,
}

impl From<FailLevel> for FailOn {
    fn from(level: FailLevel) -> Self {
        match level {
            FailLevel::Breaking => Self::Breaking,
            FailLevel::Dangerous => Self::Dangerous,
            FailLevel::Any => Self::Any,
            FailLevel::None => Self::None,
        }
    }
}

/// A number of days, written as `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub u32);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        days.map(Self).ok_or_else(|| format!("`{text}` is no number of days; write it as `90d`"))
    }
}

impl<'d> Deserialize<'d> for Days {
    fn deserialize<D: Deserializer<'d>>(reader: D) -> Result<Self, D::Error> {
        String::deserialize(reader)?.parse().map_err(serde::de::Error::custom)
    }
}
