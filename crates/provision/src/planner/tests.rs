//! Plans of drawn rosters and tenants.

use std::collections::HashSet;
use std::io::Write as _;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};
use thought_industries::model::AllocatedLicense;

use super::*;

mod identity;

use crate::config::SyncConfig;
use crate::guards::{GuardKind, Guards, Limit};

/// A user of a made-up tenant: address, name, role, status, licenses, external id.
type Account = (u8, Option<String>, u8, bool, bool, Option<u8>);

fn user((address, last_name, role, disabled, licensed, external): &Account, place: usize) -> User {
    let mut user = User::default();
    user.id = format!("id-{place}");
    user.email = Some(format!("P{address}@example.com"));
    user.last_name.clone_from(last_name);
    user.role_key = Some(["learner", "student", "admin"][usize::from(*role)].to_owned());
    user.disabled = Some(*disabled);
    user.external_customer_id = external.map(|external| format!("p{external}@example.com"));
    if *licensed {
        user.allocated_licenses = Some(vec![held("held")]);
    }
    user
}

/// A license, held as a student.
fn held(id: &str) -> AllocatedLicense {
    serde_json::from_value(json!({ "licenseId": id, "licenseRole": "student" })).expect("a license")
}

/// A row: address, name, status, license, external id. Some systems use addresses as ids.
type Line = (u8, Option<String>, bool, bool, Option<u8>);

fn roster(lines: &[Line]) -> Roster {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    writeln!(file, "email,lastName,status,studentLicenseIds,externalCustomerId").expect("written");
    for (address, last_name, disabled, licensed, external) in lines {
        let status = if *disabled { "disabled" } else { "active" };
        let license = if *licensed { "given" } else { "" };
        let last_name = last_name.clone().unwrap_or_default();
        let external = external.map(|external| format!("p{external}@example.com")).unwrap_or_default();
        writeln!(file, "p{address}@example.com,{last_name},{status},{license},{external}").expect("written");
    }
    Roster::read(file.path(), &SyncConfig::new(), Date::now()).expect("a roster")
}

fn plan(roster: &Roster, users: &[User]) -> Plan {
    plan_with(roster, users, Renames::Create)
}

fn plan_with(roster: &Roster, users: &[User], renames: Renames) -> Plan {
    let guards = Guards::new().deactivations(usize::MAX).percent(100.0);
    let guards = guards.allow(GuardKind::Reactivate, Limit::users(usize::MAX));
    guarded(roster, users, renames, guards).expect("a plan")
}

fn guarded(roster: &Roster, users: &[User], renames: Renames, guards: Guards) -> Result<Plan, Error> {
    let roles = ["learner", "student"].map(str::to_owned);
    let managed_roles = roles.to_vec();
    let policy = Policy { deactivate_missing: true, guards, managed_roles, renames, ..Policy::default() };
    let mut builder = PlanBuilder::new(roster, &policy, LicenseIndex::default(), roles.into());
    for user in users {
        builder.add(user, &[]).expect("taken in");
    }
    builder.finish("https://acme.example/".to_owned(), Date::now(), &History::default())
}

fn carried_out(plan: &Plan) -> Vec<Entry> {
    let entries = plan.entries.iter().map(|entry| entry.expect("an entry"));
    entries.filter(|entry| entry.action != Action::Problem).collect()
}

/// What a tenant would be after a plan.
fn apply(plan: &Plan, users: &[User]) -> Vec<User> {
    let mut after = users.to_vec();
    for entry in carried_out(plan) {
        if entry.action == Action::Create {
            let place = after.len();
            let mut new = User::default();
            (new.id, new.email) = (format!("new-{place}"), entry.email.clone());
            (new.role_key, new.disabled) = (Some("learner".to_owned()), Some(false));
            after.push(new);
        }
        let own = |user: &&mut User| entry.id.as_ref().is_none_or(|id| user.id == *id);
        let user = after.iter_mut().rfind(own).expect("a user");
        for change in &entry.changes {
            match change.field.as_str() {
                "lastName" => user.last_name = change.after.as_str().map(str::to_owned),
                "status" => user.disabled = Some(change.after == "disabled"),
                "studentLicenseIds" => {
                    let ids = change.after.as_array().cloned().unwrap_or_default();
                    user.allocated_licenses = Some(ids.iter().filter_map(Value::as_str).map(held).collect());
                }
                "externalCustomerId" => user.external_customer_id = change.after.as_str().map(str::to_owned),
                "email" => user.email = change.after.as_str().map(str::to_owned),
                "firstName" => user.first_name = change.after.as_str().map(str::to_owned),
                other => panic!("{other} was not asked for"),
            }
        }
    }
    after
}

