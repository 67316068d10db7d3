//! When parts were added, deprecated and removed.

use graphql_drift::history::{html, markdown, text};
use graphql_drift::{History, HistoryBuilder, Levels, Timeline};

use crate::changes::version;

const VERSIONS: [(&str, &str); 4] = [
    ("2026-01-01", "type Query { a: Int b(x: Int): Int old: Old } type Old { x: Int } enum E { A B }"),
    (
        "2026-01-31",
        "type Query { a: Int @deprecated b(x: Int @deprecated): Int new: Int old: Old } type Old { x: Int } enum E { A B }",
    ),
    ("2026-03-01", "type Query { b: Int new: Int @deprecated } enum E { A }"),
    ("2026-03-02", "type Query { a: Int b: Int new: Int } enum E { A @deprecated }"),
];

fn history(has_dates: bool) -> History {
    let mut history = HistoryBuilder::new(Levels::Own, None);
    for (date, sdl) in VERSIONS {
        let mut version = version(sdl);
        version.name = format!("v{date}");
        version.date = date.parse().ok().filter(|_| has_dates);
        history.push(version);
    }
    history.finish()
}

#[test]
fn a_history_says_how_long_parts_were_deprecated() {
    let history = history(true);
    let reported = text(&history, false);
    for line in [
        "4 removed parts: 2 deprecated before, for 29 to 29 days with a median of 29, 2 without notice",
        "`Query.a`: deprecated 2026-01-31, removed 2026-03-01 after 29 days",
        "`Query.b(x:)`: deprecated 2026-01-31, removed 2026-03-01 after 29 days",
        "`E.B`: removed 2026-03-01 without notice",
        "`Query.old`: removed 2026-03-01 without notice",
        "`Old`: removed 2026-03-01",
        "`E.A`: deprecated 2026-03-02, still there",
        "2026-01-01  v2026-01-01",
    ] {
        assert!(reported.contains(line), "{line}: {reported}");
    }
    assert!(!reported.contains("Old.x`: removed"), "{reported}");
    // What is deprecated no longer, or was added later, is not listed.
    assert!(!reported.contains("`Query.new`:"), "{reported}");
    for page in [markdown(&history), html(&history).expect("a page")] {
        assert!(page.contains("2 without notice") && page.contains("2026-01-31 v2026-01-31"), "{page}");
    }
}

#[test]
fn without_dates_there_are_no_days() {
    let reported = text(&history(false), false);
    assert!(reported.contains("4 removed parts: 2 deprecated before, 2 without notice"), "{reported}");
    assert!(reported.contains("`Query.a`: deprecated v2026-01-31, removed v2026-03-01\n"), "{reported}");
}

#[test]
fn a_part_that_comes_back_begins_anew() {
    let mut timeline = Timeline::default();
    for (_, sdl) in VERSIONS {
        timeline.push(&version(sdl));
    }
    assert!(timeline.added("Query.a").is_some(), "it was added again");
    assert!(timeline.added("Query.b").is_none(), "the first version has it");
    assert_eq!(timeline.notice().removed, 4);
    assert_eq!(timeline.deprecated_since("Query.a"), None);
    assert_eq!(Timeline::default().notice().days, None);
}
