//! `ti show`: a plan, for its approver.

mod page;

use std::io::{BufWriter, Write};
use std::path::Path;

use graphql_drift::printable;
use serde_json::Value;
use thought_industries_provision::{Action, Change, Entry, Plan, PlanSource, SeatChange};

use self::page::Page;
use super::plan::notes;
use super::summary::summary;
use crate::failure::Failure;
use crate::format::minute;
use crate::output::Output;

/// With `mark`, only the entry that made the user who has that mark.
pub(crate) fn run(output: Option<Output>, path: &Path, mark: Option<&str>) -> Result<(), Failure> {
    let plan = Plan::read(path)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if let Some(mark) = mark {
        let is_it = |entry: &std::io::Result<Entry>| !matches!(entry, Ok(entry) if entry.mark_value() != Some(mark));
        let found = plan.entries.iter().find(is_it).transpose()?;
        let found = found.ok_or_else(|| Failure::NotFound(format!("no entry of the plan has the mark `{mark}`")))?;
        match output.map(|output| (output, output.name())) {
            None | Some((_, "text")) => write_entry(&mut out, &found)?,
            Some((_, "json")) => {
                serde_json::to_writer_pretty(&mut out, &found)?;
                writeln!(out)?;
            }
            Some((other, _)) => return Err(other.unsupported(&["text", "json"])),
        }
        return Ok(out.flush()?);
    }
    match output.map(|output| (output, output.name())) {
        None | Some((_, "text")) => text(&mut out, &plan)?,
        Some((_, "json")) => {
            serde_json::to_writer_pretty(&mut out, &plan)?;
            writeln!(out)?;
        }
        Some((_, "html")) => Page::of(&plan)?.write(&mut out)?,
        Some((other, _)) => return Err(other.unsupported(&["text", "json", "html"])),
    }
    Ok(out.flush()?)
}

/// The order of the groups: what is revoked comes first.
const ORDER: [(Action, &str); 6] = [
    (Action::Problem, "Problems, left alone"),
    (Action::Delete, "To delete"),
    (Action::Deactivate, "To deactivate"),
    (Action::Reactivate, "To reactivate"),
    (Action::Update, "To update"),
    (Action::Create, "To create"),
];

/// The entries of a plan with the same action, in their order.
struct Group<'p> {
    title: &'static str,
    action: Action,
    plan: &'p Plan,
    places: Vec<usize>,
}

impl<'p> Group<'p> {
    /// All groups that have entries.
    fn all(plan: &'p Plan) -> std::io::Result<Vec<Self>> {
        let mut groups = ORDER.map(|(action, title)| Self { title, action, plan, places: Vec::new() });
        // Groups keep positions, since the entries may be larger than memory.
        for (place, entry) in plan.entries.iter().enumerate() {
            let action = entry?.action;
            groups.iter_mut().filter(|group| group.action == action).for_each(|group| group.places.push(place));
        }
        Ok(groups.into_iter().filter(|group| !group.places.is_empty()).collect())
    }

    /// The entries, read one by one.
    fn entries(&self) -> impl Iterator<Item = std::io::Result<Entry>> {
        self.places.iter().filter_map(|place| self.plan.entries.get(*place).transpose())
    }
}

/// The plan for a terminal.
fn text(out: &mut impl Write, plan: &Plan) -> Result<(), Failure> {
    writeln!(out, "{}\n{} · {}", summary(&plan.totals), printable(&plan.tenant), printable(&origin(plan)))?;
    writeln!(out, "digest {}", plan.digest)?;
    for line in notes(plan) {
        writeln!(out, "{}", printable(&line))?;
    }
    for seats in &plan.seats {
        writeln!(out, "seats of {}", printable(&seats_line(seats)))?;
    }
    for group in Group::all(plan)? {
        writeln!(out, "\n{}", group.title)?;
        for entry in group.entries() {
            write_entry(out, &entry?)?;
        }
    }
    Ok(())
}

fn write_entry(out: &mut impl Write, entry: &Entry) -> Result<(), Failure> {
    let line = entry.line.map(|line| format!("line {line}"));
    let found = entry.found_by.map(|found| format!("found by {}", found.name()));
    let origin: Vec<String> = line.into_iter().chain(found).collect();
    let origin = if origin.is_empty() { String::new() } else { format!("  ({})", origin.join(", ")) };
    writeln!(out, "  {}{origin}", printable(entry.label()))?;
    let about = [entry.full_name(), entry.reason.as_ref().map(ToString::to_string)].into_iter().flatten();
    let about: Vec<String> = about.collect();
    if !about.is_empty() {
        writeln!(out, "      {}", printable(&about.join(" · ")))?;
    }
    if let Some(problem) = &entry.problem {
        writeln!(out, "      {}", printable(problem))?;
    }
    for change in &entry.changes {
        let text = match before(change) {
            // Of a new user, nothing was there before.
            None if entry.action == Action::Create => shown(&change.after),
            None => format!("{NO_VALUE} → {}", shown(&change.after)),
            Some(before) => format!("{before} → {}", shown(&change.after)),
        };
        writeln!(out, "      {:<24} {}", printable(&change.field), printable(&text))?;
    }
    Ok(())
}

/// When, by which user and from what the plan was made, and until when it holds.
fn origin(plan: &Plan) -> String {
    let by = plan.made_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let from = match &plan.source {
        PlanSource::Roster { name, matched_by, .. } => format!("from {name}, matched by {matched_by}"),
        _ => "rolls back a run".to_owned(),
    };
    let expires = plan.expires.map(|expires| format!(" · expires {}", minute(expires))).unwrap_or_default();
    format!("made {}{by} · {from}{expires}", minute(plan.made))
}

/// The seats of a license before and after the plan.
fn seats_line(seats: &SeatChange) -> String {
    let limit = seats.limit.filter(|limit| *limit > 0).map(|limit| format!(" of {limit}")).unwrap_or_default();
    format!("{}: {} → {}{limit}", seats.label(), seats.before, seats.after)
}

/// How a field without a value is shown.
const NO_VALUE: &str = "(no value)";

/// The old value, if there was one.
fn before(change: &Change) -> Option<String> {
    match &change.before {
        Value::Null if change.hidden => Some("(unknown)".to_owned()),
        Value::Null => None,
        before => Some(shown(before)),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => NO_VALUE.to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
