//! The tenant, and how to reach it.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use thought_industries::{Dialect, InvalidName, KeyPlacement, Surface};

use crate::saved::{KeySource, Name};

/// The tenant, and how to reach it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct TenantArguments {
    /// Run against an embedded sandbox tenant, `documented` or `observed`
    #[arg(
        long,
        global = true,
        value_name = "DIALECT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "documented",
        conflicts_with_all = ["url", "subdomain"]
    )]
    pub(crate) sandbox: Option<thought_industries_sandbox::Dialect>,

    /// The tenant's address, such as <https://learn.acme.example>
    #[arg(long, global = true, conflicts_with = "subdomain")]
    pub(crate) url: Option<String>,

    /// The tenant's subdomain of thoughtindustries.com
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) subdomain: Option<String>,

    /// A tenant that `ti connect` has saved
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) tenant: Option<Name>,

    #[command(flatten)]
    pub(crate) preferences: Preferences,

    /// Log waits; -vv logs requests, -vvv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// The rate limits of the tenant
    #[arg(long, global = true, value_enum, default_value = "documented", value_name = "LIMITS")]
    pub(crate) pace: Pace,

    /// Do not share the rate limits with other `ti` processes of this user on this machine
    #[arg(long, global = true)]
    pub(crate) own_pace: bool,

    /// The longest wait for the tenant's limit, such as 90s, 15m or 2h [default: 2h]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_wait: Option<Duration>,

    /// Append an audit record for each write to this file instead of standard error
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

/// What is tried first at the tenant. Nothing is ruled out.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Preferences {
    /// The dialect that is assumed where nothing is known, `documented` or `observed`; for `ti sandbox`, the one that it
    /// has
    #[arg(long, global = true)]
    pub(crate) dialect: Option<Dialect>,

    /// The path of GraphQL that is tried first, such as /helium
    #[arg(long, global = true, value_name = "PATH", value_parser = path)]
    pub(crate) graphql_path: Option<String>,

    /// Where the key is tried first: header, bearer or query, for one surface (graphql, v2, v1) or for all; may be
    /// repeated
    #[arg(long, global = true, value_name = "[SURFACE=]PLACE")]
    pub(crate) key_in: Vec<KeyIn>,

    /// A role key of learners; may be repeated [default: the role that most users have]
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) learner_role: Vec<String>,
}

/// Where the key is tried first, on one surface or on all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyIn {
    surface: Option<Surface>,
    placement: KeyPlacement,
}

/// `ti connect`.
#[derive(Debug, Args)]
pub(crate) struct ConnectArguments {
    /// The name to save the tenant under [default: its subdomain or host]
    pub(crate) name: Option<Name>,
    /// Where commands read the key: `env:VARIABLE`, `file:PATH` or `keyring` [default: `env:TI_API_KEY`]
    #[arg(long, value_name = "SOURCE")]
    pub(crate) key_from: Option<KeySource>,
    /// Put the key from `TI_API_KEY` into the keyring; needs --key-from keyring
    #[arg(long, requires = "key_from")]
    pub(crate) store_key: bool,
    /// Make this the default tenant. For a saved tenant without other flags, nothing else changes
    #[arg(long)]
    pub(crate) default: bool,
    /// Replace the saved tenant of this name with its flags, even if it has another address
    #[arg(long)]
    pub(crate) replace: bool,
}

/// Rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Pace {
    /// Those of the public documents, corrected by the headers of the tenant
    Documented,
    /// Those of the enterprise plan
    Enterprise,
    /// Only those that the tenant reports
    Off,
}

impl TenantArguments {
    /// Whether the command line names a tenant.
    pub(crate) fn is_given(&self) -> bool {
        self.sandbox.is_some() || self.url.is_some() || self.subdomain.is_some() || self.tenant.is_some()
    }
}

impl Preferences {
    /// These, and for what they leave open the others.
    pub(crate) fn or(&self, others: &Self) -> Self {
        Self {
            dialect: self.dialect.or(others.dialect),
            graphql_path: self.graphql_path.clone().or_else(|| others.graphql_path.clone()),
            // A later one replaces an earlier one of the same surface.
            key_in: others.key_in.iter().chain(&self.key_in).copied().collect(),
            learner_role: if self.learner_role.is_empty() { &others.learner_role } else { &self.learner_role }.clone(),
        }
    }
}

