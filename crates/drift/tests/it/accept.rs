//! Accepted changes.

use graphql_drift::{Accepted, FailOn, Levels, compare};

use crate::changes::version;

fn report() -> graphql_drift::Report {
    let old = version("type Query { a: Int b: Int c: Int }");
    compare(&old, &version("type Query { c: Int! }"), Levels::Own, None)
}

#[test]
fn what_is_written_is_what_is_accepted() {
    let mut report = report();
    assert_eq!(report.failures(FailOn::Breaking).count(), 2);
    let text = Accepted::additions(&[&report, &report], FailOn::Breaking, "asked \"everybody\"\n");
    insta::assert_snapshot!(text);
    let today = "2026-11-21".parse().expect("a date");
    report.accept(&Accepted::parse(&text).expect("its own text"), today);
    assert_eq!(report.failures(FailOn::Breaking).count(), 0);
    assert_eq!((report.summary.breaking, report.summary.accepted), (2, 2), "totals are of all changes");
    assert_eq!(report.notes, []);
    assert_eq!(Accepted::additions(&[&report], FailOn::Breaking, "again"), "");
}

#[test]
fn an_entry_expires_at_the_end_of_its_day() {
    let fingerprint = report().changes[0].fingerprint.clone();
    let list = format!("[[accept]]\nfingerprint = \"{fingerprint}\"\nreason = \"x\"\nexpires = 2026-06-30\n");
    let list = Accepted::parse(&list).expect("a list");
    let failures = |today: &str| {
        let mut report = report();
        report.accept(&list, today.parse().expect("a date"));
        (
            report.failures(FailOn::Breaking).count(),
            report.notes.into_iter().map(|note| note.message).collect::<Vec<_>>(),
        )
    };
    assert_eq!(failures("2026-06-30"), (1, vec![]));
    assert_eq!(failures("2026-07-01"), (2, vec!["expired on 2026-06-30, so the change counts again".to_owned()]));
}

#[test]
fn an_entry_that_nothing_uses_is_told() {
    let list = "[[accept]]\nfingerprint = \"0123456789ab\"\nreason = \"x\"\nchange = \"FIELD_REMOVED: gone\"\n";
    let mut report = report();
    report.accept(&Accepted::parse(list).expect("a list"), "2026-01-01".parse().expect("a date"));
    assert_eq!(report.notes[0].message, "no change has this fingerprint; remove the entry (FIELD_REMOVED: gone)");
}

#[test]
fn a_list_that_is_none_says_why() {
    let error = |text: &str| Accepted::parse(text).expect_err(text);
    assert!(error("[[accept]]\nfingerprint = 1\n").contains("line 2"), "{}", error("[[accept]]\nfingerprint = 1\n"));
    assert!(error("[[accept]]\nfingerprint = \"0123456789AB\"\nreason = \"x\"").contains("not a fingerprint"));
    assert!(error("[[accept]]\nfingerprint = \"0123456789ab\"\nreason = \" \"").contains("has no reason"));
    assert!(
        error("[[accept]]\nfingerprint = \"0123456789ab\"\nreason = \"x\"\nexpires = \"soon\"")
            .contains("`soon`, which is not a date")
    );
    assert!(error("[[accept]]\nfingerprint = \"0123456789ab\"\nreasn = \"x\"").contains("unknown field `reasn`"));
    let entry = "[[accept]]\nfingerprint = \"0123456789ab\"\nreason = \"x\"\n";
    assert!(error(&entry.repeat(2)).contains("duplicate entry"));
}
