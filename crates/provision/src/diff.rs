//! What a row changes of one user. Pure: nothing is read or written here.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{Difference, UserFields};

use crate::desired::DesiredUser;
use crate::licenses::LicenseIndex;
use crate::plan::{Action, Change, Entry, STATUS, joined};
use crate::policy::Policy;
use crate::reason::Reason;

/// What rows are compared by.
#[derive(Debug)]
pub(crate) struct Differ<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) licenses: &'p LicenseIndex,
}

/// What is counted beside the entries.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Fields that the tenant does not show, each with how many rows have them.
    pub(crate) unseen: BTreeMap<String, usize>,
    /// How many users of the roster are disabled and stay so.
    pub(crate) left_disabled: usize,
}

impl Differ<'_> {
    /// What a row changes of the user that it matches; `None` if nothing. `gaps` are the paths that the list of users does
    /// not give.
    pub(crate) fn update(&self, user: &User, gaps: &[String], row: &DesiredUser, notes: &mut Notes) -> Option<Entry> {
        // A roster of all users that are to be there asks for its users to be active.
        let disabled = match row.starts {
            // A user who comes back is not active before their first day.
            Some(_) => row.disabled.filter(|disabled| *disabled),
            None => row.disabled.or(self.policy.deactivate_missing.then_some(false)),
        };
        let mut entry = Entry { line: line_of(row), row: to_row(row, disabled), ..about(Action::Update, user) };
        if let Some(reason) = self.unmanaged_role(row) {
            return Some(entry.left_alone(&reason));
        }
        if row.text("clientId").is_some_and(|client| user.client_id.as_deref() != Some(client)) {
            let reason = "the user belongs to another client, and a move would revoke licenses";
            return Some(entry.left_alone(reason));
        }
        let fields = self.resolve(row, user.client_id.as_deref());
        let fields = fields.and_then(|fields| UserFields::from_json(fields).map_err(|error| error.to_string()));
        let fields = match fields {
            Ok(fields) => fields,
            Err(reason) => return Some(entry.left_alone(&reason)),
        };
        entry.seen = fields.current(user, gaps);
        entry.seen.insert(STATUS.to_owned(), json!(status_of(user)));
        entry.seen.extend(standing(user));
        for difference in fields.differences(user, gaps) {
            // A field that is not shown would be written blindly, and planned again each time.
            if !difference.differs && !self.policy.write_hidden {
                *notes.unseen.entry(difference.name).or_default() += 1;
                continue;
            }
            match change(difference) {
                Ok(change) => entry.changes.push(change),
                Err(reason) => return Some(entry.left_alone(&reason)),
            }
        }
        notes.left_disabled += usize::from(disabled.is_none() && user.disabled == Some(true));
        if let Some(disabled) = disabled.filter(|disabled| *disabled != user.disabled.unwrap_or(false)) {
            entry.action = if disabled { Action::Deactivate } else { Action::Reactivate };
            entry.changes.push(status_change(user, disabled));
        }
        entry.reason = Some(reason_of(entry.action, row));
        // This comes before objections: a row that changes nothing is no problem, whatever the role of the user.
        if entry.changes.is_empty() {
            return None;
        }
        match self.objection(user, &entry) {
            Some(reason) => Some(entry.left_alone(&reason)),
            None => Some(entry),
        }
    }

    /// Why a user cannot be changed.
    fn objection(&self, user: &User, entry: &Entry) -> Option<String> {
        let gives_licenses = entry.fields_changed().any(|field| field.contains("License"));
        if gives_licenses && user.client_id.is_none() && user.manager_user_id.is_some() {
            let reason =
                "the user has a second record to manage with, and a first license would give it a client to manage";
            return Some(reason.to_owned());
        }
        let manages_role = self.policy.manages_role_of(user);
        if manages_role && self.policy.has_in_scope(user) {
            return None;
        }
        Some(match user.role_key.as_deref() {
            Some(_) if manages_role && user.client_id.is_none() => {
                "the user belongs to no client, and --scope names one".to_owned()
            }
            Some(_) if manages_role => "the user belongs to another client than --scope".to_owned(),
            role => format!("the user has the role `{}`, which rosters do not manage", role.unwrap_or("none")),
        })
    }

    /// A user who is in no row and is to be deactivated.
    pub(crate) fn deactivation(user: &User) -> Entry {
        let mut entry = Entry { reason: Some(Reason::NotInRoster), ..about(Action::Deactivate, user) };
        entry.changes.push(status_change(user, true));
        entry.seen.insert(STATUS.to_owned(), json!("active"));
        entry.seen.extend(standing(user));
        entry.row.extend(user.email.clone().map(|email| ("email".to_owned(), json!(email))));
        entry.row.extend(user.external_customer_id.clone().map(|id| ("externalCustomerId".to_owned(), json!(id))));
        entry.row.insert(STATUS.to_owned(), json!("disabled"));
        entry
    }

    /// A row that matches no user. `key` is what it would be matched by.
    pub(crate) fn creation(&self, row: &DesiredUser, key: &str) -> Entry {
        let reason = Some(reason_of(Action::Create, row));
        let mut entry = Entry { line: line_of(row), reason, ..Entry::of(Action::Create) };
        entry.email = row.text("email").map(str::to_owned);
        let scope = self.policy.scope.as_deref();
        let own_client = row.text("clientId");
        let fields = if entry.email.is_none() {
            Err(format!("no user has the id `{key}`, and a user cannot be created without an e-mail address"))
        } else if scope.is_some() && own_client.is_some_and(|own| scope != Some(own)) {
            Err("the row names another client than --scope".to_owned())
        } else {
            self.unmanaged_role(row).map_or_else(|| self.resolve(row, scope.or(own_client)), Err)
        };
        let mut fields = match fields {
            Ok(fields) => fields,
            Err(reason) => return entry.left_alone(&reason),
        };
        // A new user of a scope belongs to its client.
        fields.extend(scope.map(|client| ("clientId".to_owned(), json!(client))));
        for (name, value) in fields {
            match value {
                Value::Object(custom) if name == "customFields" => {
                    let keys = custom.into_iter();
                    let keys = keys.map(|(key, value)| Change::new(format!("customFields.{key}"), Value::Null, value));
                    entry.changes.extend(keys);
                }
                value => entry.changes.push(Change::new(name, Value::Null, value)),
            }
        }
        if row.starts.is_some() {
            if row.disabled.is_none() && !self.policy.deactivate_missing {
                let reason = "the user starts later, and the row has no status: no later plan would activate the user";
                return entry.left_alone(reason);
            }
            entry.changes.push(Change::new(STATUS, Value::Null, json!(status_text(true))));
        }
        entry
    }

    fn unmanaged_role(&self, row: &DesiredUser) -> Option<String> {
        let role = row.text("role").filter(|role| !self.policy.managed_roles.iter().any(|own| own == role))?;
        Some(format!("rosters do not manage the role `{role}`"))
    }

    /// The fields of a row, with ids for the SKUs of licenses: only ids can be compared with what is held. `home` is the
    /// client of the user, to whom the licenses have to belong.
    fn resolve(&self, row: &DesiredUser, home: Option<&str>) -> Result<Map<String, Value>, String> {
        let mut fields = row.fields.clone();
        for (skus, ids) in [("studentLicenseSkus", "studentLicenseIds"), ("managerLicenseSkus", "managerLicenseIds")] {
            let Some(Value::Array(named)) = fields.remove(skus) else { continue };
            let found = named.iter().filter_map(Value::as_str).map(|sku| self.license_of(sku).map(|id| json!(id)));
            let mut found: Vec<Value> = found.collect::<Result<_, _>>()?;
            if let Some(Value::Array(given)) = fields.get(ids) {
                found.extend(given.clone());
            }
            fields.insert(ids.to_owned(), merged(&[], &found));
        }
        // `plan_one` does not read licenses for ids alone; the tenant checks those.
        if self.licenses.is_known {
            let mut home = home.map(str::to_owned);
            let lists = ["studentLicenseIds", "managerLicenseIds"].into_iter();
            let given = lists.flat_map(|list| fields.get(list).and_then(Value::as_array).into_iter().flatten());
            for id in given.filter_map(Value::as_str) {
                let Some((_, client)) = self.licenses.limits.get(id) else {
                    return Err(format!("the license {id} was not found"));
                };
                // A user without a client gets that of the first license, which the others then have to match.
                if home.get_or_insert_with(|| client.clone()) != client {
                    return Err(format!("the license {id} belongs to another client"));
                }
            }
        }
        Ok(fields)
    }

    /// The id of the license with a SKU.
    fn license_of(&self, sku: &str) -> Result<&str, String> {
        match self.licenses.by_sku.get(sku).map(Vec::as_slice) {
            Some([id]) => Ok(id),
            Some([_, ..]) => Err(format!("several licenses have the SKU `{sku}`")),
            _ if self.policy.scope.is_some() => Err(format!("no license of the client has the SKU `{sku}`")),
            _ => Err(format!("no license has the SKU `{sku}`")),
        }
    }
}

