//! Writes to one user.

use graphql_drift::printable;
use serde_json::{Map, Value};
use thought_industries::{FieldKind, Step, UserFields, UserKey, UserStatus};
use thought_industries_provision::{insert_field, parse_cell};

use super::confirm::confirm;
use crate::arguments::{Fields, TenantArguments, UsersCommand};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::lock;
use crate::tenant::connect;

/// `ti users create`, `update`, `activate`, `deactivate` and `delete`. Each write is verified.
pub(crate) async fn users(arguments: &TenantArguments, command: UsersCommand) -> Result<(), Failure> {
    let fields = match &command {
        UsersCommand::Create(fields) | UsersCommand::Update { fields, .. } => read(fields)?,
        _ => UserFields::default(),
    };
    let names: Vec<String> = fields.names().map(str::to_owned).collect();
    let status = ["status".to_owned()];
    // The file is opened first, so that no write is made that cannot be recorded.
    let audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let _lock = lock::for_write(&tenant)?;
    let users = tenant.client.users();
    match command {
        UsersCommand::Create(_) => {
            let done = users.create(fields).verify(true).send().await;
            let target = done.as_ref().map_or("unknown", |created| created.id.as_str()).to_owned();
            let created = audit.recorded("users.create", &target, &names, done)?;
            println!("created {}", created.id);
            report_unchecked(created.unchecked());
        }
        UsersCommand::Update { key, .. } => {
            let done = users.update(key.as_str(), fields).verify(true).send().await;
            let updated = audit.recorded("users.update", &key, &names, done)?;
            println!("updated {}", updated.id);
            report_unchecked(updated.unchecked());
        }
        UsersCommand::Activate { key } => {
            let done = users.update_status(key.as_str(), UserStatus::Active).verify(true).send().await;
            audit.recorded("users.update-status", &key, &status, done)?;
            println!("activated {key}");
        }
        UsersCommand::Deactivate { key } => {
            let done = users.deactivate(key.as_str()).await;
            let is_unchanged =
                done.as_ref().is_ok_and(|report| !report.steps.iter().any(|step| matches!(step, Step::Did(_))));
            if is_unchanged {
                audit.record("users.update-status", &key, &status, "no change")?;
                println!("already disabled: {key}");
            } else {
                audit.recorded("users.update-status", &key, &status, done)?;
                println!("deactivated {key}");
            }
        }
        UsersCommand::Delete { key, yes } => {
            let found = users.get(key.as_str()).send().await?;
            let user = found.email.as_deref().unwrap_or(&found.id);
            confirm(&format!("Delete {} and their history permanently?", printable(user)), yes)?;
            // The key may name another user by now; the id is that of the user who was confirmed.
            let done = users.delete(UserKey::Id(found.id.clone())).await;
            audit.recorded("users.delete", &key, &[], done)?;
            println!("deleted {key}");
        }
        UsersCommand::List { .. } | UsersCommand::Get { .. } => {}
    }
    Ok(())
}

/// Reports the written fields that the tenant does not show.
fn report_unchecked(names: &[String]) {
    if !names.is_empty() {
        eprintln!("not checked, since the tenant does not show them: {}", names.join(", "));
    }
}

/// The fields of `--set NAME=VALUE`, parsed as the cells of a roster.
fn read(fields: &Fields) -> Result<UserFields, Failure> {
    let help = "nothing was written; use --set NAME=VALUE with a name of the API, such as firstName or \
                customFields.department";
    let mut set = Map::new();
    for text in &fields.set {
        // The value may be a password, so messages have the name only.
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let wrong = |reason: &str| Failure::new(format!("--set {name}: {reason}"), help);
        if !text.contains('=') {
            return Err(wrong("`=` is missing"));
        }
        let spec = UserFields::spec(name);
        if spec.is_none() && !name.starts_with("customFields.") {
            return Err(wrong(&format!("`{name}` is not a field of a user")));
        }
        let value = parse_cell(name, value).map_err(|reason| wrong(&without_value(&reason)))?;
        let value = match value {
            Some(value) => value,
            None if spec.is_some_and(|spec| spec.kind == FieldKind::TextList) => {
                return Err(wrong("an empty list revokes nothing: list what to keep, and set a replace… flag"));
            }
            None => Value::Null,
        };
        insert_field(&mut set, name, value);
    }
    UserFields::from_json(set).map_err(|error| Failure::new(error.to_string(), help))
}

/// A reason without the value that it quotes.
fn without_value(reason: &str) -> String {
    // The last backtick ends the quotation, since the value may hold one itself.
    match reason.rsplit_once("` ") {
        Some((quoted, rest)) if quoted.starts_with('`') => format!("the value {rest}"),
        _ => reason.to_owned(),
    }
}
