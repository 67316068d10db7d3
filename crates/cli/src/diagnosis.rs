//! What connecting to a tenant has shown, as a document that can be kept, sent and read again.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thought_industries::{Check, Client, Diagnosis, Error, TenantProfile};

use crate::failure::{Failure, with_causes};

/// The version of the document.
const VERSION: u32 = 1;

/// What connecting to a tenant has shown: no key, no host name, and no data of users.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Document {
    /// The version of this format: 1.
    version: u32,
    /// The version of the client that wrote it.
    client_version: String,
    /// What is known about the tenant.
    pub(crate) profile: TenantProfile,
    /// Each request, what came back, and what was concluded.
    pub(crate) checks: Vec<Check>,
    /// Why the tenant cannot be used, if it cannot.
    pub(crate) failure: Option<String>,
}

/// What stands for the host of the tenant.
const HOST: &str = "HOST";

impl Document {
    /// Connects, and keeps what was shown. The error is why the tenant cannot be used.
    pub(crate) async fn of(client: &Client) -> Result<(Self, Option<Error>), Error> {
        let Diagnosis { mut profile, mut checks, failure, .. } = client.diagnose().await?;
        let host = Host::of(client.url());
        for check in &mut checks {
            check.response = host.hidden(&check.response);
            check.conclusion = host.hidden(&check.conclusion);
        }
        let reasons = profile.endpoints.iter_mut().filter_map(|endpoint| endpoint.reason.as_mut());
        let reasons = reasons.chain(profile.demotions.iter_mut().map(|demotion| &mut demotion.reason));
        reasons.for_each(|reason| *reason = host.hidden(reason));
        let document = Self {
            version: VERSION,
            client_version: env!("CARGO_PKG_VERSION").to_owned(),
            profile,
            checks,
            failure: failure.as_ref().map(|error| host.hidden(&with_causes(error))),
        };
        Ok((document, failure))
    }

    /// Reads a document from a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let help = "give a report that `ti doctor -o json` has written";
        let wrong = |reason: String| Failure::new(format!("{}: {reason}", path.display()), help);
        let text = std::fs::read(path).map_err(|error| {
            let reason = format!("cannot read {}: {error}", path.display());
            Failure::new(reason, help)
        })?;
        let document: Self =
            serde_json::from_slice(&text).map_err(|error| wrong(format!("not a report of `ti doctor`: {error}")))?;
        if document.version != VERSION {
            let version = document.version;
            return Err(wrong(format!("the report has version {version}; this `ti` reads version {VERSION}")));
        }
        Ok(document)
    }
}

/// The host of a tenant, which messages may repeat.
struct Host(Vec<String>);

impl Host {
    fn of(url: &str) -> Self {
        let (_, rest) = url.split_once("://").unwrap_or(("", url));
        let authority = rest.trim_end_matches('/');
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        // The longer form first, so that a port does not stay behind.
        Self([authority, host].iter().filter(|name| !name.is_empty()).map(|name| (*name).to_owned()).collect())
    }

    fn hidden(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, name| text.replace(name, HOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_left_out() {
        let host = Host::of("http://learn.acme.example:8443/");
        let text = "cannot connect to learn.acme.example:8443: learn.acme.example is not known";
        assert_eq!(host.hidden(text), "cannot connect to HOST: HOST is not known");
        assert_eq!(Host::of("https://acme.example/").hidden("https://acme.example/helium"), "https://HOST/helium");
    }
}
