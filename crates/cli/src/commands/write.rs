//! Writes to one person.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use serde_json::{Map, Value, json};
use thought_industries::{UserFields, UserKey, UserStatus};

use crate::arguments::{Fields, GroupsCommand, TenantArguments, UsersCommand};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::output::printable;
use crate::plan::put;
use crate::tenant::connect;

/// `ti users create`, `update`, `activate`, `deactivate` and `delete`. Each write is verified.
pub(crate) async fn users(arguments: &TenantArguments, command: UsersCommand) -> Result<(), Failure> {
    let fields = match &command {
        UsersCommand::Create(fields) | UsersCommand::Update { fields, .. } => Some(read(fields)?),
        _ => None,
    };
    let fields = fields.unwrap_or_default();
    let names: Vec<String> = fields.names().map(str::to_owned).collect();
    let mut audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let users = tenant.client.users();
    match command {
        UsersCommand::Create(_) => {
            let done = users.create(fields).verify(true).send().await;
            let target = done.as_ref().map_or("nobody", |created| created.id.as_str()).to_owned();
            let created = audit.noted("users.create", &target, &names, done)?;
            println!("created {}", created.id);
            tell_unchecked(created.unchecked());
        }
        UsersCommand::Update { who, .. } => {
            let done = users.update(who.as_str(), fields).verify(true).send().await;
            let updated = audit.noted("users.update", &who, &names, done)?;
            println!("updated {}", updated.id);
            tell_unchecked(updated.unchecked());
        }
        UsersCommand::Activate { who } => {
            let done = users.update_status(who.as_str(), UserStatus::Active).verify(true).send().await;
            audit.noted("users.update-status", &who, &["status".to_owned()], done)?;
            println!("activated {who}");
        }
        UsersCommand::Deactivate { who } => {
            let done = users.deactivate(who.as_str()).await;
            let done = audit.noted("users.update-status", &who, &["status".to_owned()], done)?;
            let is_new = done.steps.iter().any(|step| matches!(step, thought_industries::Step::Did(_)));
            println!("{} {who}", if is_new { "deactivated" } else { "was disabled already:" });
        }
        UsersCommand::Delete { who, yes } => {
            let found = users.get(who.as_str()).send().await?;
            let person = found.email.as_deref().unwrap_or(&found.id);
            confirm(&format!("Delete {} and everything they did, for good?", printable(person)), yes)?;
            let done = users.delete(UserKey::Id(found.id.clone())).await;
            audit.noted("users.delete", &who, &[], done)?;
            println!("deleted {who}");
        }
        UsersCommand::List { .. } | UsersCommand::Get { .. } => {}
    }
    Ok(())
}

/// What was written, and the tenant does not show.
fn tell_unchecked(names: &[String]) {
    if !names.is_empty() {
        eprintln!("not checked, since the tenant does not show them: {}", names.join(", "));
    }
}

/// `ti groups`.
pub(crate) async fn groups(arguments: &TenantArguments, command: GroupsCommand) -> Result<(), Failure> {
    let GroupsCommand::Add { group, who } = command;
    let mut audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let done = tenant.client.groups().add_user(&group, who.as_str()).await;
    audit.noted("groups.add-user", &who, std::slice::from_ref(&group), done)?;
    println!("added {who} to {group}");
    Ok(())
}

/// The fields of `--set NAME=VALUE`.
fn read(fields: &Fields) -> Result<UserFields, Failure> {
    let wrong = |text: &str, reason: &str| Failure::CouldNotRun {
        // The value may be a password.
        reason: format!("--set {}: {reason}", text.split('=').next().unwrap_or_default()),
        help: Some("nothing was written; say --set NAME=VALUE, with a name in the API's spelling such as firstName"),
    };
    let mut set = Map::new();
    for text in &fields.set {
        let Some((name, value)) = text.split_once('=') else { return Err(wrong(text, "there is no `=`")) };
        let value = value.trim();
        let value = match name {
            _ if value.is_empty() && is_list(name) => {
                return Err(wrong(
                    text,
                    "a list is not taken away by an empty one: give what stays, and a replace… flag",
                ));
            }
            _ if value.is_empty() => Value::Null,
            "balance" => match value.parse::<f64>() {
                Ok(amount) if amount.is_finite() => json!(amount),
                _ => return Err(wrong(text, "this is no amount")),
            },
            _ if matches!(value, "true" | "false") => json!(value == "true"),
            _ if name.starts_with("replace") => return Err(wrong(text, "say true or false")),
            _ if is_list(name) => {
                json!(value.split(';').map(str::trim).collect::<Vec<_>>())
            }
            _ => json!(value),
        };
        put(&mut set, name, value);
    }
    UserFields::from_json(set).map_err(|error| Failure::CouldNotRun {
        reason: error.to_string(),
        help: Some("nothing was written; names are those of the API, such as firstName or customFields.department"),
    })
}

fn is_list(name: &str) -> bool {
    name.ends_with("Ids") || name.ends_with("Skus") || name.ends_with("Slugs") || name == "groups"
}

/// Asks for a yes on a terminal, and demands `--yes` elsewhere.
pub(crate) fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refuse = |reason: &str| Failure::CouldNotRun {
        reason: reason.to_owned(),
        help: Some("nothing was written; say --yes to go ahead without being asked"),
    };
    if !std::io::stdin().is_terminal() {
        return Err(refuse("nobody is there to be asked"));
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(refuse("it was not confirmed")),
    }
}
