//! The tenants of a configuration: each with its key's place, and with what differs from the rest of the file.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

/// A tenant of a configuration: a saved one, or one at an address with a variable that holds its key.
///
/// ```toml
/// [[tenants]]
/// tenant = "acme"
/// roster = "acme.csv"
///
/// [[tenants]]
/// url = "https://learn.initech.example"
/// key-env = "INITECH_KEY"
/// config = "initech.toml"
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TenantConfig {
    /// What reports call it; the name or the host of the tenant by default.
    pub name: Option<String>,
    /// The name of a saved tenant.
    pub tenant: Option<String>,
    /// The address, if the tenant is not saved.
    pub url: Option<String>,
    /// The environment variable that holds the key for `url`.
    pub key_env: Option<String>,
    /// The roster, in place of that of the file.
    pub roster: Option<PathBuf>,
    /// Another file with the settings of this tenant, in place of those around it.
    pub config: Option<PathBuf>,
}

impl TenantConfig {
    /// What reports call it: a part of a path, too.
    pub fn label(&self) -> String {
        let host = self.url.as_deref().map(|url| {
            let (_, rest) = url.split_once("://").unwrap_or(("", url));
            rest.split(['/', '?', '#']).next().unwrap_or_default()
        });
        let label = self.name.as_deref().or(self.tenant.as_deref()).or(host).unwrap_or_default();
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "-_.".contains(*letter);
        label.chars().map(|letter| if is_plain(&letter) { letter } else { '-' }).collect()
    }
}

/// What is wrong with the tenants of a file, if anything.
pub(super) fn check(tenants: &[TenantConfig]) -> Result<(), String> {
    let mut labels = BTreeSet::new();
    for (number, own) in (1..).zip(tenants) {
        let wrong = |reason: &str| Err(format!("tenant {number} of [[tenants]]: {reason}"));
        match (&own.tenant, &own.url, &own.key_env) {
            (Some(_), None, None) => {}
            (None, Some(_), Some(variable)) => {
                let is_variable = variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if variable.is_empty() || !is_variable {
                    // The text is not repeated: it may be the key itself.
                    return wrong("`key-env` is not the name of a variable; the key itself is never in the file");
                }
            }
            _ => return wrong("give `tenant`, the name of a saved one, or `url` and `key-env`"),
        }
        let label = own.label();
        if label.is_empty() || label.starts_with(['.', '-']) || label.len() > 100 {
            return wrong("set `name` to a name of letters and digits");
        }
        if !labels.insert(label.to_lowercase()) {
            return wrong("another one has this name; set `name`");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants(text: &str) -> Result<Vec<String>, String> {
        #[derive(Deserialize)]
        struct File {
            tenants: Vec<TenantConfig>,
        }
        let file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        check(&file.tenants)?;
        Ok(file.tenants.iter().map(TenantConfig::label).collect())
    }

    #[test]
    fn a_tenant_is_saved_or_has_an_address_and_a_variable() {
        let text = "[[tenants]]\ntenant = \"acme\"\n[[tenants]]\nurl = \"https://a.example:8443/x\"\nkey-env = \"KEY\"\n\
                    [[tenants]]\ntenant = \"acme\"\nname = \"acme sales\"";
        assert_eq!(tenants(text), Ok(vec!["acme".to_owned(), "a.example-8443".to_owned(), "acme-sales".to_owned()]));
        for (line, reason) in [
            ("", "give `tenant`"),
            ("tenant = \"a\"\nurl = \"https://a.example\"", "give `tenant`"),
            ("url = \"https://a.example\"", "give `tenant`"),
            ("url = \"https://a.example\"\nkey-env = \"planted-key\"", "`key-env` is not the name of a variable"),
            ("url = \"https://a.example\"\nkey = \"planted-key\"", "unknown field `key`"),
            ("tenant = \"..\"", "set `name`"),
            ("tenant = \"a\"\n[[tenants]]\ntenant = \"A\"", "tenant 2 of [[tenants]]: another one"),
        ] {
            let error = tenants(&format!("[[tenants]]\n{line}")).expect_err(line);
            assert!(error.contains(reason) && !error.contains("planted"), "{error}");
        }
    }
}
