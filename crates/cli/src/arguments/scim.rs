//! `ti scim`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use thought_industries_scim::{Existing, Mapped};

#[derive(Debug, Subcommand)]
pub(crate) enum ScimCommand {
    /// Answer directories, and carry out what they ask for
    ///
    /// Reads are answered from the store, which is filled from the tenant first. With --sandbox, the gateway has a tenant, a
    /// store and a connection of its own, and the first line of its output is `{"url","token"}`.
    Serve(ServeArguments),
    /// Add and change the directories that may use the gateway
    #[command(subcommand)]
    Connection(ConnectionCommand),
    /// Send a gateway the first requests of directories, and explain each answer
    ///
    /// The token of a connection is read from the environment variable `TI_SCIM_TOKEN`. The requests read, unless --create
    /// names an address. Exit code 1 if a directory would not be satisfied.
    Doctor(ScimDoctorArguments),
    /// Make the token for the page of the operator, and print it, once; an earlier one is no longer accepted
    Operator(StoreFile),
    /// Show the connections, the roster, and what waits
    Status(StoreFile),
    /// Show the writes that have not ended, and those that failed
    Queue(StoreFile),
    /// Show the last requests that changed something, without values
    Audit {
        #[command(flatten)]
        store: StoreFile,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
    /// Look for damage in the store
    Verify(StoreFile),
    /// Copy the store to a new file, while the gateway runs
    Backup {
        #[command(flatten)]
        store: StoreFile,
        /// The new file
        file: PathBuf,
    },
    /// Carry out the deactivations that the brake holds
    Release {
        #[command(flatten)]
        store: StoreFile,
        /// Only those of this connection
        connection: Option<String>,
    },
}

/// The store of the gateway.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreFile {
    /// The store of the gateway
    #[arg(long = "store", value_name = "FILE", default_value = "scim.db")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The store of the gateway [default: scim.db; with --sandbox, a temporary file]
    #[arg(long, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    /// The settings of the gateway
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address to listen on. Name a certificate with --tls-cert, or put a proxy that has one in front
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// A certificate in PEM, followed by those of its issuers. It is read at the start
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve operators here: a page at `/` behind the token of `ti scim operator`, `/health`, and `/metrics` for Prometheus
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) operations: Option<SocketAddr>,
    /// Answer as if writes were carried out, and write nothing: neither to the tenant nor to the store
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ScimDoctorArguments {
    /// The address that directories have, such as `https://scim.example.com/scim/v2`
    pub(crate) address: reqwest::Url,
    /// Only what this directory sends [default: all]
    #[arg(long)]
    pub(crate) directory: Option<Directory>,
    /// Create a user with this address and a group, as the test of `JumpCloud` does, and remove both: the user stays in the tenant, disabled
    #[arg(long, value_name = "EMAIL")]
    pub(crate) create: Option<String>,
}

/// A directory whose requests are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Directory {
    Okta,
    Entra,
    Onelogin,
    Jumpcloud,
    Google,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Add a connection, and print its token, once
    Add {
        #[command(flatten)]
        store: StoreFile,
        /// The name: a-z, 0-9 and -
        name: String,
        /// The domains of the addresses that users may have, separated by commas; `*` for any
        #[arg(long, value_name = "DOMAINS", value_delimiter = ',', required = true)]
        domains: Vec<String>,
        /// The client that new users join, and whose users are seen
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        /// The role keys of users who are seen and changed, separated by commas [default: those of learners]
        #[arg(long, value_name = "KEYS", value_delimiter = ',')]
        roles: Vec<String>,
        /// What a creation of a user does who exists already
        #[arg(long, value_name = "link|refuse", default_value = "link", value_parser = existing)]
        existing: Existing,
        /// Write an attribute to a field, such as `department=customFields.department` or `employeeNumber=ref1`; may be repeated
        #[arg(long = "map", value_name = "ATTRIBUTE=FIELD", value_parser = mapping)]
        mapping: Vec<(Mapped, String)>,
        /// Change the settings of a connection that exists; its tokens stay
        #[arg(long)]
        replace: bool,
    },
    /// List the connections with their tokens' labels
    List(StoreFile),
    /// Make another token for a connection, and print it, once
    Token {
        #[command(flatten)]
        store: StoreFile,
        /// The connection
        name: String,
        /// What to call the token
        #[arg(long)]
        label: String,
    },
    /// Remove a token of a connection
    Revoke {
        #[command(flatten)]
        store: StoreFile,
        /// The connection
        name: String,
        /// The token
        #[arg(long)]
        label: String,
    },
}

fn existing(text: &str) -> Result<Existing, String> {
    named(text).map_err(|()| format!("`{text}` is neither `link` nor `refuse`"))
}

fn mapping(text: &str) -> Result<(Mapped, String), String> {
    let Some((attribute, field)) = text.split_once('=') else {
        return Err("write ATTRIBUTE=FIELD, such as department=ref1".to_owned());
    };
    let attribute = named(attribute).map_err(|()| {
        format!(
            "`{attribute}` cannot be mapped; these can: externalId, preferredLanguage, title, userType, employeeNumber, \
             costCenter, organization, division, department"
        )
    })?;
    Ok((attribute, field.to_owned()))
}

/// A value by its name in settings.
fn named<T: serde::de::DeserializeOwned>(name: &str) -> Result<T, ()> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_mapped_by_name() {
        assert_eq!(mapping("department=customFields.team"), Ok((Mapped::Department, "customFields.team".to_owned())));
        assert!(mapping("department").expect_err("no field").contains("ATTRIBUTE=FIELD"));
        assert!(mapping("email=ref1").expect_err("no attribute").contains("employeeNumber"));
        assert_eq!(existing("refuse"), Ok(Existing::Refuse));
        assert!(existing("ask").is_err());
    }
}
