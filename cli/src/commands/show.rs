//! `ti show`: a plan, for whoever has to approve it.

use std::fmt::Write as _;
use std::path::Path;

use askama::Template;
use serde_json::Value;

use super::plan::summary;
use crate::failure::Failure;
use crate::output::{Output, printable};
use crate::plan::{Action, Entry, Plan};

pub(crate) fn run(output: Option<Output>, path: &Path) -> Result<(), Failure> {
    let plan = Plan::read(path)?;
    match output {
        None | Some(Output::Text) => print!("{}", text(&plan)),
        Some(Output::Json) => println!("{}", serde_json::to_string_pretty(&plan)?),
        Some(Output::Html) => {
            let page = Page::of(&plan).render().map_err(|error| Failure::could_not_run(&error))?;
            println!("{page}");
        }
        Some(_) => {
            let reason = "a plan is shown as text, json or html".to_owned();
            return Err(Failure::CouldNotRun { reason, help: None });
        }
    }
    Ok(())
}

/// The order in which a reader wants to know: what is taken away first.
const ORDER: [(Action, &str); 6] = [
    (Action::Problem, "Problems, left alone"),
    (Action::Delete, "To delete"),
    (Action::Deactivate, "To deactivate"),
    (Action::Reactivate, "To reactivate"),
    (Action::Update, "To update"),
    (Action::Create, "To create"),
];

fn of(plan: &Plan, action: Action) -> impl Iterator<Item = &Entry> {
    plan.entries.iter().filter(move |entry| entry.action == action)
}

/// The plan for a terminal.
fn text(plan: &Plan) -> String {
    let mut out = format!("{}\n{} · made {}\n", summary(&plan.totals), printable(&plan.tenant), printable(&plan.made));
    for (action, title) in ORDER {
        let mut entries = of(plan, action).peekable();
        if entries.peek().is_none() {
            continue;
        }
        // Writing to a string cannot fail.
        _ = writeln!(out, "\n{title}");
        for entry in entries {
            let line = entry.line.map(|line| format!("  (line {line})")).unwrap_or_default();
            _ = writeln!(out, "  {}{line}", printable(entry.who()));
            if let Some(problem) = &entry.problem {
                _ = writeln!(out, "      {}", printable(problem));
            }
            for change in &entry.changes {
                let told = match &change.before {
                    Value::Null => shown(&change.after),
                    before => format!("{} → {}", shown(before), shown(&change.after)),
                };
                _ = writeln!(out, "      {:<24} {}", printable(&change.field), printable(&told));
            }
        }
    }
    out
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
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
    headline: String,
    digest: String,
    tiles: Vec<Tile>,
    groups: Vec<Group>,
}

/// A number that a reader looks for.
pub(super) struct Tile {
    pub(super) class: &'static str,
    pub(super) count: usize,
    pub(super) what: &'static str,
}

struct Group {
    title: &'static str,
    class: &'static str,
    entries: Vec<Shown>,
}

struct Shown {
    line: String,
    who: String,
    id: String,
    problem: String,
    changes: Vec<Told>,
}

struct Told {
    field: String,
    before: String,
    after: String,
}

impl<'p> Page<'p> {
    fn of(plan: &'p Plan) -> Self {
        let totals = &plan.totals;
        let tiles = [
            ("good", totals.create, "to create"),
            ("cool", totals.update, "to update"),
            ("good", totals.reactivate, "to reactivate"),
            ("bad", totals.deactivate + totals.delete, "to deactivate"),
            ("warn", totals.problems, "with a problem"),
            ("", totals.unchanged, "as they should be"),
        ];
        let groups = ORDER.into_iter().map(|(action, title)| Group {
            title,
            class: action.name(),
            entries: of(plan, action).map(Shown::of).collect(),
        });
        Self {
            plan,
            headline: summary(totals),
            digest: plan.digest.chars().take(12).collect(),
            tiles: tiles.map(|(class, count, what)| Tile { class, count, what }).into(),
            groups: groups.filter(|group| !group.entries.is_empty()).collect(),
        }
    }
}

impl Shown {
    fn of(entry: &Entry) -> Self {
        let changes = entry.changes.iter().map(|change| Told {
            field: change.field.clone(),
            before: if change.before.is_null() { String::new() } else { shown(&change.before) },
            after: shown(&change.after),
        });
        Self {
            line: entry.line.map(|line| line.to_string()).unwrap_or_default(),
            who: entry.who().to_owned(),
            id: entry.id.clone().unwrap_or_default(),
            problem: entry.problem.clone().unwrap_or_default(),
            changes: changes.collect(),
        }
    }
}
