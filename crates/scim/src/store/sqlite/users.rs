//! Users: the roster, and what connections have sent of its users.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection as Database, Row, named_params, params, params_from_iter};
use serde_json::Value;

use super::super::{Done, Person, RosterRow, Scope, UserRow, Window};
use super::StoreError;
use crate::filter::Search;

const COLUMNS: &str = "r.id, r.facts, r.role, r.client, r.created, r.changed, \
     p.user_name, p.external_id, p.document, p.modified, \
     (SELECT json_group_array(json_array(g.id, g.display_name)) FROM member m \
      JOIN grp g ON g.connection = m.connection AND g.id = m.grp WHERE m.connection = ?1 AND m.id = r.id)";

/// Which users a connection sees. A user whom it has linked stays visible when the address moves to another domain.
const SEEN: &str = "NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.id = r.id) \
     AND r.role IN (SELECT value FROM json_each(?2)) \
     AND (?3 IS NULL OR r.client = ?3) \
     AND (?4 IS NULL OR p.id IS NOT NULL OR r.domain IN (SELECT value FROM json_each(?4)))";

fn user_row(row: &Row<'_>, connection: &str) -> Result<UserRow, StoreError> {
    let person = match row.get::<_, Option<String>>(6)? {
        Some(user_name) => Some(Person {
            connection: connection.to_owned(),
            user_name,
            external_id: row.get(7)?,
            document: serde_json::from_str(&row.get::<_, String>(8)?)?,
            modified: row.get(9)?,
        }),
        None => None,
    };
    Ok(UserRow {
        id: row.get(0)?,
        facts: serde_json::from_str(&row.get::<_, String>(1)?)?,
        role: row.get(2)?,
        client: row.get(3)?,
        created: row.get(4)?,
        changed: row.get(5)?,
        person,
        groups: serde_json::from_str(&row.get::<_, String>(10)?)?,
    })
}

pub(super) fn user(database: &Database, connection: &str, id: &str) -> Done<Option<UserRow>> {
    let mut found = database.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM roster r LEFT JOIN person p ON p.connection = ?1 AND p.id = r.id WHERE r.id = ?2"
    ))?;
    let mut rows = found.query([connection, id])?;
    rows.next()?.map(|row| user_row(row, connection)).transpose()
}

/// The values of a scope, for the parameters of `SEEN`.
fn parameters(scope: &Scope) -> Result<Vec<Sql>, StoreError> {
    let domains = scope.domains.as_ref().map(serde_json::to_string).transpose()?;
    Ok(vec![
        Sql::Text(scope.connection.clone()),
        Sql::Text(serde_json::to_string(&scope.roles)?),
        scope.client.clone().map_or(Sql::Null, Sql::Text),
        domains.map_or(Sql::Null, Sql::Text),
    ])
}

pub(super) fn count(database: &Database, scope: &Scope) -> Done<u64> {
    let mut count = database.prepare_cached(&format!(
        "SELECT count(*) FROM roster r LEFT JOIN person p ON p.connection = ?1 AND p.id = r.id WHERE {SEEN}"
    ))?;
    Ok(counted(count.query_row(params_from_iter(parameters(scope)?), |row| row.get(0))?))
}

/// `SQLite` counts in signed numbers.
pub(super) fn counted(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The ids that an index finds; none to look at all users.
fn ids_found(search: &Search) -> Option<(&'static str, &[String])> {
    Some(match search {
        Search::All | Search::DisplayNames(_) | Search::Members(_) => return None,
        Search::Ids(ids) => ("SELECT value AS id FROM json_each(?5)", ids),
        // The user name of a user whom the directory has not named is the address.
        Search::UserNames(names) => (
            "SELECT id FROM person WHERE connection = ?1 AND folded IN (SELECT value FROM json_each(?5)) \
             UNION SELECT id FROM roster WHERE email IN (SELECT value FROM json_each(?5))",
            names,
        ),
        Search::Emails(emails) => (
            "SELECT id FROM address WHERE connection = ?1 AND email IN (SELECT value FROM json_each(?5)) \
             UNION SELECT id FROM roster WHERE email IN (SELECT value FROM json_each(?5))",
            emails,
        ),
        Search::ExternalIds(ids) => {
            ("SELECT id FROM person WHERE connection = ?1 AND external_id IN (SELECT value FROM json_each(?5))", ids)
        }
    })
}

pub(super) fn users(
    database: &Database,
    scope: &Scope,
    search: &Search,
    window: &Window,
    each: &mut dyn FnMut(UserRow) -> bool,
) -> Done<()> {
    let mut values = parameters(scope)?;
    let from = match ids_found(search) {
        // A cross join keeps the order of the tables: the few that the index finds come first.
        Some((ids, wanted)) => {
            values.push(Sql::Text(serde_json::to_string(wanted)?));
            format!("({ids}) s CROSS JOIN roster r ON r.id = s.id")
        }
        None => {
            values.push(Sql::Null);
            "roster r".to_owned()
        }
    };
    let after = match &window.after {
        Some(after) => {
            values.extend([Sql::Integer(after.created), Sql::Text(after.id.clone())]);
            "AND (r.created, r.id) > (?6, ?7)"
        }
        None => {
            values.extend([Sql::Null, Sql::Null]);
            "AND ?5 IS ?5 AND ?6 IS ?6 AND ?7 IS ?7"
        }
    };
    let limit = |number: u64| Sql::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    values.extend([window.take.map_or(Sql::Integer(-1), limit), limit(window.skip)]);
    let mut found = database.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {from} LEFT JOIN person p ON p.connection = ?1 AND p.id = r.id \
         WHERE {SEEN} {after} ORDER BY r.created, r.id LIMIT ?8 OFFSET ?9"
    ))?;
    let mut rows = found.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        if !each(user_row(row, &scope.connection)?) {
            break;
        }
    }
    Ok(())
}