/// The change of a field, or why it cannot be changed.
fn change(difference: Difference) -> Result<Change, String> {
    let Difference { name, before, after, .. } = difference;
    let hidden = before.is_none();
    let before = before.unwrap_or_default();
    if !before.is_null() && UserFields::spec(&name).is_some_and(|spec| spec.is_write_once) {
        return Err(format!("`{name}` is write-once and already set"));
    }
    // Access is merged: what is held stays.
    let after = match (&before, after) {
        (Value::Array(held), Value::Array(given)) => merged(held, &given),
        (_, after) => after,
    };
    Ok(Change { hidden, ..Change::new(name, before, after) })
}

pub(crate) fn about(action: Action, user: &User) -> Entry {
    let name = joined(user.first_name.as_deref(), user.last_name.as_deref());
    Entry { id: Some(user.id.clone()), email: user.email.clone(), name, ..Entry::of(action) }
}

/// Why a row leads to an action.
fn reason_of(action: Action, row: &DesiredUser) -> Reason {
    match (action, &row.ended, row.disabled) {
        (Action::Create, ..) => Reason::New,
        (Action::Deactivate, Some(day), _) => Reason::Ends(day.clone()),
        (Action::Deactivate, None, _) => Reason::Disabled,
        (Action::Reactivate, _, Some(false)) => Reason::Active,
        (Action::Reactivate, ..) => Reason::InRoster,
        _ => Reason::Differs,
    }
}

