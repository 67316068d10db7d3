//! The report of `ti reconcile` as text and as CSV.

use std::io::Write as _;

use graphql_drift::printable;
use thought_industries_identity::{Finding, FindingKind, FindingState, Fix, Report, Reported, SourceReport};

use crate::failure::Failure;
use crate::output::{Cells, Csv, plain_table};

/// How many findings of each kind the table lists.
const MOST_LISTED: usize = 20;

/// What was compared, in a line.
pub(super) fn headline(report: &Report) -> String {
    let linked: usize = report.counts.linked.values().sum();
    let by: Vec<String> =
        report.counts.linked.iter().map(|(rule, users)| format!("{users} by {}", rule.title())).collect();
    let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
    format!("{} users, {} persons, {linked} linked{by}", report.counts.users, report.counts.persons)
}

/// How many findings are in each state, in a line.
pub(super) fn states(report: &Report) -> String {
    let count = |state| report.findings.iter().filter(|own| own.state == state).count();
    let (accepted, fixed) = (count(FindingState::Accepted), count(FindingState::Fixed));
    format!("{} findings are open, {accepted} accepted, {fixed} fixed", count(FindingState::Open))
}

/// How old a source is, and whether findings rest on it.
pub(super) fn soundness(source: &SourceReport) -> String {
    if source.is_sound { "complete and fresh".to_owned() } else { source.doubts.join("; ") }
}

pub(super) fn age(source: &SourceReport) -> String {
    source.age_hours.map_or_else(|| "unknown".to_owned(), |hours| format!("{hours} h"))
}

/// When a finding began, and what became of it.
pub(super) fn standing(own: &Reported) -> String {
    let since = own.finding.since.as_ref().map(|day| format!("since {day}"));
    let seen = match own.age_days {
        0 => "seen today".to_owned(),
        1 => "seen for 1 day".to_owned(),
        days => format!("seen for {days} days"),
    };
    let state = match (&own.accepted, own.state) {
        (Some(accepted), _) => Some(format!("accepted until {}: {}", accepted.until, accepted.reason)),
        (None, FindingState::Fixed) => Some("fixed".to_owned()),
        (None, _) => (!own.is_judged).then(|| "not judged in this run".to_owned()),
    };
    let reopened = (own.reopened > 0).then(|| format!("reopened {} times", own.reopened));
    since.into_iter().chain([seen]).chain(reopened).chain(state).collect::<Vec<_>>().join(", ")
}

/// What would fix a finding, in a few words.
pub(super) fn fix(finding: &Finding) -> String {
    match &finding.fix {
        Some(Fix::Disable { .. }) => "disable the user".to_owned(),
        Some(Fix::Update { field, value }) => format!("set {field} to {value}"),
        _ => String::new(),
    }
}

/// The report for a terminal.
pub(super) fn table(report: &Report) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", headline(report))?;
    let sources = report.sources.iter().map(|source| {
        vec![
            source.kind.name().to_owned(),
            source.name.clone(),
            source.rows.to_string(),
            age(source),
            soundness(source),
        ]
    });
    writeln!(out, "{}", plain_table(&["source", "name", "rows", "age", "state"], sources.collect()))?;
    for note in report.sources.iter().flat_map(|source| &source.notes).chain(&report.notes) {
        writeln!(out, "note: {}", printable(note))?;
    }
    writeln!(out, "{}", states(report))?;
    for kind in FindingKind::ALL {
        let own: Vec<&Reported> = report.findings.iter().filter(|own| own.finding.kind == kind).collect();
        if own.is_empty() {
            continue;
        }
        writeln!(out, "\n{} ({})", kind.title(), own.len())?;
        for own in own.iter().take(MOST_LISTED) {
            writeln!(out, "  {}  {}  {}", own.finding.key, printable(&own.finding.subject), printable(&standing(own)))?;
            for evidence in &own.finding.evidence {
                writeln!(out, "    {}: {}", evidence.source.name(), printable(&evidence.fact))?;
            }
        }
        if own.len() > MOST_LISTED {
            let more = own.len() - MOST_LISTED;
            writeln!(out, "  and {more} more: `-o json`, `-o csv` and `-o html` list all of them")?;
        }
    }
    if report.seats.seats > 0 {
        let (seats, users) = (report.seats.seats, report.seats.users);
        writeln!(out, "\n{seats} seats of {users} users could be freed")?;
        let licenses = report.seats.licenses.iter().map(|own| {
            let name = own.name.clone().unwrap_or_else(|| own.license.clone());
            vec![name, own.freeable.to_string(), own.taken.to_string(), crate::format::seats(own.limit)]
        });
        writeln!(out, "{}", plain_table(&["license", "to free", "taken", "limit"], licenses.collect()))?;
    }
    Ok(())
}

/// A line for each finding.
pub(super) fn csv(report: &Report, cells: Cells) -> Result<(), Failure> {
    let mut out = Csv::new(cells);
    out.write([
        "key",
        "kind",
        "state",
        "subject",
        "email",
        "account",
        "person",
        "since",
        "firstSeen",
        "ageDays",
        "reopened",
        "judged",
        "acceptedUntil",
        "acceptedReason",
        "evidence",
        "fix",
    ])?;
    for own in &report.findings {
        let finding = &own.finding;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let facts = finding.evidence.iter().map(|own| format!("{}: {}", own.source.name(), own.fact));
        let accepted = own.accepted.as_ref().map(|own| (own.until.clone(), own.reason.clone())).unwrap_or_default();
        let row = [
            finding.key.to_string(),
            finding.kind.name().to_owned(),
            own.state.name().to_owned(),
            finding.subject.clone(),
            text(&finding.email),
            text(&finding.account),
            text(&finding.person),
            text(&finding.since),
            own.first_seen.to_string(),
            own.age_days.to_string(),
            own.reopened.to_string(),
            own.is_judged.to_string(),
            accepted.0,
            accepted.1,
            facts.collect::<Vec<_>>().join("; "),
            fix(finding),
        ];
        out.write(row.iter().map(String::as_str))?;
    }
    out.flush()
}