fn name() -> impl Strategy<Value = Option<String>> {
    prop::option::of("[A-Z][a-z]{1,6}")
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    /// Whatever the roster and the tenant: the plan leads to what the roster says, touches no other user, revokes no
    /// license, and a second plan has nothing to do except what was a problem.
    #[test]
    fn a_plan_leads_to_the_roster_and_touches_no_other_user(
        accounts in prop::collection::vec((0u8..12, name(), 0u8..3, any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 0u8..12)), 0..12),
        lines in prop::collection::vec((0u8..12, name(), any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 0u8..12)), 1..12),
    ) {
        let users: Vec<User> = accounts.iter().enumerate().map(|(place, account)| user(account, place)).collect();
        let roster = roster(&lines);
        let plan = plan(&roster, &users);
        let after = apply(&plan, &users);
        let changed: HashSet<String> = carried_out(&plan).into_iter().filter_map(|entry| entry.id).collect();
        let count = |address: u8| (
            lines.iter().filter(|line| line.0 == address).count(),
            accounts.iter().filter(|account| account.0 == address).count(),
        );
        for (user, before) in after.iter().zip(&users) {
            prop_assert!(changed.contains(&user.id) || user == before, "{} was touched", user.id);
            prop_assert!(before.role_key.as_deref() != Some("admin") || user == before, "an administrator was touched");
            let held = |user: &User| user.allocated_licenses.iter().flatten().filter_map(|held| held.license_id.clone()).collect::<HashSet<_>>();
            prop_assert!(held(user).is_superset(&held(before)), "a license was taken away");
        }
        let holders = |users: &[User], external: u8| {
            let own = format!("p{external}@example.com");
            users.iter().filter(|user| user.external_customer_id.as_ref() == Some(&own)).count()
        };
        for external in 0..12 {
            prop_assert!(holders(&after, external) <= holders(&users, external).max(1), "a user got the id of another");
        }
        let clashes = |line: &&Line| line.4.is_some_and(|external| {
            let is_elsewhere = |account: &Account| account.5 == Some(external) && account.0 != line.0;
            lines.iter().filter(|other| other.4 == Some(external)).count() > 1 || accounts.iter().any(is_elsewhere)
        });
        let is_plain = |line: &&Line| count(line.0).0 == 1 && count(line.0).1 <= 1 && !clashes(line);
        for (address, last_name, disabled, licensed, external) in lines.iter().filter(is_plain) {
            let own = after.iter().find(|user| user.email.as_ref().is_some_and(|email| email.to_lowercase() == format!("p{address}@example.com")));
            let Some(own) = own else {
                prop_assert!(*disabled, "p{address} is missing");
                continue;
            };
            if own.role_key.as_deref() == Some("admin") {
                continue;
            }
            prop_assert_eq!(own.disabled, Some(*disabled));
            prop_assert!(last_name.is_none() || own.last_name == *last_name);
            let is_given = own.allocated_licenses.iter().flatten().any(|held| held.license_id.as_deref() == Some("given"));
            prop_assert!(!licensed || is_given);
            let id = external.map(|external| format!("p{external}@example.com"));
            prop_assert!(id.is_none() || own.external_customer_id == id);
        }
        // An id that a user has given up is free for a row that had to be left alone.
        let left: HashSet<Option<u64>> = plan
            .entries
            .iter()
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.action == Action::Problem)
            .map(|entry| entry.line)
            .collect();
        let again = carried_out(&super::tests::plan(&roster, &after));
        prop_assert!(again.iter().all(|entry| left.contains(&entry.line)), "{again:?}");
    }
}
