//! Tests of the guards: limits, surprises, the rate of a week, and the file of past runs.

use proptest::prelude::*;

use super::*;

fn kind(name: &str) -> GuardKind {
    name.parse().expect("a kind")
}

fn census(population: usize, kinds: &[(&str, usize)]) -> Census {
    let counted = |users| Counted { users, example: "ada@example.com".to_owned() };
    Census { population, kinds: kinds.iter().map(|(name, users)| (kind(name), counted(*users))).collect() }
}

fn day(day: usize) -> Date {
    format!("2026-01-{day:02}T03:00:00Z").parse().expect("a date")
}

/// The kinds that refuse.
fn refusing(guards: &Guards, census: &Census, history: &History, at: Date) -> Vec<String> {
    let objections = guards.objections(census, history, at, "new");
    objections.iter().map(|objection| objection.kind.to_string()).collect()
}

fn refused(census: &Census) -> Vec<String> {
    refusing(&Guards::new(), census, &History::default(), day(1))
}

#[test]
fn each_guard_refuses_above_its_limit_and_not_at_it() {
    // The most users of a population of 169, then of a large one. Of a small one, only numbers are judged.
    let cases = [
        ("deactivate", 16, Some(20)),
        ("reactivate", 8, Some(10)),
        ("create", 84, None),
        ("delete", 0, Some(0)),
        ("email", 16, Some(20)),
        ("clear", 16, Some(20)),
        ("swappedNames", 5, Some(5)),
        ("mojibake", 0, Some(0)),
        ("firstName", 84, None),
        ("lastName", 84, None),
        ("customFields.department", 84, None),
    ];
    for (name, of_169, number) in cases {
        assert!(refused(&census(169, &[(name, of_169)])).is_empty(), "{name} at its limit");
        assert_eq!(refused(&census(169, &[(name, of_169 + 1)])), [name], "{name} above its limit");
        let number = number.unwrap_or(99);
        assert!(refused(&census(99, &[(name, number.min(99))])).is_empty(), "{name} of a small population");
        assert!(refused(&census(100_000, &[(name, number)])).is_empty(), "{name} of a large population");
        if number != 99 {
            for population in [0, 99, 100_000] {
                assert_eq!(refused(&census(population, &[(name, number + 1)])), [name], "{name} of {population}");
            }
        }
    }
}

#[test]
fn the_failures_that_one_counter_let_through_are_refused() {
    for (name, users, population) in [
        ("email", 145, 169),
        ("clear", 169, 169),
        ("swappedNames", 131, 169),
        ("mojibake", 1, 169),
        ("create", 169, 169),
        ("reactivate", 15, 169),
        ("reactivate", 15, 10_000),
    ] {
        assert_eq!(refused(&census(population, &[(name, users)])), [name]);
    }
}

#[test]
fn an_ordinary_run_passes() {
    let weekly = [
        ("create", 12),
        ("deactivate", 9),
        ("reactivate", 2),
        ("email", 3),
        ("lastName", 4),
        ("firstName", 1),
        ("clear", 5),
        ("swappedNames", 1),
        ("customFields.department", 40),
    ];
    for population in [5, 60, 169, 20_000] {
        assert!(refused(&census(population, &weekly)).is_empty(), "{population}");
    }
    // A first load into a tenant that has few users.
    assert!(refused(&census(3, &[("create", 40_000)])).is_empty());
}

#[test]
fn all_guards_object_at_once_each_with_its_option() {
    let plan = census(169, &[("email", 145), ("create", 169), ("mojibake", 2)]);
    let error = Guards::new().check(&plan, &History::default(), day(1), "").expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Guard);
    assert_eq!(
        error.problems(),
        [
            "the plan would create users: 169 of 169 active users (100.0 %), such as ada@example.com; at most 50 % \
             are allowed; if that is right: --allow create=169",
            "the plan would write wrongly decoded text to users: 2 of 169 active users (1.2 %), such as ada@example.com; \
             at most 0 users are allowed; if that is right: --allow mojibake=2",
        ]
    );
    assert_eq!(
        error.to_string(),
        "the plan would change login addresses of users: 145 of 169 active users (85.8 %), such as ada@example.com; at \
         most 20 users and 10 % are allowed; if that is right: --allow email=145"
    );
}

