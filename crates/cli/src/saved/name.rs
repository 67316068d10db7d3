//! The name of a saved tenant.

use std::fmt;
use std::str::FromStr;

/// The name of a saved tenant: a plain file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(String);

/// The longest name, in characters.
const LONGEST: usize = 64;

impl Name {
    /// The name of a tenant with this address: its subdomain or host.
    pub(crate) fn of_url(url: &str) -> Self {
        let (_, rest) = url.split_once("://").unwrap_or(("", url));
        let host = rest.split('/').next().unwrap_or_default();
        // The colons of an IPv6 address do not separate a port.
        let host = match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let host = host.strip_suffix(".thoughtindustries.com").unwrap_or(host);
        let plain: String = host.chars().map(|character| if is_plain(character) { character } else { '-' }).collect();
        plain
            .trim_matches(['.', '-'])
            .chars()
            .take(LONGEST)
            .collect::<String>()
            .parse()
            .unwrap_or_else(|_| Self("tenant".to_owned()))
    }

    #[cfg(any(feature = "keyring", test))]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A leading dot would hide the file, and a leading hyphen would look like a flag.
        let is_name =
            (1..=LONGEST).contains(&text.len()) && text.chars().all(is_plain) && !text.starts_with(['.', '-']);
        if is_name {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "a name has letters, digits, `-`, `_` and `.`, begins with none of `-` and `.`, and has {LONGEST} characters at most"
        ))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_plain_file_name() {
        for name in ["acme", "Acme-2", "learn.acme.example", "a_b"] {
            assert_eq!(name.parse::<Name>().expect("a name").as_str(), name);
        }
        for wrong in ["", ".", "..", "../acme", "a/b", "a\\b", ".hidden", "-v", "two words", "höhe", &"a".repeat(65)] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tenant_is_named_after_its_subdomain_or_host() {
        for (url, name) in [
            ("https://acme.thoughtindustries.com/", "acme"),
            ("https://learn.acme.example/", "learn.acme.example"),
            ("http://127.0.0.1:4711/", "127.0.0.1"),
            ("http://[::1]:4711/", "1"),
            ("http://[::]/", "tenant"),
        ] {
            assert_eq!(Name::of_url(url).as_str(), name);
        }
    }
}
