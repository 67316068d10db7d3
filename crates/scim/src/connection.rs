//! Connections: the directories that may use the gateway, and what each of them may do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A directory that may use the gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Connection {
    /// The name, which is unique in a store.
    pub name: String,
    /// The domains of the addresses that users may have; `*` for any.
    pub domains: Vec<String>,
    /// The client that new users join, and whose users are seen; all users if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The role keys of users who are seen and changed; those of learners if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// What a creation of a user who exists already does.
    #[serde(default)]
    pub existing: Existing,
    /// Where attributes without a home of their own are written, by their names: a field of the tenant, such as `ref1` or
    /// `customFields.department`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: BTreeMap<Mapped, String>,
}

/// What a creation of a user does who exists in the tenant and was not provisioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Existing {
    /// The user is linked to the directory and changed.
    #[default]
    Link,
    /// The creation is refused with 409.
    Refuse,
}

/// The attributes that a connection may map to a field of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Mapped {
    /// The id in the directory.
    ExternalId,
    /// The language.
    PreferredLanguage,
    /// The title of the position.
    Title,
    /// The relation to the organization.
    UserType,
    /// The number of the employee.
    EmployeeNumber,
    /// The cost center.
    CostCenter,
    /// The organization.
    Organization,
    /// The division.
    Division,
    /// The department.
    Department,
}

impl Mapped {
    /// The attribute.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::ExternalId => "externalId",
            Self::PreferredLanguage => "preferredLanguage",
            Self::Title => "title",
            Self::UserType => "userType",
            Self::EmployeeNumber => "employeeNumber",
            Self::CostCenter => "costCenter",
            Self::Organization => "organization",
            Self::Division => "division",
            Self::Department => "department",
        }
    }

    /// Whether it belongs to the extension for enterprise users.
    pub fn is_extension(self) -> bool {
        !matches!(self, Self::ExternalId | Self::PreferredLanguage | Self::Title | Self::UserType)
    }
}

/// Whether attributes may be mapped to a field.
fn is_free(field: &str) -> bool {
    let is_custom = field.strip_prefix("customFields.").is_some_and(|key| !key.is_empty() && !key.contains('.'));
    let number = field.strip_prefix("ref").and_then(|number| number.parse::<u8>().ok());
    is_custom
        || ["externalCustomerId", "language"].contains(&field)
        || number.is_some_and(|number| (1..=10).contains(&number) && field == format!("ref{number}"))
}

impl Connection {
    /// A connection for users of these domains.
    pub fn new(name: impl Into<String>, domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let domains = domains.into_iter().map(|domain| domain.into().trim().trim_start_matches('@').to_lowercase());
        Self {
            name: name.into(),
            domains: domains.collect(),
            client: None,
            roles: Vec::new(),
            existing: Existing::default(),
            mapping: BTreeMap::new(),
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn check(&self) -> Result<(), String> {
        let is_name = |name: &str| {
            let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !name.is_empty() && name.len() <= 40 && name.bytes().all(is_known)
        };
        if !is_name(&self.name) {
            return Err(format!("`{}` is not a name of a connection: use a-z, 0-9 and -, 40 at most", self.name));
        }
        if self.domains.is_empty() {
            return Err("a connection needs the domains of its users, or `*` for any".to_owned());
        }
        let is_domain = |domain: &String| domain == "*" || (domain.contains('.') && !domain.contains(['@', ' ', '/']));
        if let Some(wrong) = self.domains.iter().find(|domain| !is_domain(domain)) {
            return Err(format!("`{wrong}` is not a domain; write one such as example.com"));
        }
        for (attribute, field) in &self.mapping {
            if !is_free(field) {
                let attribute = attribute.attribute();
                return Err(format!(
                    "`{attribute}` cannot be written to `{field}`: map it to ref1 to ref10, externalCustomerId, language, or \
                     customFields.KEY"
                ));
            }
        }
        let mut fields: Vec<&String> = self.mapping.values().collect();
        fields.sort_unstable();
        match fields.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(format!("two attributes are written to `{}`", pair.first().map_or("", |field| field))),
            None => Ok(()),
        }
    }

    /// Whether users may have an address.
    pub fn allows_address(&self, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        let domain = domain.to_lowercase();
        self.domains.iter().any(|own| own == "*" || *own == domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_harm_are_refused() {
        let good = Connection::new("okta", ["Example.com", "@b.example"]);
        assert_eq!(
            (good.check(), good.domains.as_slice()),
            (Ok(()), ["example.com".into(), "b.example".into()].as_slice())
        );
        let mapped = |field: &str| {
            let mapping = BTreeMap::from([(Mapped::Department, field.to_owned())]);
            Connection { mapping, ..good.clone() }.check()
        };
        for field in ["ref1", "ref10", "externalCustomerId", "language", "customFields.department"] {
            assert_eq!(mapped(field), Ok(()), "{field}");
        }
        for field in ["ref11", "ref01", "role", "email", "customFields.", "studentLicenseIds", "password"] {
            assert!(mapped(field).expect_err(field).contains("ref1 to ref10"), "{field}");
        }
        for (name, domain) in
            [("Okta", "a.example"), ("", "a.example"), ("a b", "a.example"), ("okta", "example"), ("okta", "a@b.c")]
        {
            assert!(Connection::new(name, [domain]).check().is_err(), "{name} {domain}");
        }
        assert!(Connection::new("okta", Vec::<String>::new()).check().is_err());
        let twice = BTreeMap::from([(Mapped::Department, "ref1".to_owned()), (Mapped::Title, "ref1".to_owned())]);
        assert!(Connection { mapping: twice, ..good }.check().expect_err("twice").contains("ref1"));
    }

    #[test]
    fn addresses_are_allowed_by_their_whole_domain() {
        let connection = Connection::new("okta", ["example.com"]);
        for (address, is_allowed) in [
            ("ada@example.com", true),
            ("Ada@EXAMPLE.COM", true),
            ("ada@sub.example.com", false),
            ("ada@notexample.com", false),
            ("ada@example.com@evil.example", false),
            ("example.com", false),
        ] {
            assert_eq!(connection.allows_address(address), is_allowed, "{address}");
        }
        assert!(Connection::new("any", ["*"]).allows_address("ada@any.example"));
    }
}
