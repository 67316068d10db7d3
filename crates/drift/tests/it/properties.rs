//! What holds of every schema.

use graphql_drift::{Levels, Version, compare, sdl};
use proptest::prelude::*;

use crate::changes::version;
use crate::introspect::introspect;
use crate::mutations::{ALL, Mutation, base};

#[test]
fn every_single_mutation_is_found_with_the_right_kind_and_place() {
    let old = version(&sdl::print(&base()));
    let mutations = &*ALL;
    assert!(mutations.len() > 450, "{}", mutations.len());
    for Mutation { schema, kind, coordinate } in mutations {
        let kind = *kind;
        let new = version(&sdl::print(schema));
        let report = compare(&old, &new, Levels::Own, None);
        let found = report.changes.iter().any(|change| {
            change.kind == kind && change.coordinate.as_deref().unwrap_or_default() == coordinate.as_str()
        });
        let reported: Vec<_> = report.changes.iter().map(|change| (change.kind, change.place())).collect();
        assert!(found, "{kind} at {coordinate}: found {reported:?}");
        let count = report.changes.len();
        // What is new comes with what it consists of, and a default means what its enum or input object says.
        let alone = [
            "TYPE_ADDED",
            "DIRECTIVE_ADDED",
            "FIELD_ADDED",
            "ENUM_VALUE_",
            "INPUT_FIELD_",
            "TYPE_KIND",
            "TYPE_REMOVED",
            "ONE_OF",
        ];
        assert!(
            count == 1 || alone.iter().any(|part| kind.name().contains(part)) || kind.name().ends_with("TYPE_CHANGED"),
            "{kind} at {coordinate}: {reported:?}"
        );

        let from_json = Version::read("schema", introspect(schema).as_bytes()).expect("introspection");
        assert_eq!(from_json.schema, new.schema, "{kind} at {coordinate}");
        let back = compare(&new, &old, Levels::Own, None);
        assert!(!back.changes.is_empty(), "{kind} at {coordinate} back");
    }
}

proptest! {
    #[test]
    fn order_never_matters(first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let (old, new) = (&first.get(&ALL).schema, &second.get(&ALL).schema);
        let shuffled = |schema| version(&shuffle(&sdl::print(schema), seed));
        let plain = compare(&version(&sdl::print(old)), &version(&sdl::print(new)), Levels::Own, None);
        let other = compare(&shuffled(old), &shuffled(new), Levels::Own, None);
        let reported = |report: &graphql_drift::Report| {
            report.changes.iter().map(|change| (change.fingerprint.clone(), change.level)).collect::<Vec<_>>()
        };
        prop_assert_eq!(reported(&plain), reported(&other));
    }

    #[test]
    fn what_came_one_way_goes_the_other(first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>()) {
        let (a, b) = (version(&sdl::print(&first.get(&ALL).schema)), version(&sdl::print(&second.get(&ALL).schema)));
        let names = |report: &graphql_drift::Report, ending: &str| {
            let of = report.changes.iter().filter(|change| {
                let name = change.kind.name();
                // A new type tells its parts, one that is gone does not.
                name.ends_with(ending) && !name.contains("DESCRIPTION") && !name.contains("DEPRECATION") && !name.contains("LOCATION") && !name.contains("REPEATABLE")
            });
            of.filter(|change| !change.reason.contains("something new")).filter_map(|change| change.coordinate.clone()).collect::<std::collections::BTreeSet<_>>()
        };
        let (there, back) = (compare(&a, &b, Levels::Own, None), compare(&b, &a, Levels::Own, None));
        prop_assert!(names(&there, "_REMOVED").is_subset(&names(&back, "_ADDED")));
        prop_assert!(names(&back, "_REMOVED").is_subset(&names(&there, "_ADDED")));
    }
}

/// The definitions of printed SDL in another order.
fn shuffle(text: &str, seed: u64) -> String {
    let mut definitions: Vec<&str> = text.split("\n\n").collect();
    let mut state = seed | 1;
    for index in (1..definitions.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).expect("31 bits") % (index + 1);
        definitions.swap(index, other);
    }
    definitions.join("\n\n")
}
