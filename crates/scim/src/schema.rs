//! The attributes that the gateway keeps: one table, from which discovery, parsing, filters, PATCH and projection follow.

mod attributes;
mod discovery;

pub(crate) use discovery::{resource_type, resource_types, schema, schemas, service_provider_config};

/// The URN of the core schema of users.
pub const USER_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the core schema of groups.
pub const GROUP_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the extension for enterprise users.
pub const ENTERPRISE_SCHEMA: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResourceKind {
    /// A user of the tenant.
    User,
    /// A group, which the gateway keeps itself.
    Group,
}

/// The type of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// A time.
    DateTime,
    /// The address of another resource.
    Reference,
    /// An object with sub-attributes.
    Complex,
}

/// Who may write an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mutability {
    /// The gateway alone; what a directory sends is ignored.
    ReadOnly,
    /// A directory.
    ReadWrite,
    /// A directory, once.
    Immutable,
}

/// An attribute, or a sub-attribute.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "RFC 7643 describes attributes this way")]
#[non_exhaustive]
pub struct Attribute {
    /// The name, in the spelling of RFC 7643.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// The type of its values.
    pub kind: ValueKind,
    /// Whether it has several values.
    pub is_multi: bool,
    /// Whether a resource needs it.
    pub is_required: bool,
    /// Whether comparisons distinguish case.
    pub is_case_exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// Whether no two resources have the same value.
    pub is_unique: bool,
    /// The values that are known; others are taken too.
    pub canonical: &'static [&'static str],
    /// What a reference refers to.
    pub references: &'static [&'static str],
    /// The parts of a complex value.
    pub sub: &'static [Attribute],
}

impl Attribute {
    /// The sub-attribute with a name, in any case.
    pub fn sub_attribute(&self, name: &str) -> Option<&'static Attribute> {
        named(self.sub, name)
    }

    /// Whether a directory may write it.
    pub fn is_writable(&self) -> bool {
        self.mutability != Mutability::ReadOnly
    }
}

/// Where an attribute is in a resource.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The attribute.
    pub attribute: &'static Attribute,
    /// Whether it belongs to the extension for enterprise users.
    pub is_extension: bool,
}

impl ResourceKind {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The path of the endpoint.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    /// The URN of the core schema.
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => USER_SCHEMA,
            Self::Group => GROUP_SCHEMA,
        }
    }

    /// The attributes of the core schema.
    pub fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::User => attributes::USER,
            Self::Group => attributes::GROUP,
        }
    }

    /// The attributes of the extension.
    pub fn extension(self) -> &'static [Attribute] {
        match self {
            Self::User => attributes::ENTERPRISE,
            Self::Group => &[],
        }
    }

    /// Finds an attribute by its name in any case, and by the URN of its schema if one is given. Without one, an attribute of
    /// the core schema, a common one, or one of the extension.
    pub fn find(self, urn: Option<&str>, name: &str) -> Option<Place> {
        let is = |known: &str| urn.is_none_or(|urn| urn.eq_ignore_ascii_case(known));
        let core = || named(self.attributes(), name).or_else(|| named(attributes::COMMON, name));
        let core = if is(self.schema()) { core() } else { None };
        let place = |is_extension| move |attribute| Place { attribute, is_extension };
        let extension = || if is(ENTERPRISE_SCHEMA) { named(self.extension(), name) } else { None };
        core.map(place(false)).or_else(|| extension().map(place(true)))
    }
}

/// Splits a name at the known schema that it begins with: `urn:…:2.0:User:department`, or with a dot before the attribute. The
/// rest is empty if the name is the schema itself. A schema that is not known ends at the last colon.
pub(crate) fn split_urn(name: &str) -> (Option<&str>, &str) {
    let is_urn = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
    if !is_urn {
        return (None, name);
    }
    for known in [USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_SCHEMA] {
        let Some((start, rest)) = name.split_at_checked(known.len()) else { continue };
        if start.eq_ignore_ascii_case(known) && (rest.is_empty() || rest.starts_with([':', '.'])) {
            return (Some(start), rest.get(1..).unwrap_or_default());
        }
    }
    let (urn, rest) = name.rsplit_once(':').unwrap_or((name, ""));
    (Some(urn), rest)
}

fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_behind_its_schema_and_not_at_the_dot_of_its_version() {
        let department = format!("{ENTERPRISE_SCHEMA}:department");
        for (name, urn, rest) in [
            ("userName", None, "userName"),
            ("name.givenName", None, "name.givenName"),
            (department.as_str(), Some(ENTERPRISE_SCHEMA), "department"),
            (ENTERPRISE_SCHEMA, Some(ENTERPRISE_SCHEMA), ""),
            ("urn:x:ext:9.1:Thing:color.shade", Some("urn:x:ext:9.1:Thing"), "color.shade"),
        ] {
            assert_eq!(split_urn(name), (urn, rest), "{name}");
        }
        let dotted = format!("{}.department", ENTERPRISE_SCHEMA.to_uppercase());
        assert_eq!(split_urn(&dotted).1, "department");
    }

    #[test]
    fn attributes_are_found_in_any_case_and_only_in_their_schema() {
        let find = |urn, name| {
            let place = ResourceKind::User.find(urn, name)?;
            Some((place.attribute.name, place.is_extension))
        };
        assert_eq!(find(None, "USERNAME"), Some(("userName", false)));
        assert_eq!(find(None, "externalid"), Some(("externalId", false)));
        assert_eq!(find(None, "department"), Some(("department", true)));
        assert_eq!(find(Some(ENTERPRISE_SCHEMA), "userName"), None);
        assert_eq!(find(Some(USER_SCHEMA), "department"), None);
        assert_eq!(find(None, "password"), None);
    }
}
