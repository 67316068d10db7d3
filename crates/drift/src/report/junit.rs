//! `JUnit` XML: a test suite for each pair of versions, a test case for each change.

use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};

use super::{FailOn, Report, counted};
use crate::change::Change;

/// Formats reports as test results: a change that fails the check is a failure, an accepted change is skipped.
///
/// # Errors
/// If a message contains characters that XML cannot represent.
pub fn junit(reports: &[&Report], fail_on: FailOn) -> Result<String, String> {
    let mut suites = Suites::new("graphql-drift");
    for report in reports {
        let mut suite = TestSuite::new(format!("{} → {}", report.old, report.new));
        suite.add_test_cases(report.changes.iter().map(|change| case(report, change, fail_on)));
        if report.changes.is_empty() {
            suite.add_test_case(TestCase::new("no changes", TestCaseStatus::success()));
        }
        suites.add_test_suite(suite);
    }
    suites.to_string().map_err(|error| error.to_string())
}

fn case(report: &Report, change: &Change, fail_on: FailOn) -> TestCase {
    let status = if let Some(reason) = &change.accepted {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("accepted: {reason}"));
        status
    } else if fail_on.fails(change) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let (file, line) = super::place(report, change);
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let broken = change.operations.iter().filter(|operation| operation.status == crate::Status::Broken).count();
        status.set_type(change.level.name()).set_message(change.message.as_str()).set_description(format!(
            "{}\n{file}{line}\n{} broken\nfingerprint {}",
            change.reason,
            counted(broken, "operation"),
            change.fingerprint
        ));
        status
    } else {
        TestCaseStatus::success()
    };
    let mut case = TestCase::new(format!("{} {} {}", change.place(), change.kind, change.fingerprint), status);
    case.set_classname(if change.owner.is_empty() { "schema" } else { &change.owner });
    case
}
