//! `ti scim connection`.

use serde::Serialize;
use thought_industries::Date;
use thought_industries_scim::{Connection, NewToken, ScimError, Store, Token};

use super::{change, existing, looked_up, open};
use crate::arguments::ConnectionCommand;
use crate::failure::Failure;
use crate::output::{Format, List, Row};

pub(super) fn run(format: Format, command: ConnectionCommand) -> Result<(), Failure> {
    match command {
        ConnectionCommand::Add { store, name, domains, client, roles, existing, mapping, replace } => {
            let mut connection = Connection::new(name, domains);
            connection.client = client;
            connection.roles = roles;
            connection.existing = existing;
            connection.mapping = mapping.into_iter().collect();
            checked(&connection)?;
            add(&*open(&store.path)?, &connection, replace)
        }
        ConnectionCommand::List(store) => list(format, &*existing(&store)?),
        ConnectionCommand::Token { store, name, label } => {
            let store = existing(&store)?;
            let connections = looked_up(&*store, |tables| Ok(tables.connections()?))?;
            if !connections.iter().any(|own| own.name == name) {
                return Err(Failure::NotFound(format!("there is no connection `{name}`")));
            }
            println!("{}", make_token(&*store, &name, &label)?.reveal());
            Ok(())
        }
        ConnectionCommand::Revoke { store, name, label } => {
            let is_removed = change(&*existing(&store)?, |tables| Ok(tables.remove_token(&name, &label)?))?;
            if !is_removed {
                return Err(Failure::NotFound(format!("`{name}` has no token `{label}`")));
            }
            println!("the token `{label}` of `{name}` is no longer accepted");
            Ok(())
        }
    }
}

fn checked(connection: &Connection) -> Result<(), Failure> {
    connection.check().map_err(|reason| Failure::new(reason, "nothing was changed; correct the command"))
}

/// Adds a connection, and prints its first token.
fn add(store: &dyn Store, connection: &Connection, replace: bool) -> Result<(), Failure> {
    let is_there = change(store, |tables| {
        let is_there = tables.connections()?.iter().any(|own| own.name == connection.name);
        if !is_there || replace {
            tables.put_connection(connection)?;
        }
        Ok(is_there)
    })?;
    match (is_there, replace) {
        (true, false) => Err(Failure::new(
            format!("there is a connection `{}` already", connection.name),
            "change its settings with --replace, or make another token with `ti scim connection token`",
        )),
        (true, true) => {
            println!("the settings of `{}` were changed", connection.name);
            Ok(())
        }
        (false, _) => {
            println!("{}", make_token(store, &connection.name, "first")?.reveal());
            Ok(())
        }
    }
}

/// Makes a token, which is known to the caller alone.
pub(super) fn make_token(store: &dyn Store, name: &str, label: &str) -> Result<NewToken, Failure> {
    let token = NewToken::random()?;
    let is_new = change(store, |tables| {
        let is_new = !tables.tokens()?.iter().any(|own| own.connection == name && own.label == label);
        if is_new {
            tables.add_token(&Token::new(name, label, token.hash(), Date::now().as_millisecond()))?;
        }
        Ok::<_, ScimError>(is_new)
    })?;
    if is_new {
        return Ok(token);
    }
    Err(Failure::new(
        format!("`{name}` has a token `{label}` already"),
        "use another label, or revoke that token first",
    ))
}

/// A connection and one of its tokens.
#[derive(Default, Serialize)]
struct Shown {
    connection: String,
    domains: String,
    client: Option<String>,
    token: Option<String>,
    used: Option<String>,
}

impl Row for Shown {
    const HEADINGS: &'static [&'static str] = &["connection", "domains", "client", "token", "last used"];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![self.connection.clone(), self.domains.clone(), text(&self.client), text(&self.token), text(&self.used)]
    }
}

fn list(format: Format, store: &dyn Store) -> Result<(), Failure> {
    let (connections, tokens) = looked_up(store, |tables| Ok((tables.connections()?, tables.tokens()?)))?;
    let mut list = List::new::<Shown>(format)?;
    for connection in connections {
        let shown = |token: Option<&Token>| Shown {
            connection: connection.name.clone(),
            domains: connection.domains.join(", "),
            client: connection.client.clone(),
            token: token.map(|token| token.label.clone()),
            used: token.and_then(|token| Date::from_millisecond(token.used?)).map(|date| date.to_string()),
        };
        let own: Vec<&Token> = tokens.iter().filter(|token| token.connection == connection.name).collect();
        if own.is_empty() {
            list.push(&shown(None))?;
        }
        for token in own {
            list.push(&shown(Some(token)))?;
        }
    }
    list.finish()
}
