//! Which user a row is about: by id, by address, or by neither.

use proptest::prelude::*;

use super::*;
use crate::desired::MatchKeys;
use crate::found_by::FoundBy;

/// A user or a row: id, local part, domain, first name, last name, whether disabled.
type Known = (Option<u8>, u8, u8, Option<u8>, u8, bool);

const LOCAL_PARTS: [&str; 5] = ["ada", "bob", "eve", "a.byron", "x"];
const DOMAINS: [&str; 2] = ["old.example", "new.example"];
const NAMES: [&str; 3] = ["Ada", "Bob", "Eve"];

fn email(known: Known) -> String {
    format!("{}@{}", LOCAL_PARTS[usize::from(known.1)], DOMAINS[usize::from(known.2)])
}

fn user_of(known: Known, place: usize) -> User {
    let mut user = User::default();
    user.id = format!("id-{place}");
    user.email = Some(email(known));
    user.external_customer_id = known.0.map(|id| format!("e{id}"));
    user.first_name = known.3.map(|name| NAMES[usize::from(name)].to_owned());
    user.last_name = Some(format!("Byron{}", known.4));
    user.role_key = Some("learner".to_owned());
    user.disabled = Some(known.5);
    user
}

fn row_of(known: Known) -> DesiredUser {
    let row = DesiredUser::new().with("email", email(known)).with("lastName", format!("Byron{}", known.4));
    let row = match known.0 {
        Some(id) => row.with("externalCustomerId", format!("e{id}")),
        None => row,
    };
    let row = match known.3 {
        Some(name) => row.with("firstName", NAMES[usize::from(name)]),
        None => row,
    };
    if known.5 { row.active(false) } else { row }
}

fn keys(choice: u8) -> MatchKeys {
    match choice {
        0 => MatchBy::Email.into(),
        1 => MatchBy::ExternalCustomerId.into(),
        2 => MatchKeys::new([MatchBy::ExternalCustomerId, MatchBy::Email]).expect("two"),
        _ => MatchKeys::new([MatchBy::Email, MatchBy::ExternalCustomerId]).expect("two"),
    }
}

fn known() -> impl Strategy<Value = Known> {
    (prop::option::of(0u8..5), 0u8..5, 0u8..2, prop::option::weighted(0.7, 0u8..3), 0u8..2, prop::bool::weighted(0.2))
}

/// A tenant in which no two users have the same address or id, as the platform keeps it.
fn tenant(mut all: Vec<Known>) -> Vec<User> {
    all.sort_unstable();
    all.dedup_by_key(|known| (known.1, known.2));
    let mut taken = HashSet::new();
    for known in &mut all {
        known.0 = known.0.filter(|id| taken.insert(*id));
    }
    let mut addresses = HashSet::new();
    all.retain(|known| addresses.insert(email(*known)));
    all.iter().enumerate().map(|(place, known)| user_of(*known, place)).collect()
}