/// The line of a row, if it has one.
pub(crate) fn line_of(row: &DesiredUser) -> Option<u64> {
    (row.line > 0).then_some(row.line)
}

fn status_of(user: &User) -> &'static str {
    status_text(user.disabled.unwrap_or(false))
}

fn status_text(disabled: bool) -> &'static str {
    if disabled { "disabled" } else { "active" }
}

fn status_change(user: &User, disabled: bool) -> Change {
    Change::new(STATUS, json!(status_of(user)), json!(status_text(disabled)))
}

/// The role and the client of a user: the plan is not about a user whose role or client changed since.
pub(crate) fn standing(user: &User) -> impl Iterator<Item = (String, Value)> {
    let role = user.role_key.clone().map(|role| ("role".to_owned(), json!(role)));
    role.into_iter().chain([("clientId".to_owned(), json!(user.client_id))])
}

/// A row as a roster has it, with the status that it asks for.
fn to_row(row: &DesiredUser, disabled: Option<bool>) -> Map<String, Value> {
    let mut fields = row.fields.clone();
    fields.extend(disabled.map(|disabled| (STATUS.to_owned(), json!(status_text(disabled)))));
    fields
}

/// What is held and what is given, each once, in the order of their text.
fn merged(held: &[Value], given: &[Value]) -> Value {
    let mut all = held.to_vec();
    for item in given {
        if !all.contains(item) {
            all.push(item.clone());
        }
    }
    all.sort_by_key(ToString::to_string);
    Value::Array(all)
}
