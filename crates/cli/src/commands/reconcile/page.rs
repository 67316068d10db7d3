//! The report of `ti reconcile` as an HTML page, for an auditor.

use askama::Template;
use graphql_drift::printable;
use serde_json::{Value, json};
use thought_industries_identity::{FindingKind, FindingState, Report, Reported, RunRecord};

use super::super::packed::{packed, script_hash};
use super::super::tile::Tile;
use super::shown::{age, fix, headline, soundness, standing, states};
use crate::failure::Failure;
use crate::format::seats;

/// The script of the page. It has no data: that is a block of its own.
const SCRIPT: &str =
    concat!(include_str!("../../../templates/rows.js"), include_str!("../../../templates/reconcile.js"));

/// How many runs the page shows.
const MOST_RUNS: usize = 30;

#[derive(Template)]
#[template(path = "reconcile.html")]
pub(super) struct Page {
    tenant: String,
    made: String,
    states: String,
    headline: String,
    tiles: Vec<Tile>,
    notes: Vec<String>,
    sources: Vec<ShownSource>,
    findings: Vec<ShownKind>,
    seats: Vec<ShownSeats>,
    seats_line: String,
    runs: Vec<ShownRun>,
    script: &'static str,
    script_hash: String,
    data: String,
}

struct ShownSource {
    kind: &'static str,
    name: String,
    rows: usize,
    age: String,
    state: String,
    is_sound: bool,
}

/// A kind of finding that occurs.
struct ShownKind {
    name: &'static str,
    title: &'static str,
    count: usize,
}

struct ShownSeats {
    license: String,
    freeable: usize,
    taken: usize,
    limit: String,
}

struct ShownRun {
    made: String,
    open: usize,
    /// In percent of the run with the most open findings.
    percent: usize,
    accepted: usize,
    fixed: usize,
    users: usize,
    seats: usize,
}

impl Page {
    pub(super) fn of(report: &Report) -> Result<Self, Failure> {
        let open = |kind| report.open.get(&kind).copied().unwrap_or_default();
        let linked = report.counts.linked.values().sum();
        let tiles = [
            ("cool", linked, "users linked"),
            ("bad", open(FindingKind::Leaver), "leavers active"),
            ("bad", open(FindingKind::AdminWithoutPerson), "administrators without a person"),
            ("warn", open(FindingKind::Orphan), "users without a person"),
            ("warn", open(FindingKind::Ambiguous) + open(FindingKind::Duplicate), "ambiguous or duplicate"),
            ("", report.seats.seats, "seats to free"),
        ];
        let sources = report.sources.iter().map(|source| ShownSource {
            kind: source.kind.title(),
            name: printable(&source.name),
            rows: source.rows,
            age: age(source),
            state: printable(&soundness(source)),
            is_sound: source.is_sound,
        });
        let count = |kind| report.findings.iter().filter(|own| own.finding.kind == kind).count();
        let kinds =
            FindingKind::ALL.map(|kind| ShownKind { name: kind.name(), title: kind.title(), count: count(kind) });
        let licenses = report.seats.licenses.iter().map(|own| ShownSeats {
            license: printable(own.name.as_deref().unwrap_or(&own.license)),
            freeable: own.freeable,
            taken: own.taken,
            limit: seats(own.limit),
        });
        let notes = report.sources.iter().flat_map(|source| &source.notes).chain(&report.notes);
        Ok(Self {
            tenant: printable(&report.tenant),
            made: report.made.to_string(),
            states: states(report),
            headline: headline(report),
            tiles: Tile::row(tiles),
            notes: notes.map(|note| printable(note)).collect(),
            sources: sources.collect(),
            findings: kinds.into_iter().filter(|kind| kind.count > 0).collect(),
            seats: licenses.collect(),
            seats_line: format!("{} seats of {} users.", report.seats.seats, report.seats.users),
            runs: runs(&report.runs),
            script: SCRIPT,
            script_hash: script_hash(SCRIPT),
            data: data(&report.findings)?,
        })
    }
}

/// The last runs, the newest first.
fn runs(all: &[RunRecord]) -> Vec<ShownRun> {
    let open = |run: &RunRecord| run.open.values().sum::<usize>();
    let last = || all.iter().rev().take(MOST_RUNS);
    let most = last().map(open).max().unwrap_or_default().max(1);
    let shown = last().map(|run| ShownRun {
        made: run.made.to_string().chars().take(16).collect::<String>().replace('T', " "),
        open: open(run),
        percent: open(run) * 100 / most,
        accepted: run.accepted,
        fixed: run.fixed,
        users: run.users,
        seats: run.seats,
    });
    shown.collect()
}

/// The findings, as `templates/reconcile.js` reads them.
fn data(findings: &[Reported]) -> Result<String, Failure> {
    packed(|out| {
        let rows: Vec<Value> = findings.iter().map(row).collect();
        let kinds = FindingKind::ALL.map(|kind| json!([kind.name(), kind.title()]));
        Ok(serde_json::to_writer(out, &json!({ "rows": rows, "kinds": kinds }))?)
    })
}

/// A finding: its kind, state, key, subject, standing, age, facts, and fix.
fn row(own: &Reported) -> Value {
    let kind = FindingKind::ALL.iter().position(|kind| *kind == own.finding.kind);
    let facts: Vec<Value> =
        own.finding.evidence.iter().map(|own| json!([own.source.name(), printable(&own.fact)])).collect();
    let fix = if own.state == FindingState::Open { printable(&fix(&own.finding)) } else { String::new() };
    let key = own.finding.key.as_str();
    json!([
        kind,
        own.state.name(),
        key,
        printable(&own.finding.subject),
        printable(&standing(own)),
        own.age_days,
        facts,
        fix
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_needs_nothing_that_the_page_forbids() {
        for forbidden in ["</script", "innerHTML", "eval(", "fetch(", "import(", "onclick"] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
    }
}