/// Whether a new row and a missing user look like one user.
fn look_alike(row: &Entry, user: &User) -> bool {
    let of =
        |field: &str| row.changes.iter().find(|change| change.field == field).and_then(|change| change.after.as_str());
    let has_same_name = user.first_name.is_some()
        && of("firstName") == user.first_name.as_deref()
        && of("lastName") == user.last_name.as_deref();
    let local = |email: Option<&str>| email.and_then(|email| email.split('@').next()).map(str::to_owned);
    has_same_name || local(of("email")) == local(user.email.as_deref())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    /// Whatever the roster and the tenant: a user is never deactivated for a new one who looks like them, no address and no id
    /// is given twice, an id of another user is never overwritten, and the second plan has only what was a problem.
    #[test]
    fn no_user_is_replaced_by_another_account_of_theirs(
        accounts in prop::collection::vec(known(), 0..8),
        lines in prop::collection::vec(known(), 1..8),
        choice in 0u8..4,
        renames in prop::sample::select(vec![Renames::Ask, Renames::Update]),
    ) {
        let users = tenant(accounts);
        let keys = keys(choice);
        let rows: Vec<DesiredUser> = lines.iter().copied().map(row_of).filter(|row| keys.iter().any(|kind| row.text(kind.field()).is_some())).collect();
        prop_assume!(!rows.is_empty());
        let roster = Roster::of(rows, keys.clone()).expect("a roster");
        let plan = plan_with(&roster, &users, renames);
        let entries = carried_out(&plan);
        for new in entries.iter().filter(|entry| entry.action == Action::Create) {
            for gone in entries.iter().filter(|entry| entry.action == Action::Deactivate && entry.line.is_none()) {
                let user = users.iter().find(|user| Some(&user.id) == gone.id.as_ref()).expect("a user");
                let is_in_a_row = gone.row.contains_key("lastName");
                prop_assert!(is_in_a_row || !look_alike(new, user), "{new:?} {user:?}");
            }
        }
        let after = apply(&plan, &users);
        for kind in MatchBy::ALL {
            let mut values: Vec<String> = after.iter().filter_map(|user| kind.of(user)).map(|key| kind.normalize(key)).collect();
            let all = values.len();
            values.sort();
            values.dedup();
            prop_assert_eq!(values.len(), all, "{} is given twice", kind);
        }
        if choice == 2 {
            for (before, after) in users.iter().zip(&after) {
                let is_same = before.external_customer_id.is_none() || before.external_customer_id == after.external_customer_id;
                prop_assert!(is_same || renames == Renames::Update, "an id is overwritten");
            }
        }
        for entry in &entries {
            let own = users.iter().find(|user| entry.id.as_ref() == Some(&user.id));
            let value = |field: &str| entry.row.get(field).and_then(Value::as_str).map(str::to_owned);
            match (entry.found_by, own) {
                (Some(FoundBy::Email), Some(user)) => prop_assert_eq!(value("email"), user.email.clone()),
                (Some(FoundBy::ExternalCustomerId), Some(user)) => {
                    prop_assert_eq!(value("externalCustomerId"), user.external_customer_id.clone());
                }
                (Some(_), _) => prop_assert_eq!(renames, Renames::Update),
                (None, _) => {}
            }
        }
        let problems = plan.entries.iter().map(|entry| entry.expect("an entry")).filter(|entry| entry.action == Action::Problem);
        let problems: Vec<Entry> = problems.collect();
        // With guards on, the plan is the same or is refused, by what it carries out.
        let few = Guards::new().deactivations(1).allow(GuardKind::Create, Limit::users(1));
        let few = few.allow(GuardKind::Field("email".to_owned()), Limit::users(1));
        let count = |action: Action| entries.iter().filter(|entry| entry.action == action).count();
        let moved = entries.iter().filter(|entry| entry.action != Action::Create && entry.fields_changed().any(|field| field == "email"));
        let is_much = count(Action::Create) > 1 || count(Action::Deactivate) > 1 || moved.count() > 1;
        match guarded(&roster, &users, renames, few) {
            Ok(guarded) => {
                prop_assert!(!is_much, "{entries:?}");
                prop_assert_eq!(guarded.totals, plan.totals);
            }
            Err(error) => prop_assert!(is_much && error.kind() == ErrorKind::Guard, "{error}"),
        }
        // What was left alone may be possible once others have changed: an address or an id is free then.
        if problems.is_empty() {
            let again = carried_out(&plan_with(&roster, &after, renames));
            prop_assert!(again.is_empty(), "{again:?}");
        }
    }
}

/// The entries of a plan, as action, address, how it was found, and fields.
fn planned(rows: &[Known], users: &[Known], keys: MatchKeys, renames: Renames) -> Vec<String> {
    let users: Vec<User> = users.iter().enumerate().map(|(place, known)| user_of(*known, place)).collect();
    let roster = Roster::of(rows.iter().copied().map(row_of), keys).expect("a roster");
    let plan = plan_with(&roster, &users, renames);
    let entries = plan.entries.iter().map(|entry| entry.expect("an entry"));
    let line = |entry: Entry| {
        let found = entry.found_by.map(|found| format!(" by {}", found.name())).unwrap_or_default();
        let fields: Vec<&str> = entry.fields_changed().collect();
        let problem = entry.problem.as_deref().unwrap_or_default();
        format!("{} {}{found}: {}{problem}", entry.action.name(), entry.label(), fields.join(" "))
    };
    entries.map(line).collect()
}

