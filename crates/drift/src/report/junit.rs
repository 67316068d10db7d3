//! `JUnit` XML: a test suite for each pair of versions, a test case for each change. It follows the schemas of Ant and of
//! Jenkins, which tools validate against: the first requires attributes, the second is a superset of the rest.

use std::fmt::Write as _;

use super::{FailOn, Report, counted};
use crate::change::Change;
use crate::printable::printable;

/// A test suite.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) cases: Vec<Case>,
}

/// A test case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) outcome: Outcome,
}

/// How a test case ended.
pub(crate) enum Outcome {
    Passed,
    Skipped(String),
    Failed { kind: String, message: String, text: String },
}

/// Formats reports as test results: a change that fails the check is a failure, an accepted change is skipped.
pub fn junit(reports: &[&Report], fail_on: FailOn) -> String {
    let suites = reports.iter().map(|report| {
        let mut cases: Vec<Case> = report.changes.iter().map(|change| case(report, change, fail_on)).collect();
        if cases.is_empty() {
            cases.push(Case { name: "no changes".to_owned(), class: "schema".to_owned(), outcome: Outcome::Passed });
        }
        Suite { name: format!("{} → {}", report.old, report.new), cases }
    });
    write(&suites.collect::<Vec<_>>())
}

fn case(report: &Report, change: &Change, fail_on: FailOn) -> Case {
    let outcome = if let Some(reason) = &change.accepted {
        Outcome::Skipped(format!("accepted: {reason}"))
    } else if fail_on.fails(change) {
        let (file, line) = super::place(report, change);
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let broken = counted(change.broken().count(), "operation");
        Outcome::Failed {
            kind: change.level.name().to_owned(),
            message: change.message.clone(),
            text: format!("{}\n{file}{line}\n{broken} broken\nfingerprint {}", change.reason, change.fingerprint),
        }
    } else {
        Outcome::Passed
    };
    Case {
        name: format!("{} {} {}", change.place(), change.kind, change.fingerprint),
        class: if change.owner.is_empty() { "schema".to_owned() } else { change.owner.clone() },
        outcome,
    }
}

/// Writes suites. The time and the host, which the schema of Ant requires, say nothing of a comparison.
pub(crate) fn write(suites: &[Suite]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (id, suite) in suites.iter().enumerate() {
        let failures = suite.cases.iter().filter(|case| matches!(case.outcome, Outcome::Failed { .. })).count();
        let skipped = suite.cases.iter().filter(|case| matches!(case.outcome, Outcome::Skipped(_))).count();
        // Writing to a string cannot fail, so the results of `write!` can be ignored.
        _ = writeln!(
            out,
            "  <testsuite name=\"{}\" package=\"graphql-drift\" id=\"{id}\" timestamp=\"1970-01-01T00:00:00\" \
             hostname=\"localhost\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\">\n    \
             <properties/>",
            escaped(&suite.name),
            suite.cases.len()
        );
        for case in &suite.cases {
            _ = write!(
                out,
                "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
                escaped(&case.name),
                escaped(&case.class)
            );
            _ = match &case.outcome {
                Outcome::Passed => writeln!(out, "/>"),
                Outcome::Skipped(message) => {
                    writeln!(out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", escaped(message))
                }
                Outcome::Failed { kind, message, text } => {
                    let lines: Vec<String> = text.lines().map(escaped).collect();
                    writeln!(
                        out,
                        ">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>",
                        escaped(kind),
                        escaped(message),
                        lines.join("\n")
                    )
                }
            };
        }
        out.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n");
    }
    out + "</testsuites>\n"
}

/// Text for XML, which cannot represent most control characters.
fn escaped(text: &str) -> String {
    printable(text)
        .chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\u{FFFE}' | '\u{FFFF}' => character.escape_unicode().to_string(),
            other => other.to_string(),
        })
        .collect()
}
