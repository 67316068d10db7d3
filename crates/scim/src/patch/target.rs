//! What the path of an operation names.

use crate::error::{ScimError, ScimType};
use crate::filter::{AttributePath, Filter, check_values, parse_path};
use crate::schema::{Attribute, ENTERPRISE_SCHEMA, Place, ResourceKind, ValueKind};

/// What a path names.
pub(super) enum Target {
    /// All attributes of the extension.
    Extension,
    /// An attribute, some of its values, or a part of these.
    Attribute { place: Place, filter: Option<Filter>, sub: Option<&'static Attribute> },
    /// What the gateway does not keep, or what only the gateway writes.
    Ignored,
}

impl Target {
    /// Reads a path.
    pub(super) fn of(path: &str, kind: ResourceKind) -> Result<Self, ScimError> {
        let (AttributePath { urn, name, sub }, filter) = parse_path(path)?;
        if name.is_empty() {
            let is_extension = urn.is_some_and(|urn| urn.eq_ignore_ascii_case(ENTERPRISE_SCHEMA));
            return Ok(if is_extension && kind == ResourceKind::User { Self::Extension } else { Self::Ignored });
        }
        let Some(place) = kind.find(urn.as_deref(), &name) else { return Ok(Self::Ignored) };
        let attribute = place.attribute;
        if !attribute.is_writable() {
            return Ok(Self::Ignored);
        }
        if let Some(filter) = &filter {
            if attribute.kind != ValueKind::Complex || !attribute.is_multi {
                return Err(wrong(format!("`{}` has no values to filter", attribute.name)));
            }
            check_values(filter, attribute).map_err(|error| wrong(error.detail))?;
        }
        let sub = match sub {
            Some(sub) => match attribute.sub_attribute(&sub) {
                Some(sub) if sub.is_writable() => Some(sub),
                _ => return Ok(Self::Ignored),
            },
            None => None,
        };
        Ok(Self::Attribute { place, filter, sub })
    }
}

fn wrong(detail: String) -> ScimError {
    ScimError::bad_request(ScimType::InvalidPath, detail)
}
