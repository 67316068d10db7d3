//! A plan as an HTML page, for the approver. The entries are compressed in the page, and its script shows a part of them at
//! a time: a page with a row for each of 20,000 entries is too large to send and too slow to scroll.

use std::collections::BTreeMap;
use std::io::Write;

use askama::Template;
use graphql_drift::printable;
use serde_json::{Value, json};
use thought_industries_provision::{Action, Entry, Plan, PlanSource, Policy};

use super::{Group, NO_VALUE, ORDER, origin};
use crate::commands::packed::{packed, script_hash};
use crate::commands::plan::{notes, raised};
use crate::commands::summary::summary;
use crate::commands::tile::Tile;
use crate::failure::Failure;
use crate::format::seats;

/// The script of the page. It has no data: that is a block of its own.
const SCRIPT: &str = concat!(include_str!("../../../templates/rows.js"), include_str!("../../../templates/plan.js"));

#[derive(Template)]
#[template(path = "plan.html")]
pub(super) struct Page<'p> {
    plan: &'p Plan,
    origin: String,
    settings: Vec<String>,
    headline: String,
    notes: Vec<String>,
    tiles: Vec<Tile>,
    raised: Vec<String>,
    seats: Vec<ShownSeats>,
    groups: Vec<Group<'p>>,
    script: &'static str,
    /// The hash by which the page allows the script, and no other one.
    script_hash: String,
    data: String,
}

/// The seats of a license before and after.
struct ShownSeats {
    license: String,
    sku: String,
    limit: String,
    before: i64,
    after: i64,
    is_full: bool,
}

impl<'p> Page<'p> {
    pub(super) fn of(plan: &'p Plan) -> Result<Self, Failure> {
        let totals = &plan.totals;
        let tiles = [
            ("good", totals.create, "to create"),
            ("cool", totals.update, "to update"),
            ("good", totals.reactivate, "to reactivate"),
            ("bad", totals.deactivate + totals.delete, "to deactivate"),
            ("warn", totals.problems, "with a problem"),
            ("", totals.unchanged, "unchanged"),
        ];
        let groups = Group::all(plan)?;
        let shown = plan.seats.iter().map(|own| ShownSeats {
            license: printable(own.label()),
            sku: printable(own.sku.as_deref().unwrap_or_default()),
            limit: seats(own.limit),
            before: own.before,
            after: own.after,
            is_full: own.limit.is_some_and(|limit| limit > 0 && own.after >= limit),
        });
        let raised: Vec<String> = raised(plan).map(|line| printable(&line)).collect();
        let notes = notes(plan).into_iter().map(|line| printable(&line));
        Ok(Self {
            plan,
            origin: printable(&origin(plan)),
            settings: settings(plan),
            headline: summary(totals),
            notes: notes.filter(|line| !raised.contains(line)).collect(),
            tiles: Tile::row(tiles),
            seats: shown.collect(),
            data: data(&groups)?,
            raised,
            groups,
            script: SCRIPT,
            script_hash: script_hash(SCRIPT),
        })
    }

    pub(super) fn write(&self, out: &mut impl Write) -> Result<(), Failure> {
        Ok(self.write_into(out)?)
    }
}

/// What the plan was allowed to do.
fn settings(plan: &Plan) -> Vec<String> {
    let PlanSource::Roster { digest, policy, .. } = &plan.source else { return Vec::new() };
    let Policy { deactivate_missing, scope, managed_roles, write_hidden, .. } = policy;
    let settings = [
        Some(format!("SHA-256 of the roster: {digest}")),
        Some(format!("users who may be changed: role {}", managed_roles.join(", "))),
        scope.as_ref().map(|client| format!("only users of the client {client}")),
        deactivate_missing.then(|| "users who are not in the roster are deactivated".to_owned()),
        write_hidden.then(|| "fields that the tenant does not show are written".to_owned()),
    ];
    settings.into_iter().flatten().map(|line| printable(&line)).collect()
}

/// The texts that many entries share, each with its number.
#[derive(Default)]
struct Numbers(BTreeMap<String, usize>);

impl Numbers {
    fn of(&mut self, text: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(printable(text)).or_insert(next)
    }

    /// The texts in the order of their numbers.
    fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<(usize, &str)> = self.0.iter().map(|(text, number)| (*number, text.as_str())).collect();
        texts.sort_unstable();
        texts.into_iter().map(|(_, text)| text).collect()
    }
}

/// All entries in the order of their groups, as JSON that is compressed and encoded for a page (`templates/plan.js` reads it).
fn data(groups: &[Group<'_>]) -> Result<String, Failure> {
    packed(|out| {
        let (mut fields, mut reasons) = (Numbers::default(), Numbers::default());
        out.write_all(b"{\"rows\":[")?;
        let mut is_first = true;
        for group in groups {
            for entry in group.entries() {
                if !std::mem::take(&mut is_first) {
                    out.write_all(b",")?;
                }
                serde_json::to_writer(&mut *out, &row(&entry?, &mut fields, &mut reasons))?;
            }
        }
        let actions = ORDER.map(|(action, title)| json!([action.name(), title]));
        let rest =
            json!({ "actions": actions, "fields": fields.texts(), "reasons": reasons.texts(), "none": NO_VALUE });
        let rest = rest.to_string();
        out.write_all(b"],")?;
        Ok(out.write_all(rest.strip_prefix('{').unwrap_or(&rest).as_bytes())?)
    })
}

/// An entry: its action, line, address or id, name, reason, problem, and changes. Each change has its field, the value
/// before and after, and 1 if the value before is unknown. The id follows, and then by what the user was found, if that is known.
fn row(entry: &Entry, fields: &mut Numbers, reasons: &mut Numbers) -> Value {
    let action = ORDER.iter().position(|(action, _)| *action == entry.action);
    let changes = entry.changes.iter().map(|change| {
        let hidden = u8::from(change.hidden && change.before.is_null());
        // Of a new user, nothing was there before.
        let is_new = entry.action == Action::Create;
        match (is_new, hidden) {
            (true, _) => json!([fields.of(&change.field), value(&change.after)]),
            (false, 0) => json!([fields.of(&change.field), value(&change.after), value(&change.before)]),
            (false, _) => json!([fields.of(&change.field), value(&change.after), value(&change.before), hidden]),
        }
    });
    let changes: Vec<Value> = changes.collect();
    let name = entry.full_name().map(|name| printable(&name));
    let problem = entry.problem.as_ref().map(|problem| printable(problem));
    let reason = entry.reason.as_ref().map(|reason| reasons.of(&reason.to_string()));
    // The id is the label of a user without an address.
    let id = entry.id.as_ref().filter(|_| entry.email.is_some()).map(|id| printable(id));
    let line = entry.line.unwrap_or_default();
    let mut row = vec![json!(action), json!(line), printable(entry.label()).into(), json!(name), json!(reason)];
    row.extend([json!(problem), changes.into(), json!(id)]);
    row.extend(entry.found_by.map(|found| found.name().into()));
    row.into()
}

/// A value without characters that a reader does not see. Null, an empty text and an empty list stay apart.
fn value(value: &Value) -> Value {
    match value {
        Value::String(text) => printable(text).into(),
        Value::Array(items) => items.iter().map(self::value).collect(),
        Value::Object(_) => printable(&value.to_string()).into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