impl KeyIn {
    /// The surfaces that it is about.
    pub(crate) fn surfaces(self) -> Vec<Surface> {
        self.surface.map_or_else(|| SURFACES.map(|(_, surface)| surface).to_vec(), |surface| vec![surface])
    }

    pub(crate) fn placement(self) -> KeyPlacement {
        self.placement
    }
}

/// The surfaces, as they are named on the command line.
pub(crate) const SURFACES: [(&str, Surface); 3] =
    [("graphql", Surface::GraphQl), ("v2", Surface::RestV2), ("v1", Surface::RestV1)];

impl FromStr for KeyIn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (surface, placement) = match text.split_once('=') {
            Some((name, placement)) => {
                let found = SURFACES.iter().find(|(known, _)| *known == name).map(|(_, surface)| *surface);
                let none = || format!("`{name}` is not a surface; use `graphql`, `v2` or `v1`");
                (Some(found.ok_or_else(none)?), placement)
            }
            None => (None, text),
        };
        Ok(Self { surface, placement: placement.parse().map_err(|error: InvalidName| error.to_string())? })
    }
}

impl std::fmt::Display for KeyIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = SURFACES.iter().find(|(_, surface)| Some(*surface) == self.surface).map(|(name, _)| name);
        match name {
            Some(name) => write!(f, "{name}={}", self.placement),
            None => write!(f, "{}", self.placement),
        }
    }
}

/// Parses a length of time: `90s`, `15m`, `2h`, `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a length of time; use a form such as 90s, 15m or 2h");
    let parsed: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).map_err(|_| wrong())
}

/// Parses the path of an endpoint.
fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') && !text.contains(['?', '#']) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err("a path begins with `/`, and has no query and no spaces".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_has_a_unit() {
        let seconds = |text: &str| duration(text).map(|wait| wait.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("15m"), Ok(900));
        assert_eq!(seconds("2h"), Ok(7_200));
        assert_eq!(seconds("1h 30m"), Ok(5_400));
        assert_eq!(seconds("0s"), Ok(0));
        for wrong in ["", "90", "-5s", "soon", "5 parsecs", "2d"] {
            let message = duration(wrong).expect_err(wrong);
            assert!(message.contains("90s, 15m or 2h"), "{message}");
        }
    }

    #[test]
    fn a_place_of_the_key_is_for_one_surface_or_all() {
        let one: KeyIn = "v2=header".parse().expect("a place");
        assert_eq!((one.surfaces(), one.placement()), (vec![Surface::RestV2], KeyPlacement::Header));
        let all: KeyIn = "query".parse().expect("a place");
        assert_eq!(all.surfaces(), [Surface::GraphQl, Surface::RestV2, Surface::RestV1]);
        for text in ["graphql=query", "v1=bearer", "header"] {
            assert_eq!(text.parse::<KeyIn>().expect("a place").to_string(), text);
        }
        assert!("v3=header".parse::<KeyIn>().expect_err("no surface").contains("`graphql`, `v2` or `v1`"));
        assert!("v2=cookie".parse::<KeyIn>().expect_err("no place").contains("`bearer`, `header` or `query`"));
    }

    #[test]
    fn a_path_has_no_query() {
        assert_eq!(path("/helium").as_deref(), Ok("/helium"));
        for wrong in ["helium", "/helium?apiKey=x", "/he lium", "https://acme.example/helium", ""] {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_preference_of_the_command_line_comes_last_so_that_it_counts() {
        let own = Preferences { key_in: vec!["v2=query".parse().expect("a place")], ..Preferences::default() };
        let saved = Preferences {
            dialect: Some(Dialect::Observed),
            graphql_path: Some("/helium".to_owned()),
            key_in: vec!["header".parse().expect("a place")],
            learner_role: vec!["participant".into()],
        };
        let both = own.or(&saved);
        assert_eq!((both.dialect, both.graphql_path.as_deref()), (Some(Dialect::Observed), Some("/helium")));
        let shown: Vec<String> = both.key_in.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["header", "v2=query"]);
    }
}
