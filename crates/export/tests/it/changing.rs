//! Lists that change while they are read.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use thought_industries_export::{Completeness, Export, Manifest, Selection};

use crate::support::{Tenant, lines, user};

const USERS: usize = 21;

/// A change before a request.
#[derive(Debug, Clone)]
enum Change {
    /// The user at this place leaves.
    Leave(usize),
    /// A user joins at the end.
    Join,
    /// A user joins before all others.
    JoinFirst,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![(0..USERS).prop_map(Change::Leave), Just(Change::Join), Just(Change::JoinFirst)]
}

/// The ids that were written, and the ids of all users who were there from start to end.
fn read(changes: Vec<(usize, Change)>) -> (Manifest, Vec<String>, BTreeSet<String>) {
    let ids = |users: &[Value]| users.iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect();
    let tenant = Tenant::new(USERS, 3, move |number, users| {
        for (_, change) in changes.iter().filter(|(before, _)| *before == number) {
            match change {
                Change::Leave(place) if *place < users.len() => _ = users.remove(*place),
                Change::Leave(_) => {}
                Change::Join => users.push(user(1_000 + number)),
                Change::JoinFirst => users.insert(0, user(2_000 + number)),
            }
        }
    });
    let users = std::sync::Arc::clone(&tenant.users);
    let before: BTreeSet<String> = ids(&users.lock().expect("not poisoned"));
    let (client, folder) = (tenant.client(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("users.ndjson");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let export = Export::new(&client, Selection::of("users").expect("a stream"), &path);
    let manifest = runtime.block_on(export.run(&mut |_| {})).expect("exported");
    let after: BTreeSet<String> = ids(&users.lock().expect("not poisoned"));
    let written = lines(&path).iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect();
    (manifest, written, before.intersection(&after).cloned().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn no_user_who_stays_is_missing_or_doubled(changes in proptest::collection::vec((1_usize..12, change()), 0..5)) {
        let is_unchanged = changes.is_empty();
        let (manifest, written, stayed) = read(changes);
        let distinct: BTreeSet<String> = written.iter().cloned().collect();
        prop_assert_eq!(written.len(), distinct.len(), "no double");
        let missing: Vec<&String> = stayed.difference(&distinct).collect();
        prop_assert!(missing.is_empty(), "{:?} {:?}", missing, manifest.report.reasons);
        prop_assert_eq!(manifest.report.complete == Completeness::Proven, is_unchanged || manifest.report.reasons.is_empty());
    }
}

#[test]
fn a_user_who_left_as_another_joined_hides_none() {
    // Between the second and the third page: the total stays the same.
    let (manifest, written, stayed) = read(vec![(4, Change::Leave(0)), (4, Change::Join)]);
    assert_eq!(manifest.report.complete, Completeness::ChangedWhileRead, "{:?}", manifest.report.reasons);
    assert_eq!(stayed.difference(&written.into_iter().collect()).count(), 0);
}