#[test]
fn a_guard_that_is_raised_is_in_the_plan_and_raises_no_other() {
    let plan = census(169, &[("email", 145), ("create", 169)]);
    let one = Guards::new().allow(kind("email"), Limit::users(145));
    assert_eq!(refusing(&one, &plan, &History::default(), day(1)), ["create"]);
    let both = one.allow(kind("create"), Limit::percent(100.0));
    let raised = both.check(&plan, &History::default(), day(1), "").expect("allowed");
    let raised: Vec<_> = raised.iter().map(|raised| (raised.kind.name(), raised.allowed)).collect();
    assert_eq!(raised, [("create", Limit::percent(100.0)), ("email", Limit::users(145))]);
    assert!(
        Guards::new().check(&census(169, &[("email", 3)]), &History::default(), day(1), "").expect("few").is_empty()
    );
}

fn history(folder: &std::path::Path) -> History {
    History::read(folder, "https://acme.example/").expect("read")
}

#[test]
fn what_past_runs_never_did_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut past = history(folder.path());
    let plan = census(1_000, &[("customFields.department", 310)]);
    for run in 1..=12 {
        past.record(&format!("run {run}"), &census(1_000, &[("customFields.department", 4)]), day(run)).expect("kept");
        let refused = refusing(&Guards::new(), &plan, &history(folder.path()), day(13));
        assert_eq!(refused.len(), usize::from(run >= 5), "after {run} runs");
    }
    let error = Guards::new().check(&plan, &past, day(13), "new").expect_err("a surprise");
    assert_eq!(
        error.to_string(),
        "the plan would replace `customFields.department` of users: 310 of 1000 active users (31.0 %), such as \
         ada@example.com; it was at most 0.4 % in 12 runs; if that is right: --allow customFields.department=310"
    );
    let raised = Guards::new().allow(kind("customFields.department"), Limit::users(310));
    assert!(refusing(&raised, &plan, &past, day(13)).is_empty());
    // Few users are no surprise, and neither is what happened before.
    assert!(refusing(&Guards::new(), &census(1_000, &[("ref1", 100)]), &past, day(13)).is_empty());
    past.record("usual", &census(1_000, &[("customFields.department", 70)]), day(13)).expect("kept");
    assert!(refusing(&Guards::new(), &plan, &past, day(13)).is_empty());
}

#[test]
fn ten_percent_a_run_for_29_runs_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut active, mut runs) = (169, 0);
    for run in 1..=29 {
        let leavers = (active / 10).max(1);
        let plan = census(active, &[("deactivate", leavers)]);
        let mut past = history(folder.path());
        assert!(refused(&plan).is_empty(), "each run alone is within its guard");
        if refusing(&Guards::new(), &plan, &past, day(run)) == ["deactivateWeek"] {
            break;
        }
        past.record(&format!("run {run}"), &plan, day(run)).expect("kept");
        (active, runs) = (active - leavers, run);
    }
    assert_eq!((runs, active), (3, 125));
    let (past, plan) = (history(folder.path()), census(125, &[("deactivate", 12)]));
    let error = Guards::new().check(&plan, &past, day(4), "new").expect_err("too fast");
    assert_eq!(
        error.to_string(),
        "the plan would deactivate users, with the runs of the last 7 days: 56 of 169 active users (33.1 %), such as \
         ada@example.com; at most 30 % are allowed, and 44 were deactivated before; if that is right: --allow \
         deactivateWeek=56"
    );
    // A week later they no longer count.
    assert!(refusing(&Guards::new(), &plan, &past, day(11)).is_empty());
}

