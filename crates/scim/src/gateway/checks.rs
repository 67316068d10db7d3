//! What a user has to fulfill before a write is taken.

use serde_json::{Map, Value};

use super::Gateway;
use crate::connection::Connection;
use crate::error::ScimError;
use crate::mapping::address_of;
use crate::schema::ResourceKind;
use crate::store::{Tables, UserRow};
use crate::user::resource;
use crate::values::{invalid, missing};

impl Gateway {
    /// Checks attributes before they are written. An address that was there before is not judged again.
    pub(super) fn check(
        &self,
        connection: &Connection,
        desired: &Map<String, Value>,
        before: Option<&str>,
    ) -> Result<(), ScimError> {
        if let Some(name) = missing(desired, ResourceKind::User) {
            return Err(invalid(format!("a user needs `{name}`")));
        }
        let address = address_of(desired).unwrap_or_default();
        if before.is_some_and(|before| before.eq_ignore_ascii_case(address)) {
            return Ok(());
        }
        if !is_address(address) {
            return Err(invalid(format!("`{address}` is not an e-mail address")));
        }
        if !connection.allows_address(address) {
            let detail = "this connection may not manage users with an address of this domain; an administrator adds domains \
                          with `ti scim connection add`";
            return Err(ScimError::new(403, detail));
        }
        Ok(())
    }

    pub(super) fn check_user_version(
        &self,
        connection: &Connection,
        row: &UserRow,
        if_match: Option<&str>,
    ) -> Result<(), ScimError> {
        let shown = resource(row, connection, self.base());
        let version = shown.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str);
        check_version(version.unwrap_or_default(), if_match)
    }

    pub(super) fn check_unique(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        id: &str,
        desired: &Map<String, Value>,
    ) -> Result<(), ScimError> {
        let text = |name: &str| desired.get(name).and_then(Value::as_str).unwrap_or_default();
        let of_name = tables.id_by_user_name(&connection.name, &text("userName").to_lowercase())?;
        if of_name.is_some_and(|owner| owner != id) {
            return Err(ScimError::conflict(format!("another user has the user name `{}`", text("userName"))));
        }
        let external_id = Some(text("externalId")).filter(|id| !id.is_empty());
        let of_id = external_id.map(|own| tables.id_by_external_id(&connection.name, own)).transpose()?.flatten();
        if of_id.is_some_and(|owner| owner != id) {
            return Err(ScimError::conflict(format!("another user has the external id `{}`", text("externalId"))));
        }
        let address = address_of(desired).unwrap_or_default().to_lowercase();
        let mut owners = tables.ids_by_email(&address)?;
        // Users who have the address already keep it, even if the tenant lets others have it.
        if owners.iter().any(|owner| owner == id) {
            owners.clear();
        }
        if owners.is_empty() { Ok(()) } else { Err(ScimError::conflict("another user has the e-mail address")) }
    }
}

/// Refuses a write to another version than the directory has seen.
pub(super) fn check_version(version: &str, if_match: Option<&str>) -> Result<(), ScimError> {
    let is_wanted = |wanted: &str| {
        let strong = |version: &str| version.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        wanted.trim() == "*" || strong(wanted) == strong(version)
    };
    match if_match {
        Some(wanted) if !wanted.split(',').any(is_wanted) => {
            Err(ScimError::new(412, format!("the resource has the version {version}; read it again")))
        }
        _ => Ok(()),
    }
}

pub(super) fn is_address(text: &str) -> bool {
    thought_industries_provision::is_email(text)
}