#[test]
fn ids_are_adopted_and_never_overwritten() {
    let both = || keys(2);
    let ada = |id| (id, 0, 0, Some(0), 0, false);
    let found = planned(&[ada(Some(7))], &[ada(None)], both(), Renames::Ask);
    assert_eq!(found, ["update ada@old.example by e-mail address: externalCustomerId"]);
    // With the id, the address may change.
    let found = planned(&[(Some(7), 0, 1, Some(0), 0, false)], &[ada(Some(7))], both(), Renames::Ask);
    assert_eq!(found, ["update ada@old.example by externalCustomerId: email"]);
    // Another id is another user, or the same one with a new number.
    let start = "problem ada@old.example by e-mail address: the row has the address of this user, but the id `e7` instead of \
                 `e5`: the address may have been given to another user; ";
    let found = planned(&[ada(Some(7))], &[ada(Some(5))], both(), Renames::Ask);
    assert_eq!(found, [format!("{start}`--renames update` gives the user the id of the row")]);
    let found = planned(&[ada(Some(7))], &[ada(Some(5))], both(), Renames::Update);
    assert_eq!(found, ["update ada@old.example by e-mail address: externalCustomerId"]);
    let found = planned(&[(Some(7), 0, 0, Some(1), 0, false)], &[ada(Some(5))], both(), Renames::Update);
    assert_eq!(found, [format!("{start}correct the id or the address")]);
    // The id finds its user, even if another user has the address, in any order of the list.
    let (own, other) = ((Some(7), 1, 0, Some(1), 1, false), ada(None));
    for users in [[own, other], [other, own]] {
        let found = planned(&[(Some(7), 0, 0, Some(1), 1, false)], &users, both(), Renames::Ask);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let mut expected = [
            "problem ada@old.example by e-mail address: the row matches another user by `externalCustomerId`",
            "problem bob@old.example by externalCustomerId: another user of the tenant has this address or external id",
        ];
        if users[0] == own {
            expected.reverse();
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn an_accent_is_the_same_in_any_normal_form() {
    let mut user = user_of((None, 0, 0, None, 0, false), 0);
    (user.email, user.external_customer_id) =
        (Some("zoe\u{308}@example.com".to_owned()), Some("Zoe\u{308}".to_owned()));
    let row = DesiredUser::new().with("email", "ZO\u{cb}@example.com").with("externalCustomerId", "Zo\u{eb}");
    for choice in 0..4 {
        let roster = Roster::of([row.clone()], keys(choice)).expect("a roster");
        let plan = plan_with(&roster, &[user.clone()], Renames::Ask);
        assert_eq!((plan.totals.create, plan.totals.deactivate, plan.totals.problems), (0, 0, 0), "{choice}");
    }
}

#[test]
fn a_mark_of_a_plan_is_no_id_of_another_system() {
    let mut user = user_of((None, 0, 0, None, 0, false), 0);
    user.external_customer_id = Some("ti-88fd09f181d78d5d".to_owned());
    let roster = Roster::of([row_of((Some(7), 0, 0, None, 0, false))], keys(2)).expect("a roster");
    assert_eq!(carried_out(&plan_with(&roster, &[user], Renames::Ask)).len(), 1);
}

#[test]
fn a_small_tenant_whose_domain_changed_is_asked_about() {
    // Two of three have a name, and no guard judges so few users.
    let users = [(None, 0, 0, Some(0), 0, false), (None, 1, 0, Some(1), 0, false), (None, 2, 0, None, 0, false)];
    let rows = users.map(|(id, local, _, first, last, disabled)| (id, local, 1, first, last, disabled));
    let found = planned(&rows, &users, keys(0), Renames::Ask);
    assert_eq!(
        found,
        [
            "problem ada@old.example by name: looks like a rename: ada@new.example is new, and ada@old.example is in no row \
             and has the same name, and the same text before the @ of the address; `--renames update` changes this user, \
             `--renames create` creates another one",
            "problem bob@old.example by name: looks like a rename: bob@new.example is new, and bob@old.example is in no row \
             and has the same name, and the same text before the @ of the address; `--renames update` changes this user, \
             `--renames create` creates another one",
            "problem eve@old.example by the text before the @: looks like a rename: eve@new.example is new, and \
             eve@old.example is in no row and has the same text before the @ of the address; `--renames update` changes this \
             user, `--renames create` creates another one",
        ]
    );
    let updated = planned(&rows, &users, keys(0), Renames::Update);
    assert!(updated.iter().all(|line| line.starts_with("update ") && line.ends_with(": email")), "{updated:?}");
    let created = planned(&rows, &users, keys(0), Renames::Create);
    let count = |action: &str| created.iter().filter(|line| line.starts_with(action)).count();
    assert_eq!((count("create"), count("deactivate")), (3, 3));
}

#[test]
fn an_address_with_another_name_is_not_given_away() {
    let (jane, john) = ((None, 4, 1, Some(1), 0, false), (None, 4, 0, Some(0), 0, false));
    let found = planned(&[jane], &[john], keys(0), Renames::Update);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("but another name; `--renames create` creates another one"), "{found:?}");
    // Several that look alike are named, and left alone.
    let two = [(None, 0, 0, Some(0), 0, false), (None, 1, 0, Some(0), 0, false)];
    let found = planned(&[(None, 2, 1, Some(0), 0, false)], &two, keys(0), Renames::Update);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|line| line.contains("may be a rename: 1 new rows and 2 users")), "{found:?}");
}
