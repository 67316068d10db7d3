//! In what the own levels differ from graphql-inspector's: all of it stands in `docs/drift-levels.md`, with its reason.

use std::collections::{BTreeMap, BTreeSet};

use graphql_drift::{Kind, Level, Levels, Version, compare, sdl};

use crate::changes::{Case, cases, version};
use crate::mutations::{ALL, base};

/// A kind, the level of graphql-inspector and the own one.
type Row = (String, String, String);

/// The rows of the table in the document.
fn documented() -> BTreeSet<Row> {
    let text = include_str!("../../../../docs/drift-levels.md");
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").collect();
        let is_row = cells.get(1).is_some_and(|cell| Level::ALL.iter().any(|level| level.name() == *cell));
        is_row.then(|| {
            assert_eq!(cells.len(), 5, "when it is so, and by which rule: {line}");
            (cells[0].trim_matches('`').to_owned(), cells[1].to_owned(), cells[2].to_owned())
        })
    };
    text.lines().filter_map(row).collect()
}

/// The changes that both see, with both levels, and where they differ.
fn differing(old: &Version, new: &Version, found: &mut BTreeSet<Row>) {
    let levels = |levels| {
        let mut report = compare(old, new, levels, None);
        // Of every kind, and a paragraph of its own.
        report.changes.retain(|change| !change.reason.contains("no operation can reach"));
        let by_fingerprint = report.changes.into_iter().map(|change| (change.fingerprint, (change.kind, change.level)));
        by_fingerprint.collect::<BTreeMap<String, (Kind, Level)>>()
    };
    let (own, theirs) = (levels(Levels::Own), levels(Levels::GraphqlInspector));
    for (fingerprint, (kind, level)) in &theirs {
        if let Some((_, own)) = own.get(fingerprint)
            && own != level
        {
            found.insert((kind.to_string(), level.to_string(), own.to_string()));
        }
    }
}

#[test]
fn every_difference_is_documented_and_every_row_is_one() {
    let mut found = BTreeSet::new();
    for Case { old, new, .. } in cases() {
        differing(&version(old), &version(new), &mut found);
        differing(&version(new), &version(old), &mut found);
    }
    let old = version(&sdl::print(&base()));
    for mutation in ALL.iter() {
        let new = version(&sdl::print(&mutation.schema));
        differing(&old, &new, &mut found);
        differing(&new, &old, &mut found);
    }
    assert_eq!(found, documented());
    assert!(include_str!("../../../../docs/drift-levels.md").contains("no operation can reach"));
}