pub(super) fn put_roster(database: &Database, row: &RosterRow) -> Done<()> {
    let email = row.facts.get("email").and_then(Value::as_str).map(|email| email.trim().to_lowercase());
    let domain = email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_owned());
    let mut put = database.prepare_cached(
        "INSERT INTO roster (id, email, domain, role, client, facts, created, changed, written, generation)
         VALUES (:id, :email, :domain, :role, :client, :facts, :created, :seen, :written, :generation)
         ON CONFLICT (id) DO UPDATE SET
            email = excluded.email, domain = excluded.domain, role = excluded.role, client = excluded.client,
            changed = CASE WHEN facts = excluded.facts THEN changed ELSE excluded.changed END,
            facts = excluded.facts, written = coalesce(excluded.written, written),
            generation = max(generation, excluded.generation)",
    )?;
    put.execute(named_params! {
        ":id": row.id,
        ":email": email,
        ":domain": domain,
        ":role": row.role,
        ":client": row.client,
        ":facts": serde_json::to_string(&row.facts)?,
        ":created": row.created,
        ":seen": row.seen,
        ":written": row.is_written.then_some(row.seen),
        ":generation": row.generation,
    })?;
    Ok(())
}

pub(super) fn forget_before(database: &Database, generation: i64, written_before: i64) -> Done<u64> {
    let is_gone = "generation < ?1 AND coalesce(written, 0) < ?2";
    for table in ["person", "address", "member", "tombstone"] {
        let gone = format!("DELETE FROM {table} WHERE id IN (SELECT id FROM roster WHERE {is_gone})");
        database.execute(&gone, [generation, written_before])?;
    }
    Ok(database.execute(&format!("DELETE FROM roster WHERE {is_gone}"), [generation, written_before])? as u64)
}

pub(super) fn persons(database: &Database, each: &mut dyn FnMut(String, Person)) -> Done<()> {
    let mut query = database.prepare_cached(
        "SELECT p.id, p.connection, p.user_name, p.external_id, p.document, p.modified FROM person p
         WHERE NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.id = p.id) ORDER BY p.connection, p.id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let person = Person {
            connection: row.get(1)?,
            user_name: row.get(2)?,
            external_id: row.get(3)?,
            document: serde_json::from_str(&row.get::<_, String>(4)?)?,
            modified: row.get(5)?,
        };
        each(row.get(0)?, person);
    }
    Ok(())
}

pub(super) fn put_person(database: &Database, id: &str, person: &Person) -> Done<()> {
    let mut put = database.prepare_cached(
        "INSERT INTO person (connection, id, user_name, folded, external_id, document, modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (connection, id) DO UPDATE SET
            user_name = excluded.user_name, folded = excluded.folded, external_id = excluded.external_id,
            document = excluded.document, modified = excluded.modified",
    )?;
    put.execute(params![
        person.connection,
        id,
        person.user_name,
        person.user_name.to_lowercase(),
        person.external_id,
        serde_json::to_string(&person.document)?,
        person.modified,
    ])?;
    let own = [person.connection.as_str(), id];
    database.prepare_cached("DELETE FROM address WHERE connection = ?1 AND id = ?2")?.execute(own)?;
    let emails = person.document.get("emails").and_then(Value::as_array);
    let mut add = database.prepare_cached("INSERT INTO address (connection, id, email) VALUES (?1, ?2, ?3)")?;
    for email in emails.into_iter().flatten().filter_map(|entry| entry.get("value")?.as_str()) {
        add.execute(params![person.connection, id, email.to_lowercase()])?;
    }
    Ok(())
}
