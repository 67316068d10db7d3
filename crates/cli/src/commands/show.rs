//! `ti show`: a plan, for its approver.

use std::io::{BufWriter, Write};
use std::path::Path;

use askama::Template;
use graphql_drift::printable;
use serde_json::Value;
use thought_industries_provision::{Action, Change, Entry, Plan, PlanSource};

use super::plan::{notes, summary};
use super::tile::Tile;
use crate::failure::Failure;
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
        Some((_, "html")) => Page::of(&plan)?.write_into(&mut out)?,
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

    fn shown(&self) -> impl Iterator<Item = std::io::Result<Shown>> {
        self.entries().map(|entry| Ok(Shown::of(&entry?)))
    }
}

/// The plan for a terminal.
fn text(out: &mut impl Write, plan: &Plan) -> Result<(), Failure> {
    writeln!(out, "{}\n{} · made {}", summary(&plan.totals), printable(&plan.tenant), plan.made)?;
    writeln!(out, "digest {}", plan.digest)?;
    for line in notes(plan) {
        writeln!(out, "{}", printable(&line))?;
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
    let about: Vec<String> = line.into_iter().chain(found).collect();
    let about = if about.is_empty() { String::new() } else { format!("  ({})", about.join(", ")) };
    writeln!(out, "  {}{about}", printable(entry.label()))?;
    if let Some(problem) = &entry.problem {
        writeln!(out, "      {}", printable(problem))?;
    }
    for change in &entry.changes {
        let text = match before(change) {
            None => shown(&change.after),
            Some(before) => format!("{before} → {}", shown(&change.after)),
        };
        writeln!(out, "      {:<24} {}", printable(&change.field), printable(&text))?;
    }
    Ok(())
}

/// What the plan was made from.
fn source(source: &PlanSource) -> String {
    match source {
        PlanSource::Roster { name, matched_by, .. } => format!("from {name}, matched by {matched_by}"),
        _ => "rolls back a run".to_owned(),
    }
}

/// The old value, if there was one.
fn before(change: &Change) -> Option<String> {
    match &change.before {
        Value::Null if change.hidden => Some("unknown".to_owned()),
        Value::Null => None,
        before => Some(shown(before)),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[derive(Template)]
#[template(path = "plan.html")]
struct Page<'p> {
    plan: &'p Plan,
    source: String,
    headline: String,
    notes: Vec<String>,
    tiles: Vec<Tile>,
    groups: Vec<Group<'p>>,
}

struct Shown {
    line: String,
    who: String,
    id: String,
    problem: String,
    changes: Vec<ShownChange>,
}

struct ShownChange {
    field: String,
    before: String,
    after: String,
}

impl<'p> Page<'p> {
    fn of(plan: &'p Plan) -> std::io::Result<Self> {
        let totals = &plan.totals;
        let tiles = [
            ("good", totals.create, "to create"),
            ("cool", totals.update, "to update"),
            ("good", totals.reactivate, "to reactivate"),
            ("bad", totals.deactivate + totals.delete, "to deactivate"),
            ("warn", totals.problems, "with a problem"),
            ("", totals.unchanged, "unchanged"),
        ];
        Ok(Self {
            plan,
            source: source(&plan.source),
            headline: summary(totals),
            notes: notes(plan),
            tiles: Tile::row(tiles),
            groups: Group::all(plan)?,
        })
    }
}

impl Shown {
    fn of(entry: &Entry) -> Self {
        let changes = entry.changes.iter().map(|change| ShownChange {
            field: printable(&change.field),
            before: printable(&before(change).unwrap_or_default()),
            after: printable(&shown(&change.after)),
        });
        Self {
            line: entry.line.map(|line| line.to_string()).unwrap_or_default(),
            who: printable(entry.label()),
            id: entry.id.clone().unwrap_or_default(),
            problem: printable(entry.problem.as_deref().unwrap_or_default()),
            changes: changes.collect(),
        }
    }
}
