//! Groups: the gateway keeps them itself, so that every change is done when it is answered.

use serde_json::{Map, Value};

use super::checks::check_version;
use super::users::Change;
use super::{Answer, Gateway};
use crate::connection::Connection;
use crate::error::ScimError;
use crate::schema::ResourceKind;
use crate::store::{GroupRow, Tables, write};
use crate::values::{invalid, merged, missing};
use crate::{patch, values};

impl Gateway {
    /// Creates a group.
    pub(crate) async fn create_group(
        &self,
        connection: &Connection,
        body: Map<String, Value>,
    ) -> Result<Answer, ScimError> {
        let own = connection.clone();
        self.blocking(move |gateway| {
            let desired = values::resource(&body, ResourceKind::Group)?;
            let id = random_id()?;
            write(gateway.store(), |tables| {
                let now = gateway.now();
                let row = GroupRow {
                    connection: own.name.clone(),
                    id: id.clone(),
                    display_name: String::new(),
                    external_id: None,
                    created: now,
                    modified: now,
                };
                let row = gateway.put_group(tables, &own, row, &Map::new(), &desired)?;
                Ok(Answer::new(201, gateway.group_resource(tables, &row, true)?))
            })
        })
        .await
    }

    /// Replaces or patches a group. The group is read and written in one, so that no change is lost to another one.
    pub(crate) async fn change_group(
        &self,
        connection: &Connection,
        id: &str,
        body: Map<String, Value>,
        is_patch: bool,
        if_match: Option<String>,
    ) -> Result<Answer, ScimError> {
        let (own, id) = (connection.clone(), id.to_owned());
        self.blocking(move |gateway| {
            let change = if is_patch { Change::Patch(&body) } else { Change::Put(&body) };
            write(gateway.store(), |tables| {
                let row = tables.group(&own.name, &id)?.ok_or_else(|| ScimError::not_found("Group", &id))?;
                let shown = gateway.group_resource(tables, &row, true)?;
                let version = shown.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str);
                check_version(version.unwrap_or_default(), if_match.as_deref())?;
                let before = values::resource(&shown, ResourceKind::Group)?;
                let desired = match change {
                    Change::Put(body) => merged(&before, body, ResourceKind::Group)?,
                    Change::Patch(body) => patch::patched(&before, body, ResourceKind::Group)?,
                };
                let row = gateway.put_group(tables, &own, row, &before, &desired)?;
                Ok(Answer::new(200, gateway.group_resource(tables, &row, true)?))
            })
        })
        .await
    }

    /// Deletes a group. Its members stay as they are.
    pub(crate) async fn delete_group(
        &self,
        connection: &Connection,
        id: &str,
        if_match: Option<String>,
    ) -> Result<Answer, ScimError> {
        let (own, id) = (connection.clone(), id.to_owned());
        self.blocking(move |gateway| {
            write(gateway.store(), |tables| {
                let row = tables.group(&own.name, &id)?.ok_or_else(|| ScimError::not_found("Group", &id))?;
                if if_match.is_some() {
                    let shown = gateway.group_resource(tables, &row, true)?;
                    let version = shown.get("meta").and_then(|meta| meta.get("version")).and_then(Value::as_str);
                    check_version(version.unwrap_or_default(), if_match.as_deref())?;
                }
                tables.remove_group(&own.name, &id)?;
                Ok(Answer::empty())
            })
        })
        .await
    }

    /// Keeps a group, and returns its row.
    fn put_group(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        row: GroupRow,
        before: &Map<String, Value>,
        desired: &Map<String, Value>,
    ) -> Result<GroupRow, ScimError> {
        if let Some(name) = missing(desired, ResourceKind::Group) {
            return Err(invalid(format!("a group needs `{name}`")));
        }
        let text = |name: &str| desired.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = text("displayName").to_owned();
        let search = crate::filter::Search::DisplayNames(vec![name.to_lowercase()]);
        let others = tables.groups(&connection.name, &search, &crate::store::Window::default())?;
        if others.iter().any(|other| other.id != row.id) {
            return Err(ScimError::conflict(format!("another group has the name `{name}`")));
        }
        let ids = |group: &Map<String, Value>| {
            let members = group.get("members").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let ids = members.iter().map(|member| member.get("value").and_then(Value::as_str).map(str::to_owned));
            ids.collect::<Option<Vec<_>>>()
        };
        let Some(members) = ids(desired) else { return Err(invalid("a member needs its id as `value`")) };
        let there = ids(before).unwrap_or_default();
        let known: std::collections::HashSet<&String> = there.iter().collect();
        for id in members.iter().filter(|id| !known.contains(id)) {
            // A member may come before its user: directories do not wait for one before the other.
            if tables.user(&connection.name, id)?.is_none() && id.len() <= LONGEST_ID {
                continue;
            }
            let is_user = self.visible(tables, connection, id).map(drop);
            is_user.map_err(|error| if error.status == 404 { unknown_member(id) } else { error })?;
        }
        let external_id = Some(text("externalId").to_owned()).filter(|id| !id.is_empty());
        let are_same = members.len() == there.len() && members.iter().all(|id| known.contains(id));
        let is_changed = !are_same || row.display_name != name || row.external_id != external_id;
        let modified = if is_changed { self.now() } else { row.modified };
        let row = GroupRow { display_name: name, external_id, modified, ..row };
        if is_changed {
            tables.put_group(&row, (!are_same).then_some(members.as_slice()))?;
        }
        Ok(row)
    }
}

/// The longest id of a member, in bytes: far more than any id has.
const LONGEST_ID: usize = 255;

fn unknown_member(id: &str) -> ScimError {
    invalid(format!("the member `{id}` is no user whom this connection may manage"))
}

/// An id that no other group has.
fn random_id() -> Result<String, ScimError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        ScimError::internal()
    })?;
    Ok(crate::hex::hex(&bytes))
}