#[test]
fn the_parts_of_one_run_count_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut past = history(folder.path());
    past.record("one", &census(169, &[("deactivate", 10)]), day(1)).expect("kept");
    past.record("one", &census(169, &[("deactivate", 16)]), day(2)).expect("kept");
    let past = history(folder.path());
    assert_eq!(past.deactivated_since_a_week(day(3), "another"), (16, 169));
    assert_eq!(
        past.deactivated_since_a_week(day(3), "one"),
        (0, 0),
        "a run that goes on does not count against itself"
    );
}

#[test]
fn a_history_is_bounded_private_and_read_whatever_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(history(&folder.path().join("absent")).is_empty());
    let mut past = history(&folder.path().join("new/folder"));
    for run in 0..210 {
        past.record(&run.to_string(), &census(169, &[("deactivate", 1)]), day(1)).expect("kept");
    }
    let folder = folder.path().join("new/folder");
    let file = std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("an entry").path();
    assert!(!file.to_string_lossy().contains("acme"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(&file).expect("text");
    assert_eq!(text.lines().count(), 200);
    let text: String = text.split_inclusive('\n').skip(150).collect();
    // A torn last line is dropped, one of another version is kept, and a damaged one is named.
    std::fs::write(&file, format!("{{\"version\":2,\"new\":true}}\n{}", &text[..text.len() - 9])).expect("written");
    let mut past = history(&folder);
    assert_eq!(past.deactivated_since_a_week(day(2), "").0, 49);
    past.record("next", &census(169, &[]), day(2)).expect("kept");
    assert!(std::fs::read_to_string(&file).expect("text").starts_with("{\"version\":2,\"new\":true}\n"));
    std::fs::write(&file, "{}\n").expect("written");
    let error = History::read(&folder, "https://acme.example/").expect_err("damaged");
    assert!(error.to_string().contains("line 1: missing field `version`"), "{error}");
}

#[test]
fn a_kind_is_read_as_it_is_written() {
    for name in ["create", "deactivateWeek", "mojibake", "email", "lastName", "customFields.region"] {
        assert_eq!(kind(name).name(), name);
    }
    for wrong in ["", "shoeSize", "customFields.", "Create"] {
        assert!(wrong.parse::<GuardKind>().is_err(), "{wrong}");
    }
}

#[test]
fn guards_of_older_plans_are_read_and_written_as_they_were() {
    let old = r#"{"deactivations":50,"percent":12.5}"#;
    let guards: Guards = serde_json::from_str(old).expect("guards");
    assert_eq!(guards, Guards::new().deactivations(50).percent(12.5));
    assert_eq!(serde_json::to_string(&guards).expect("JSON"), old);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is refused for some users is refused for more, and allowing exactly what was seen always suffices.
    #[test]
    fn more_users_are_never_better_and_the_option_suffices(
        population in 0usize..400,
        counts in prop::collection::vec((0usize..11, 1usize..700), 1..6),
        more in 0usize..50,
    ) {
        let names = ["create", "deactivate", "reactivate", "delete", "clear", "swappedNames", "mojibake", "email", "lastName", "ref1", "customFields.a"];
        let kinds: Vec<(&str, usize)> = counts.iter().map(|(name, users)| (names[*name], *users)).collect();
        let objections = refused(&census(population, &kinds));
        let grown: Vec<(&str, usize)> = census(population, &kinds).kinds.iter().map(|(kind, counted)| {
            (names[names.iter().position(|name| *name == kind.name()).expect("a name")], counted.users + more)
        }).collect();
        let of_grown = refused(&census(population, &grown));
        prop_assert!(objections.iter().all(|name| of_grown.contains(name)));
        let plan = census(population, &kinds);
        let allowed = objections.iter().fold(Guards::new(), |guards, name| {
            guards.allow(kind(name), Limit::users(plan.kinds[&kind(name)].users))
        });
        prop_assert!(refusing(&allowed, &plan, &History::default(), day(1)).is_empty());
    }
}
