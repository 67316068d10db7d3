//! Plans, as they are made, carried out, interrupted and taken back.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thought_industries::Client;
use thought_industries_provision::TenantLock;
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::place::Place;

impl Place {
    /// Everybody: what is written of them, by id.
    fn people(&self) -> BTreeMap<String, Value> {
        let client = self.client();
        let all = client.users().list().with_profiles(true).items();
        let all: Vec<_> = self.runtime.block_on(all.try_collect()).expect("people");
        all.into_iter()
            .map(|user: thought_industries::model::User| {
                let mut value = serde_json::to_value(&user).expect("JSON");
                let fields = value.as_object_mut().expect("an object");
                fields.remove("updatedAt");
                // A field that was taken away again leaves an empty object behind.
                fields.retain(|name, value| name != "customFields" || *value != json!({}));
                (user.id, value)
            })
            .collect()
    }

    /// Active learners with an address and one record, in the order of their addresses.
    fn learners(&self) -> Vec<Value> {
        let people = self.people();
        let learner = learner_role(&people);
        let mut learners: Vec<Value> = people
            .into_values()
            .filter(|user| user["roleKey"] == learner && user["disabled"] == false && user["email"].is_string())
            .collect();
        learners.sort_by_key(|user| user["email"].to_string());
        learners
    }

    /// The entries of a plan.
    fn entries(&self, plan: &str) -> Value {
        let plan: Value = serde_json::from_slice(&std::fs::read(self.path(plan)).expect("a plan")).expect("JSON");
        plan["entries"].clone()
    }

    fn effects(&self) -> Vec<(&'static str, String)> {
        self.tenant.effects().into_iter().map(|effect| (effect.operation, effect.target)).collect()
    }
}

/// The role key of learners: the one that most have.
fn learner_role(people: &BTreeMap<String, Value>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for user in people.values() {
        *counts.entry(user["roleKey"].as_str().expect("a role key")).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).expect("a role key").0.to_owned()
}

/// The lines of a journal, each with its checksum (`docs/formats.md`).
fn sealed(lines: Vec<Value>) -> String {
    let mut last = String::new();
    let seal = |mut line: Value| {
        line.as_object_mut().expect("an object").remove("sum");
        let json = line.to_string();
        let sum = Sha256::new().chain_update(&last).chain_update(&json).finalize();
        last = sum.iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        format!("{},\"sum\":\"{last}\"}}\n", json.strip_suffix('}').expect("an object"))
    };
    lines.into_iter().map(seal).collect()
}

/// A roster of everybody, with some changes: a quarter gets a new last name, the first few are left out, and some are new.
fn roster(place: &Place, left_out: usize, new: usize) -> String {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["email", "firstName", "lastName", "customFields.department"]).expect("a row");
    for (number, user) in place.learners().iter().enumerate().skip(left_out) {
        let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
        let last = if number % 4 == 0 { format!("New {number}, \"quoted\"\nand broken") } else { text("lastName") };
        let department = if number % 7 == 0 { "Research".to_owned() } else { String::new() };
        rows.write_record([text("email"), text("firstName"), last, department]).expect("a row");
    }
    for number in 0..new {
        rows.write_record([&format!("new-{number}@example.com"), "New", &format!("Person {number}"), ""])
            .expect("a row");
    }
    String::from_utf8(rows.into_inner().expect("rows")).expect("UTF-8")
}

#[test]
fn a_roster_is_planned_applied_and_taken_back_in_both_dialects() {
    let mut ends: Vec<Vec<Value>> = Vec::new();
    let mut plans: Vec<Value> = Vec::new();
    for dialect in Dialect::ALL {
        let place = Place::new(dialect, 300);
        let before = place.people();
        place.write("roster.csv", &roster(&place, 5, 3));
        let plan = ["plan", "roster.csv", "--out", "plan.json", "--deactivate-missing"];
        let (code, printed) = place.ti(&plan);
        assert_eq!(code, 1, "{printed}");
        assert!(printed.contains("3 to create") && printed.contains("5 to deactivate"), "{printed}");
        assert!(place.effects().is_empty(), "a plan writes nothing");
        // The role that the plan has seen is the key of the dialect.
        let role = format!(r#""role":"{}""#, learner_role(&before));
        let entries = place.entries("plan.json").to_string().replace(&role, r#""role":"that of learners""#);
        plans.push(serde_json::from_str(&entries).expect("JSON"));
        assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl"]).0, 2, "nobody is there to be asked");
        assert!(place.effects().is_empty());

        let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
        assert_eq!(code, 0, "{printed}");
        let effects = place.effects();
        let mut once = effects.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), effects.len(), "each write is one");

        let again = ["plan", "roster.csv", "--out", "again.json", "--deactivate-missing"];
        let (code, printed) = place.ti(&again);
        assert_eq!((code, printed.starts_with("no change")), (0, true), "{printed}");
        let after = place.people();
        let learner = learner_role(&before);
        let untouched = |user: &Value| user["roleKey"] != learner;
        for (id, user) in before.iter().filter(|(_, user)| untouched(user)) {
            assert_eq!(after[id]["roleKey"], user["roleKey"]);
            if user["learnerUserId"].is_null() {
                assert_eq!(after[id], *user, "whoever is not managed is not touched");
            }
        }
        ends.push(after.into_values().map(|user| json!([user["email"], user["lastName"], user["disabled"]])).collect());

        let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes"]);
        assert_eq!(code, 0, "{printed}");
        let (code, printed) = place.ti(&plan);
        assert_eq!(code, 1, "{printed}");
        // Those who were created are disabled, and so to be reactivated.
        assert!(printed.contains("3 to reactivate") && printed.contains("5 to deactivate"), "{printed}");
        let back = place.people();
        for (id, user) in &before {
            assert_eq!(back[id], *user, "{dialect}: taken back");
        }
    }
    let sorted = |mut end: Vec<Value>| {
        end.sort_by_key(Value::to_string);
        end
    };
    assert_eq!(plans[0], plans[1], "the same plan in both dialects, entry by entry");
    let [documented, observed] = <[Vec<Value>; 2]>::try_from(ends).expect("two dialects");
    assert_eq!(sorted(documented), sorted(observed), "the same end in both dialects");
}

#[test]
fn undoing_with_deletion_leads_back_to_the_first_plan() {
    let place = Place::new(Dialect::Documented, 300);
    place.write("roster.csv", &roster(&place, 0, 4));
    let (_, first) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
    assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes", "--delete-created"]);
    assert_eq!(code, 0, "{printed}");
    let (_, again) = place.ti(&["plan", "roster.csv", "--out", "again.json"]);
    assert_eq!(first.lines().next(), again.lines().next());
    assert_eq!(place.entries("plan.json"), place.entries("again.json"));
    let (code, printed) = place.ti(&["undo", "run.undo.jsonl", "--yes"]);
    assert_eq!(code, 1, "an undoing can be taken back as well, but for deletions: {printed}");
    assert_eq!(printed.matches("impossible: a deletion cannot be rolled back").count(), 4, "{printed}");
}

#[test]
fn users_who_changed_since_the_plan_is_left_alone() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let email = |number: usize| learners[number]["email"].as_str().expect("an address");
    let rows: Vec<String> = (0..3).map(|number| format!("{},Planned", email(number))).collect();
    place.write("roster.csv", &format!("email,lastName\n{}\n", rows.join("\n")));
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    let (code, printed) = place.ti(&["users", "update", email(1), "--set", "lastName=Meanwhile"]);
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains(r#""by":"tester""#) && printed.contains(r#""fields":["lastName"]"#), "{printed}");
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("changed since the plan: lastName") && printed.contains("2 done, 1 refused"), "{printed}");
    let (code, printed) = place.ti(&["plan", "run.failed.json", "--out", "rest.json"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("1 to update"), "what was not done is a roster again: {printed}");
    assert_eq!(place.ti(&["users", "update", email(0), "--set", "lastName=Later"]).0, 0);
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes"]);
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("edited since: lastName") && printed.contains("1 rolled back, 1 kept"), "{printed}");
    let audit = std::fs::read_to_string(place.path("run.audit.jsonl")).expect("an audit");
    assert_eq!(audit.lines().count(), 3);
    assert!(!audit.contains("Planned"), "values are left out: {audit}");
}

#[test]
fn a_run_that_is_killed_goes_on_and_writes_each_change_once() {
    for (fault, kills) in [(None, 50), (Some("connection-reset-after:0.03"), 20)] {
        let sandbox = Sandbox::new(Dialect::Documented).users(900);
        let sandbox = fault.map_or(sandbox.clone(), |fault: &str| sandbox.fault(fault.parse().expect("a fault")));
        let place = Place::of(sandbox);
        let undisturbed = Place::of(Sandbox::new(Dialect::Documented).users(900));
        let rows: String = undisturbed
            .learners()
            .iter()
            .take(460)
            .enumerate()
            .map(|(number, user)| format!("{},Changed {number}\n", user["email"].as_str().expect("an address")))
            .chain((0..40).map(|number| format!("crash-{number}@example.com,New {number}\n")))
            .collect();
        for one in [&place, &undisturbed] {
            one.write("roster.csv", &format!("email,lastName\n{rows}"));
            let (code, printed) = one.ti(&["plan", "roster.csv", "--out", "plan.json", "--allow", "lastName=90%"]);
            assert_eq!(code, 1, "{printed}");
        }
        assert_eq!(undisturbed.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
        let apply = ["apply", "plan.json", "--journal", "run.jsonl", "--yes"];
        for kill in 0..kills {
            let mut command = place.command(&apply);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("ti runs");
            // A journal that has grown by so many bytes is somewhere in the middle of something.
            let length = || std::fs::metadata(place.path("run.jsonl")).map_or(0, |file| file.len());
            let until = length() + 40 + (kill * 997) % 3_000;
            while length() < until && child.try_wait().expect("a child").is_none() {
                std::thread::yield_now();
            }
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
        let mut tries = 0;
        while let (code, printed) = place.ti(&apply)
            && code != 0
        {
            tries += 1;
            assert!(fault.is_some() && tries < 10, "{printed}");
        }
        let journal = std::fs::read_to_string(place.path("run.jsonl")).expect("a journal");
        assert!(journal.matches("\"begun\"").count() > 500, "some entries were begun more than once");
        let mut effects = place.effects();
        let all = effects.len();
        effects.sort();
        effects.dedup();
        assert_eq!((all, effects.len()), (500, 500), "{fault:?}: each write is exactly one");
        let end = |place: &Place| -> Vec<Value> {
            let mut people: Vec<Value> = place
                .people()
                .into_values()
                .map(|user| json!([user["email"], user["lastName"], user["disabled"]]))
                .collect();
            people.sort_by_key(Value::to_string);
            people
        };
        assert_eq!(end(&place), end(&undisturbed), "{fault:?}");
    }
}

#[test]
fn guards_refuse_what_looks_like_an_accident() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let few: Vec<&str> = learners.iter().take(10).filter_map(|user| user["email"].as_str()).collect();
    let few = few.join(
        "
",
    );
    place.write("empty.csv", "email,lastName\n");
    place.write("few.csv", &format!("email\n{few}"));
    let (code, printed) = place.ti(&["plan", "empty.csv", "--out", "plan.json", "--deactivate-missing"]);
    assert!(code == 2 && printed.contains("the roster is empty"), "{printed}");
    let plan = |more: &[&str]| {
        let mut arguments = vec!["plan", "few.csv", "--out", "plan.json", "--deactivate-missing"];
        arguments.extend(more);
        place.ti(&arguments)
    };
    for raised in [&[][..], &["--max-deactivations", "1000"], &["--max-deactivations", "100%"]] {
        let (code, printed) = plan(raised);
        assert!(code == 2 && printed.contains("would deactivate"), "{raised:?}: {printed}");
        assert!(!place.path("plan.json").exists());
    }
    let (code, printed) = plan(&["--max-deactivations", "1000", "--max-deactivations", "100%"]);
    assert_eq!(code, 1, "{printed}");
    let (code, _) = place.ti(&["plan", "few.csv", "--out", "plan.json"]);
    assert_eq!(code, 0, "without --deactivate-missing nobody is missing");
    assert!(place.effects().is_empty());
}

#[test]
fn problems_are_reported_and_left_alone() {
    let place = Place::new(Dialect::Documented, 300);
    let people = place.people();
    let find = |role: &str| {
        people.values().find(|user| user["roleKey"] == role && user["email"].is_string()).expect("somebody")
    };
    let learners = place.learners();
    let email = |user: &Value| user["email"].as_str().expect("an address").to_owned();
    let (twice, admin) = (email(&learners[0]), email(find("admin")));
    let external = people.values().find_map(|user| user["externalCustomerId"].as_str()).expect("an id");
    place.write(
        "roster.json",
        &json!([
            { "email": twice, "lastName": "One" },
            { "email": twice.to_uppercase(), "lastName": "Two" },
            { "email": admin, "lastName": "Changed" },
            { "email": email(&learners[1]), "studentLicenseSkus": ["NO-SUCH"] },
            { "email": "new@example.com", "externalCustomerId": external },
            { "email": "boss@example.com", "role": "admin" },
            { "email": email(&learners[2]), "lastName": "Fine" },
        ])
        .to_string(),
    );
    let (code, printed) = place.ti(&["plan", "roster.json", "--out", "plan.json"]);
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("1 to update, 6 with a problem") || printed.contains("1 to update, 7 with a problem"),
        "{printed}"
    );
    let (_, shown) = place.ti(&["show", "plan.json"]);
    for reason in [
        "the roster has this user more than once",
        "which rosters do not manage",
        "no license has the SKU `NO-SUCH`",
        "another user of the tenant has this address or external id",
        "rosters do not manage the role `admin`",
    ] {
        assert!(shown.contains(reason), "{reason}: {shown}");
    }
    assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
    assert_eq!(place.effects().len(), 1);
    let (_, page, _) = place.run(&["show", "plan.json", "-o", "html"]);
    assert!(page.starts_with("<!doctype html>") && page.contains("Problems, left alone"));
}

#[test]
fn licences_are_given_by_sku_and_never_beyond_their_seats() {
    for dialect in Dialect::ALL {
        let place = Place::new(dialect, 300);
        let (_, seats) = place.ti(&["seats", "-o", "json"]);
        let seats: Value = serde_json::from_str(&seats).expect("JSON");
        let licenses = seats["licenses"].as_array().expect("licences");
        let left =
            |license: &&Value, most: i64| license["free"].as_i64().is_some_and(|free| (1..=most).contains(&free));
        let narrow = licenses.iter().find(|license| left(license, 2)).expect("a licence with few seats");
        let free = usize::try_from(narrow["free"].as_i64().expect("seats")).expect("seats");
        let sku = narrow["sku"].as_str().expect("a SKU");
        let rows: Vec<String> = (0..free + 2).map(|number| format!("seat-{number}@example.com,New,{sku}")).collect();
        place.write("roster.csv", &format!("email,firstName,studentLicenseSkus\n{}\n", rows.join("\n")));
        let (code, printed) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
        assert_eq!(code, 1, "{printed}");
        assert!(printed.contains(&format!("{free} to create, 2 with a problem")), "{printed}");
        assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
        let (_, after) = place.ti(&["seats", "-o", "json"]);
        let after: Value = serde_json::from_str(&after).expect("JSON");
        let full = after["licenses"].as_array().expect("licences").iter().find(|license| license["sku"] == sku);
        assert_eq!(full.expect("the licence")["free"], 0, "{dialect}");
    }
}

/// Applies a roster of changes and creations, and stops somewhere in the middle.
fn interrupted(place: &Place, changes: usize, stop: impl FnOnce(&mut std::process::Child)) {
    let mut rows = String::new();
    for user in place.learners().iter().take(changes) {
        rows = format!("{rows}{},Changed\n", user["email"].as_str().expect("an address"));
    }
    rows.insert_str(rows.find('\n').expect("a row") + 1, "made@example.com,New\n");
    place.write("roster.csv", &format!("email,lastName\n{rows}"));
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    let mut apply = place.command(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    let mut child = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ti runs");
    let journal = place.path("run.jsonl");
    while std::fs::metadata(&journal).map_or(0, |file| file.len()) < 4_000 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it was stopped");
        std::thread::yield_now();
    }
    stop(&mut child);
}

#[test]
fn a_run_that_was_interrupted_is_taken_back_as_far_as_it_came() {
    let place = Place::new(Dialect::Documented, 300);
    let before = place.people();
    interrupted(&place, 60, |child| {
        child.kill().expect("killed");
        child.wait().expect("ended");
    });
    assert!(place.people() != before, "something was written");
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes"]);
    assert_eq!(code, 0, "{printed}");
    let after = place.people();
    for (id, user) in &before {
        assert_eq!(after[id], *user);
    }
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert!(code == 2 && printed.contains("this run was rolled back"), "{printed}");
    // What was disabled first can be deleted later: that is another undoing of the same journal.
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes", "--delete-created"]);
    assert_eq!(code, 0, "{printed}");
    assert!(place.path("run.undo-2.jsonl").exists());
    assert_eq!(place.people(), before);
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes", "--delete-created"]);
    assert!(code == 0 && printed.contains("0 rolled back"), "{printed}");
}

#[test]
fn what_may_have_been_done_is_looked_at_when_it_is_taken_back() {
    for is_done in [true, false] {
        let place = Place::new(Dialect::Documented, 300);
        let before = place.people();
        let learners = place.learners();
        let email = learners[0]["email"].as_str().expect("an address");
        place.write("roster.csv", &format!("email,lastName\nmade@example.com,New\n{email},Changed\n"));
        assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
        if is_done {
            assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
            let journal = std::fs::read_to_string(place.path("run.jsonl")).expect("a journal");
            let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            let begun: Vec<Value> = lines.filter(|line| line["line"] != "ended").collect();
            assert_eq!(begun.len(), 3);
            place.write("run.jsonl", &sealed(begun));
        } else {
            let plan: Value =
                serde_json::from_slice(&std::fs::read(place.path("plan.json")).expect("a plan")).expect("JSON");
            let at = thought_industries::Date::now();
            let mut lines = vec![
                json!({ "line": "plan", "version": 2, "digest": plan["digest"], "tenant": plan["tenant"], "by": "x", "at": at }),
            ];
            let entries = plan["entries"].as_array().expect("entries").iter().enumerate();
            lines.extend(
                entries.map(|(entry, what)| json!({ "line": "begun", "entry": entry, "at": at, "what": what })),
            );
            place.write("run.jsonl", &sealed(lines));
        }
        let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes", "--delete-created"]);
        // Reads may not show a change of this minute yet, so that its old value is written in any case.
        let expected = if is_done { "2 rolled back" } else { "1 rolled back, 1 unchanged since" };
        assert!(code == 0 && printed.contains(expected), "{printed}");
        assert_eq!(place.people(), before, "{printed}");
        assert_eq!(place.effects().len(), if is_done { 4 } else { 0 });
    }
}

/// Between an attempt whose end nobody knows and the next, an administrator makes somebody of the same name.
#[test]
fn another_user_of_the_same_name_is_not_adopted() {
    for command in ["apply", "undo"] {
        let place = Place::new(Dialect::Documented, 300);
        place.write("roster.csv", "email,lastName\nboss@example.com,Boss\n");
        assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
        let plan: Value =
            serde_json::from_slice(&std::fs::read(place.path("plan.json")).expect("a plan")).expect("JSON");
        let at = thought_industries::Date::now();
        let head = json!({ "line": "plan", "version": 2, "digest": plan["digest"], "tenant": plan["tenant"], "by": "x", "at": at });
        let begun = json!({ "line": "begun", "entry": 0, "at": at, "what": plan["entries"][0] });
        place.write("run.jsonl", &sealed(vec![head, begun]));
        let set = ["--set", "email=boss@example.com", "--set", "lastName=Boss", "--set", "role=admin"];
        assert_eq!(place.ti(&[&["users", "create"], &set[..]].concat()).0, 0);
        let before = place.people();
        let (code, printed) = match command {
            "apply" => place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]),
            _ => place.ti(&["undo", "run.jsonl", "--yes", "--delete-created"]),
        };
        assert!(code == 1 && printed.contains("another user has the address"), "{command}: {printed}");
        assert_eq!(place.people(), before);
    }
}

#[test]
fn the_entry_that_made_a_user_is_found_by_the_mark_of_the_user() {
    for (dialect, place_of_mark) in Dialect::ALL.into_iter().zip(["externalId", "customField:cost-center"]) {
        let place = Place::new(dialect, 300);
        place.write("new.csv", "email,firstName\nada@example.com,Ada\neve@example.com,Eve\n");
        let plan = ["plan", "new.csv", "--out", "plan.json", "--provenance", place_of_mark];
        assert_eq!(place.ti(&plan).0, 1);
        assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
        let people = place.people();
        let eve = people.values().find(|user| user["email"] == "eve@example.com").expect("a user");
        let mark = [&eve["externalCustomerId"], &eve["customFields"]["cost-center"]];
        let mark = mark.into_iter().find_map(Value::as_str).expect("a mark");
        let (code, shown) = place.ti(&["show", "plan.json", "--mark", mark]);
        assert!(code == 0 && shown.starts_with("  eve@example.com  (line 3)\n"), "{shown}");
        assert!(shown.contains(mark) && !shown.contains("ada@example.com"), "{shown}");
        let (code, shown) = place.ti(&["show", "plan.json", "--mark", "ti-0"]);
        assert_eq!((code, shown.trim()), (1, "no entry of the plan has the mark `ti-0`"));
        let (_, again) = place.ti(&["plan", "new.csv", "--out", "again.json", "--provenance", place_of_mark]);
        assert!(again.starts_with("no change"), "marked users are as the roster says: {again}");
    }
    let (code, printed) =
        Place::new(Dialect::Documented, 300).ti(&["plan", "x.csv", "--out", "y.json", "--provenance", "ref1"]);
    assert!(code == 2 && printed.contains("write `externalId`, or `customField:KEY`"), "{printed}");
}

/// An undoing that was not confirmed was none, and files are those of one journal.
#[test]
fn files_are_those_of_one_journal() {
    let place = Place::new(Dialect::Documented, 300);
    place.write("new.csv", "email,firstName\nnew@example.com,New\n");
    assert_eq!(place.ti(&["plan", "new.csv", "--out", "new.json"]).0, 1);
    assert_eq!(place.ti(&["apply", "new.json", "--journal", "hr.2025-01", "--yes"]).0, 0);
    assert_eq!(place.ti(&["undo", "hr.2025-01"]).0, 2, "nobody is there to be asked");
    assert!(!place.path("hr.2025-01.undo.jsonl").exists());
    place.write("hr.2025-01.undo.jsonl", "");
    assert_eq!(place.ti(&["apply", "new.json", "--journal", "hr.2025-01", "--yes"]).0, 0, "it was not taken back");
    assert_eq!(place.ti(&["undo", "hr.2025-01", "--yes"]).0, 0);
    place.write("hr.failed.json", "[]");
    assert_eq!(
        place
            .ti(&[
                "plan",
                "new.csv",
                "--out",
                "again.json",
                "--deactivate-missing",
                "--max-deactivations",
                "999",
                "--max-deactivations",
                "100%"
            ])
            .0,
        1
    );
    let (code, printed) = place.ti(&["apply", "again.json", "--journal", "hr.2025-02", "--yes"]);
    assert_eq!(code, 0, "{printed}");
    assert!(place.path("hr.failed.json").exists(), "it is nobody's");
}

/// Somebody of no client gets one with their first licence, which is no edit of somebody else's.
#[test]
fn a_first_licence_can_be_taken_back() {
    for dialect in Dialect::ALL {
        let place = Place::new(dialect, 300);
        let without = place.learners().into_iter().find(|user| user["clientId"].is_null()).expect("somebody");
        let (email, id) = (without["email"].as_str().expect("an address"), without["id"].as_str().expect("an id"));
        let (_, seats) = place.ti(&["seats", "-o", "json"]);
        let seats: Value = serde_json::from_str(&seats).expect("JSON");
        let licenses = seats["licenses"].as_array().expect("licences");
        let sku = |client: &Value| {
            let open = licenses.iter().find(|license| license["clientId"] == *client && license["free"].is_null());
            open.expect("a licence without a limit")["sku"].as_str().expect("a SKU").to_owned()
        };
        let clients: Vec<Value> =
            seats["clients"].as_array().expect("clients").iter().map(|client| client["id"].clone()).collect();
        let both = format!("{};{}", sku(&clients[0]), sku(&clients[1]));
        place.write("roster.csv", &format!("email,studentLicenseSkus\n{email},{both}\n"));
        let (_, printed) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
        assert!(printed.starts_with("1 with a problem"), "nobody is of two clients: {printed}");
        place
            .write("roster.csv", &format!("email,lastName,studentLicenseSkus\n{email},Changed,{}\n", sku(&clients[0])));
        assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
        assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
        let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes"]);
        let after = &place.people()[id];
        assert_eq!(after["lastName"], without["lastName"], "{printed}");
        assert!(code == 1 && printed.contains("the client that came with the licenses stays"), "{dialect}: {printed}");
        let held = after["allocatedLicenses"].as_array().map_or(0, Vec::len);
        // Where it is not printed in which role a licence is held, none is taken away; the rest is taken back.
        let (left, told_so) = if dialect == Dialect::Documented { (0, "1 rolled back") } else { (1, "1 done in part") };
        assert!(held == left && printed.contains(told_so), "{dialect}: {printed}");
    }
}

/// A mistyped column keeps nobody in who has left, and a Salesforce id keeps nothing else from being taken back.
#[test]
fn the_rest_of_a_row_is_done_and_taken_back() {
    for dialect in Dialect::ALL {
        let place = Place::new(dialect, 300);
        let learners = place.learners();
        let is_new = |user: &&Value| user["sfContactId"].is_null();
        let person = learners.iter().find(is_new).expect("somebody without a Salesforce id");
        let (email, id) = (person["email"].as_str().expect("an address"), person["id"].as_str().expect("an id"));
        place.write("left.csv", &format!("email,status,customFields.shoeSize\n{email},disabled,38\n"));
        assert_eq!(place.ti(&["plan", "left.csv", "--out", "plan.json"]).0, 1);
        let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "left.jsonl", "--yes"]);
        assert!(code == 1 && printed.contains("1 done in part"), "{printed}");
        assert_eq!(place.people()[id]["disabled"], true, "{printed}");
        place.write("back.csv", &format!("email,status,sfContactId,lastName\n{email},active,SF1,Changed\n"));
        assert_eq!(place.ti(&["plan", "back.csv", "--out", "plan.json"]).0, 1);
        assert_eq!(place.ti(&["apply", "plan.json", "--journal", "back.jsonl", "--yes"]).0, 0);
        let (code, printed) = place.ti(&["undo", "back.jsonl", "--yes"]);
        assert!(code == 1 && printed.contains("impossible: `sfContactId` is write-once"), "{printed}");
        let after = &place.people()[id];
        assert_eq!((&after["lastName"], &after["disabled"]), (&person["lastName"], &json!(true)), "{printed}");
    }
}

/// Whoever has an empty key cannot be in a roster, and is not missing from one.
#[test]
fn an_empty_id_is_none() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let email = learners[0]["email"].as_str().expect("an address");
    let id = learners[0]["id"].as_str().expect("an id");
    let client = place.client();
    let fields = thought_industries::UserFields::new().external_customer_id("");
    place.runtime.block_on(client.users().update(id, fields).send()).expect("written");
    place.write("roster.csv", "externalCustomerId,lastName\nnobody,X\n");
    let plan = ["plan", "roster.csv", "--out", "plan.json", "--match", "externalCustomerId", "--deactivate-missing"];
    let raised = ["--max-deactivations", "999", "--max-deactivations", "100%"];
    assert_eq!(place.ti(&[&plan[..], &raised].concat()).0, 1);
    assert!(!place.ti(&["show", "plan.json"]).1.contains(email));
}

/// Where a tenant does not tell whether a licence is studied or managed, seats are counted as where it does.
#[test]
fn seats_are_the_same_in_both_dialects() {
    let [documented, observed] = Dialect::ALL.map(|dialect| {
        let place = Place::new(dialect, 300);
        let (code, seats) = place.ti(&["seats", "-o", "json"]);
        assert_eq!(code, 0, "{seats}");
        let seats: Value = serde_json::from_str(&seats).expect("JSON");
        let mut licenses = seats["licenses"].as_array().expect("licences").clone();
        licenses.sort_by_key(|license| license["id"].to_string());
        licenses
    });
    assert_eq!(documented, observed);
    assert!(documented.iter().any(|license| license["managers"].as_i64() > Some(0)));
}

/// A client's own limit counts beside those of its licences.
#[test]
fn the_seats_of_a_client_are_in_the_plan() {
    let place = Place::new(Dialect::Documented, 300);
    let (_, seats) = place.ti(&["seats", "-o", "json"]);
    let seats: Value = serde_json::from_str(&seats).expect("JSON");
    let client = seats["clients"].as_array().expect("clients").iter().find(|client| client["free"].as_i64() > Some(0));
    let client = client.expect("a client with a limit");
    let free = usize::try_from(client["free"].as_i64().expect("seats")).expect("seats");
    let licenses = seats["licenses"].as_array().expect("licences").iter();
    let open = licenses.clone().find(|license| license["clientId"] == client["id"] && license["free"].is_null());
    let sku = open.expect("a licence without a limit")["sku"].as_str().expect("a SKU");
    let rows: Vec<String> = (0..free + 3).map(|number| format!("c-{number}@example.com,New,{sku};{sku}")).collect();
    place.write("roster.csv", &format!("email,firstName,studentLicenseSkus\n{}\n", rows.join("\n")));
    let (_, printed) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
    assert!(printed.starts_with(&format!("{free} to create, 3 with a problem")), "{printed}");
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert_eq!(code, 0, "{printed}");
}

#[cfg(unix)]
#[test]
fn who_interrupts_learns_how_to_go_on() {
    let place = Place::new(Dialect::Documented, 300);
    let mut printed = String::new();
    interrupted(&place, 70, |child| {
        let id = child.id().to_string();
        assert!(Command::new("sh").args(["-c", &format!("kill -INT {id}")]).status().expect("sh").success());
        std::io::Read::read_to_string(child.stderr.as_mut().expect("a pipe"), &mut printed).expect("UTF-8");
        assert_eq!(child.wait().expect("ended").code(), Some(2), "{printed}");
    });
    assert!(printed.contains("stopped: interrupted") && printed.contains("`ti undo`"), "{printed}");
    let journal = std::fs::read_to_string(place.path("run.jsonl")).expect("a journal");
    assert!(journal.ends_with('\n') && journal.lines().last().is_some_and(|line| line.contains("\"ended\"")));
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert!(code == 0 && printed.contains("done in an earlier run"), "{printed}");
    assert_eq!(place.effects().len(), 71);
}

#[test]
fn a_key_that_is_not_taken_stops_everything() {
    let place = Place::new(Dialect::Documented, 300);
    place.write("roster.csv", "email,firstName\na@example.com,A\nb@example.com,B\n");
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    let apply = ["apply", "plan.json", "--journal", "run.jsonl", "--yes"];
    let output = place.command(&apply).env("TI_API_KEY", "not-the-key").output().expect("ti runs");
    let printed = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.code() == Some(2) && printed.contains("check TI_API_KEY"), "{printed}");
    assert_eq!(printed.matches("(401)").count(), 1, "nobody else is tried: {printed}");
    let (code, printed) = place.ti(&apply);
    assert!(code == 0 && printed.contains("2 done"), "{printed}");
}

#[test]
fn a_row_says_what_it_says_and_no_more() {
    let place = Place::new(Dialect::Documented, 300);
    let people = place.people();
    let is_plain = |user: &&Value| user["roleKey"] == "learner" && user["email"].is_string();
    let disabled = people.values().filter(is_plain).find(|user| user["disabled"] == true).expect("somebody disabled");
    let email = disabled["email"].as_str().expect("an address");
    let last = disabled["lastName"].as_str().expect("a name");
    for (roster, printed) in [
        (format!("email,lastName\n{email},{last}\n"), "no change"),
        (format!("email;lastName;status\r\n{email};{last};\r\n"), "no change"),
        (format!("email,lastName,status\n{email},{last},active\n"), "1 to reactivate"),
        (format!("email,lastName\n{email},Changed\n"), "1 to update"),
        (json!([{ "email": email, "lastName": "  " }]).to_string(), "no change"),
    ] {
        place.write("roster.csv", &roster);
        let (_, output) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
        assert!(output.starts_with(printed), "{roster}: {output}");
        assert_eq!(
            output.contains("1 users of the roster are disabled and stay disabled"),
            printed != "1 to reactivate"
        );
    }
    let all = ["plan", "roster.csv", "--out", "plan.json", "--deactivate-missing", "--max-deactivations", "1000"];
    let (_, printed) = place.ti(&[&all[..], &["--max-deactivations", "100%"]].concat());
    assert!(
        printed.starts_with("1 to reactivate"),
        "whoever stands in a roster of everybody is to be there: {printed}"
    );

    place.write("mapping.toml", "[columns]\ndept = \"customFields.department\"\n");
    let row = json!([{ "email": "new@example.com", "dept": "A", "customFields": { "region": "B" } }]);
    place.write("custom.json", &row.to_string());
    assert_eq!(place.ti(&["plan", "custom.json", "--out", "plan.json", "--columns", "mapping.toml"]).0, 1);
    let (_, shown) = place.ti(&["show", "plan.json"]);
    assert!(shown.contains("customFields.department") && shown.contains("customFields.region"), "{shown}");
    // An id that is the address is no id of somebody else.
    place.write("ids.csv", "email,externalCustomerId\nnew@example.com,new@example.com\n");
    let (_, printed) = place.ti(&["plan", "ids.csv", "--out", "plan.json"]);
    assert!(printed.starts_with("1 to create;"), "{printed}");
}

#[test]
fn what_a_tenant_does_not_show_is_left_alone_unless_asked_for() {
    let place = Place::new(Dialect::Observed, 300);
    let learners = place.learners();
    let email = learners[0]["email"].as_str().expect("an address");
    place.write("roster.csv", &format!("email,firstName,preferredCurrency\n{email},Changed,EUR\n"));
    let plan = ["plan", "roster.csv", "--out", "plan.json"];
    let (code, printed) = place.ti(&plan);
    assert!(code == 1 && printed.contains("does not show `preferredCurrency`"), "{printed}");
    assert_eq!(place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]).0, 0);
    let (code, printed) = place.ti(&plan);
    assert!(code == 0 && printed.starts_with("no change"), "{printed}");
    assert_eq!(place.ti(&[&plan[..], &["--write-hidden"]].concat()).0, 1);
    assert!(place.ti(&["show", "plan.json"]).1.contains("(unknown) → EUR"));
    place.write("roster.csv", &format!("email,firstName,preferredCurrency\n{email},Again,EUR\n"));
    assert_eq!(place.ti(&[&plan[..], &["--write-hidden"]].concat()).0, 1);
    assert_eq!(place.ti(&["apply", "plan.json", "--journal", "again.jsonl", "--yes"]).0, 0);
    let (code, printed) = place.ti(&["undo", "again.jsonl", "--yes"]);
    assert!(code == 1 && printed.contains("did not show the value of `preferredCurrency`"), "{printed}");
    let id = learners[0]["id"].as_str().expect("an id");
    assert_eq!(place.people()[id]["firstName"], "Changed", "the rest is taken back");
}

/// What is wrong in a roster, a mapping, a plan or a journal is printed with its file and line, and nothing is written.
#[test]
fn bad_input_is_reported_with_its_place() {
    let place = Place::new(Dialect::Documented, 300);
    let cases: [(&str, &str, &str); 19] = [
        (
            "unknown.csv",
            "email,shoeSize\na@b.example,38\n",
            "unknown.csv: line 1: the column `shoeSize` is not a field of a user",
        ),
        ("twice.csv", "email,lastName,lastName\n", "twice.csv: line 1: the column `lastName` is a duplicate"),
        (
            "ragged.csv",
            "email,lastName\na@b.example,Ada,Byron\n",
            "ragged.csv: line 2: the row has 3 cells and the heading 2 columns",
        ),
        ("nokey.csv", "lastName\nByron\n", "nokey.csv: line 2: `email` is empty, and users are matched by it"),
        ("noaddress.csv", "email\nnobody\n", "noaddress.csv: line 2: `nobody` is not an e-mail address"),
        ("status.csv", "email,status\na@b.example,asleep\n", "status.csv: line 2: status: `asleep` is not a status"),
        ("balance.csv", "email,balance\na@b.example,much\n", "balance.csv: line 2: balance: `much` is not a number"),
        (
            "quoted.csv",
            "email,lastName\na@b.example,\"two\nlines\"\nnobody,x\n",
            "quoted.csv: line 4: `nobody` is not an e-mail",
        ),
        ("latin.csv", "email,lastName\na@b.example,\u{0}\n", ""),
        (
            "flags.csv",
            "email,replaceLicenseAccess\na@b.example,true\n",
            "the column `replaceLicenseAccess` is not a field of a user",
        ),
        ("broken.json", "[{\"email\":\"a@b.example\"},", "broken.json: EOF while parsing"),
        ("type.json", "[{\"email\":7}]", "type.json: item 1: `email` cannot be 7"),
        (
            "open.csv",
            "email,lastName\na@b.example,\"Byron\nb@b.example,x\nc@b.example,y\n",
            "open.csv: line 2: a quote opens here and is never closed",
        ),
        ("null.json", "[{\"email\":\"a@b.example\",\"role\":null}]", "null.json: item 1: `role` cannot be null"),
        (
            "again.json",
            "[{\"email\":\"a@b.example\",\"customFields.a\":1,\"customFields\":{\"a\":2}}]",
            "again.json: item 1: the field `customFields.a` is a duplicate",
        ),
        (
            "field.json",
            "[{\"email\":\"a@b.example\",\"shoeSize\":38}]",
            "field.json: item 1: the column `shoeSize` is not a field",
        ),
        ("lines.ndjson", "\n{\"email\":\"a@b.example\"}\n{\"email\"\n", "lines.ndjson: line 3:"),
        ("scalar.json", "[7]", "scalar.json: invalid type"),
        ("missing.csv", "", ""),
    ];
    for (name, text, printed) in cases.iter().filter(|(_, _, printed)| !printed.is_empty()) {
        place.write(name, text);
        let (code, output) = place.ti(&["plan", name, "--out", "plan.json"]);
        assert_eq!(code, 2, "{name}: {output}");
        assert!(output.contains(printed) && output.contains("help: "), "{name}: {output}");
    }
    place.write("several.csv", "email,balance\r\nnobody,1\r\n\r\na@b.example,much\r\nb@b.example,1,2\r\n");
    let (code, output) = place.ti(&["plan", "several.csv", "--out", "plan.json"]);
    assert_eq!(code, 2);
    for printed in
        ["line 2: `nobody` is not", "line 4: balance: `much`", "line 5: the row has 3 cells and the heading 2 columns"]
    {
        assert!(output.contains(&format!("error: several.csv: {printed}")), "every bad row is printed: {output}");
    }
    std::fs::File::create(place.path("latin.csv"))
        .expect("a file")
        .write_all(b"email,lastName\na@b.example,M\xC3\xBCller\nb@b.example,M\xFCller\n")
        .expect("written");
    let (code, output) = place.ti(&["plan", "latin.csv", "--out", "plan.json"]);
    assert!(code == 2 && output.contains("latin.csv: line 3: it is not UTF-8"), "{output}");
    let (code, output) = place.ti(&["plan", "nowhere.csv", "--out", "plan.json"]);
    assert!(code == 2 && output.contains("nowhere.csv: cannot be read"), "{output}");
    place.write("mapping.toml", "[column]\n");
    place.write("fine.csv", "\u{feff}E-Mail,Notes,last\na@b.example,x,\n");
    let (code, output) = place.ti(&["plan", "fine.csv", "--out", "plan.json", "--columns", "mapping.toml"]);
    assert!(code == 2 && output.contains("mapping.toml:") && output.contains("unknown field `column`"), "{output}");
    place.write("mapping.toml", "ignore = [\"Notes\"]\n[columns]\n\"E-Mail\" = \"email\"\nlast = \"lastName\"\n");
    let (code, output) = place.ti(&["plan", "fine.csv", "--out", "plan.json", "--columns", "mapping.toml"]);
    assert_eq!(code, 1, "a mark before the text and columns of other names are fine: {output}");
    assert!(place.effects().is_empty(), "nothing was written");
}

#[test]
fn a_plan_or_a_journal_that_is_none_is_refused() {
    let place = Place::new(Dialect::Documented, 300);
    place.write("quoted.csv", "email\na@b.example\n");
    assert_eq!(place.ti(&["plan", "quoted.csv", "--out", "plan.json"]).0, 1);
    let plan = std::fs::read_to_string(place.path("plan.json")).expect("a plan");
    for (name, text, printed) in [
        ("noplan.json", "{}".to_owned(), "this is not a plan"),
        ("changed.json", plan.replace("a@b.example", "b@b.example"), "its digest does not match"),
        ("newer.json", plan.replace("\"version\": 3", "\"version\": 9"), "this is a plan of version 9"),
        ("elsewhere.json", String::new(), "cannot be read"),
    ] {
        if !text.is_empty() {
            place.write(name, &text);
        }
        let (code, output) = place.ti(&["apply", name, "--journal", "x.jsonl", "--yes"]);
        assert!(code == 2 && output.contains(name) && output.contains(printed), "{name}: {output}");
    }
    // A plan takes the place of a plan, and of nothing else.
    let (code, output) = place.ti(&["plan", "quoted.csv", "--out", "quoted.csv"]);
    assert!(code == 2 && output.contains("quoted.csv exists and is not a plan"), "{output}");
    assert!(place.path("quoted.csv").exists());
    let apply = |journal: &str| place.ti(&["apply", "plan.json", "--journal", journal, "--yes"]);
    place.write("nojournal.jsonl", "{\"a\":1}\n");
    let other =
        json!({"line": "plan", "version": 2, "digest": "x", "tenant": "y", "by": "z", "at": "2026-01-01T00:00:00Z"});
    place.write("other.jsonl", &sealed(vec![other]));
    for (journal, printed) in
        [("nojournal.jsonl", "nojournal.jsonl: line 1:"), ("other.jsonl", "the journal of another plan")]
    {
        let (code, output) = apply(journal);
        assert!(code == 2 && output.contains(printed), "{output}");
        let (code, output) = place.ti(&["undo", journal, "--yes"]);
        assert_eq!(code, 2, "{output}");
    }
    assert!(place.effects().is_empty(), "nothing was written");
}

/// The entries of a page, which are compressed in it.
fn entries_of_page(page: &str) -> String {
    let data = page.split("<script id=\"entries\" type=\"text/plain\">").nth(1).expect("data");
    let data = STANDARD.decode(data.split("</script>").next().expect("an end")).expect("Base64");
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(data.as_slice()).read_to_string(&mut text).expect("compressed");
    // A page of many entries stays small.
    assert!(page.len() < text.len(), "{} of {} bytes", page.len(), text.len());
    text
}

/// Whatever the number of rows and of changes, little of them is in memory: a plan is made, shown and begun where data
/// may take no more than 24 MB.
#[test]
fn a_plan_of_many_changes_takes_little_memory() {
    let place = Place::of(Sandbox::new(Dialect::Documented).users(20));
    let rows = std::env::var("TI_ROSTER_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(60_000_u32);
    let path = place.path("roster.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    writeln!(file, "email,firstName,lastName,status").expect("written");
    for number in 0..rows {
        let status = if number % 2 == 0 { "disabled" } else { "active" };
        writeln!(file, "body-{number}@example.com,Some,Body {number},{status}").expect("written");
    }
    drop(file);
    let ti = |arguments: &[&str]| {
        let ti = place.command(arguments);
        let mut limited = if cfg!(target_os = "linux") {
            let mut shell = Command::new("sh");
            shell.args(["-c", "ulimit -d 24576 && exec \"$@\"", "sh"]).arg(ti.get_program());
            shell
        } else {
            Command::new(ti.get_program())
        };
        limited.args(ti.get_args()).current_dir(place.folder.path());
        limited.envs(ti.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = limited.output().expect("ti runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    };
    let (code, printed) = ti(&["plan", "roster.csv", "--out", "plan.json"]);
    assert_eq!(code, Some(1), "{printed}");
    let half = rows / 2;
    assert!(printed.contains(&format!("{half} to create; {half} unchanged")), "{printed}");
    for output in ["text", "json", "html"] {
        let (code, shown) = ti(&["show", "plan.json", "-o", output]);
        let shown = if output == "html" { entries_of_page(&shown) } else { shown };
        assert_eq!((code, shown.matches("body-").count() >= half as usize), (Some(0), true), "{output}");
    }
    let (code, printed) = ti(&["apply", "plan.json", "--journal", "run.jsonl"]);
    assert!(code == Some(2) && printed.contains("standard input is not a terminal"), "{printed}");
}

#[test]
fn an_import_is_checked_served_and_waited_for() {
    for dialect in Dialect::ALL {
        let place = Place::new(dialect, 300);
        let external =
            place.people().into_values().find_map(|user| Some(user["externalCustomerId"].as_str()?.to_owned()));
        let external = external.expect("an id");
        place.write(
            "people.csv",
            &format!(
                "email,firstName,lastName,externalCustomerId\nada@example.com,Ada,Byron,\n,No,Address,\n\
                 nobody,No,Address,\nADA@example.com,Ada,Again,\ngrace@example.com,Grace,Hopper,,extra\n\
                 taken@example.com,Taken,Id,{external}\n"
            ),
        );
        let refused = "External customer id has already been taken";
        for (arguments, done) in
            [(&["import", "people.csv", "--dry-run"][..], "would be imported"), (&["import", "people.csv"], "imported")]
        {
            let (code, printed) = place.ti(arguments);
            assert_eq!(code, 1, "{printed}");
            assert!(printed.contains("4 rows cannot be imported"), "{printed}");
            assert!(printed.contains(&format!("complete: 1 rows {done}")), "{printed}");
            assert!(printed.contains("the tenant refused 1 more rows"), "{printed}");
            let bad = std::fs::read_to_string(place.path("people.bad.csv")).expect("bad rows");
            let reasons: Vec<&str> = bad.lines().filter_map(|line| line.split(',').next()).collect();
            let printed = [
                "reason",
                "email is missing",
                "`nobody` is not an e-mail address",
                "an earlier row has the same address",
                "the row has 5 cells and the heading 4 columns",
                refused,
            ];
            assert_eq!(reasons, printed, "{bad}");
        }
        assert!(place.people().values().any(|user| user["email"] == "ada@example.com" && user["lastName"] == "Byron"));
        // What is not mended stays bad, whatever its reason says.
        let (code, printed) = place.ti(&["import", "people.bad.csv"]);
        assert!(code == 1 && printed.contains("3 rows cannot be imported"), "{printed}");
        assert!(!place.people().values().any(|user| user["lastName"].to_string().contains("cells")));
        // What was mended is a file to import again, with its reasons.
        place.write("mended.csv", "email,firstName,lastName,reason\nmended@example.com,No,Address,email is missing\n");
        let (code, printed) = place.ti(&["import", "mended.csv"]);
        assert!(code == 0 && printed.contains(r#""operation":"users.bulk-import, job""#), "{printed}");
    }
}

#[test]
fn single_writes_are_verified_and_noted() {
    let place = Place::new(Dialect::Documented, 300);
    let audit = place.path("audit.jsonl");
    let ti = |arguments: &[&str]| {
        let audit: &Path = &audit;
        let mut all = arguments.to_vec();
        all.extend(["--audit", audit.to_str().expect("a path")]);
        place.ti(&all)
    };
    let set = ["--set", "email=ada@example.com", "--set", "firstName=Ada", "--set", "password=correct horse battery"];
    let (code, printed) = ti(&[&["users", "create"], &set[..]].concat());
    assert!(code == 0 && printed.starts_with("created "), "{printed}");
    let (code, printed) = ti(&["users", "create", "--set", "email=ada@example.com"]);
    assert!(code == 2 && printed.contains("already been taken"), "{printed}");
    let (code, printed) = ti(&["users", "update", "ada@example.com", "--set", "customFields.shoeSize=38"]);
    assert!(code == 2 && printed.contains("did not apply customFields.shoeSize"), "{printed}");
    for (set, why) in [
        ("studentLicenseIds=", "an empty list revokes nothing"),
        ("balance=NaN", "is not a number"),
        ("replaceCourseAccess=yes", "is neither true nor false"),
        ("replaceCourseAccess=true", "would revoke everything"),
    ] {
        let (code, printed) = ti(&["users", "update", "ada@example.com", "--set", set]);
        assert!(code == 2 && printed.contains(why), "{set}: {printed}");
    }
    let (code, printed) = ti(&["users", "update", "ada@example.com", "--set", "enforceAccessDays=true"]);
    assert!(
        code == 0 && printed.contains("not checked, since the tenant does not show them: enforceAccessDays"),
        "{printed}"
    );
    let (code, printed) = ti(&["users", "update", "ada@example.com", "--set", "shoeSize=38"]);
    assert!(code == 2 && printed.contains("`shoeSize` is not a field"), "{printed}");
    assert_eq!(ti(&["users", "deactivate", "ada@example.com"]).1, "deactivated ada@example.com\n");
    assert_eq!(ti(&["users", "deactivate", "ada@example.com"]).1, "already disabled: ada@example.com\n");
    assert_eq!(ti(&["users", "activate", "ada@example.com"]).1, "activated ada@example.com\n");
    assert_eq!(ti(&["groups", "add", "grp001", "ada@example.com"]).0, 0);
    let course =
        place.people().values().find_map(|user| Some(user["purchasedCourses"][0]["courseId"].as_str()?.to_owned()));
    let (code, printed) = ti(&["enroll", "ada@example.com", "--course", &course.expect("a course")]);
    assert_eq!(code, 0, "{printed}");
    assert_eq!(ti(&["enrollments", "list", "ada@example.com"]).0, 0);
    let (code, printed) = ti(&["users", "delete", "ada@example.com"]);
    assert!(code == 2 && printed.contains("standard input is not a terminal"), "{printed}");
    assert_eq!(ti(&["users", "delete", "nobody@example.com"]).0, 1, "nobody is asked about nobody");
    assert_eq!(ti(&["users", "delete", "ada@example.com", "--yes"]).0, 0);
    assert_eq!(ti(&["users", "get", "ada@example.com"]).0, 1);
    let lines = std::fs::read_to_string(&audit).expect("an audit");
    assert!(lines.lines().count() >= 8, "{lines}");
    assert!(!lines.contains("correct horse") && !lines.contains(place.tenant.api_key()), "{lines}");
}

/// One parser reads the values of `--set` and of a roster, by the type of the field.
#[test]
fn a_value_means_the_same_on_the_command_line_and_in_a_roster() {
    for dialect in Dialect::ALL {
        let place = Place::new(dialect, 300);
        let set = ["email=ada@example.com", "lastName=true", "customFields.department=true"];
        let arguments: Vec<&str> =
            ["users", "create"].into_iter().chain(set.iter().flat_map(|set| ["--set", *set])).collect();
        let (code, output) = place.ti(&arguments);
        assert_eq!(code, 0, "{dialect}: {output}");
        let (_, user, _) = place.run(&["users", "get", "ada@example.com", "-o", "json"]);
        let user: Value = serde_json::from_str(&user).expect("JSON");
        assert_eq!((&user["lastName"], &user["customFields"]["department"]), (&json!("true"), &json!("true")));
        place.write("roster.csv", "email,lastName,customFields.department\nada@example.com,true,true\n");
        let (code, output) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
        assert_eq!(code, 0, "{dialect}: {output}");
    }
}

#[test]
fn a_refused_argument_is_reported_as_one_and_leaves_no_audit_record() {
    let place = Place::new(Dialect::Documented, 300);
    for (arguments, reason) in [
        (&["users", "get", " "][..], "is empty or not a valid id"),
        (&["users", "update", " ", "--set", "lastName=x"], "is empty or not a valid id"),
        (&["users", "update", "ada@example.com", "--set", "balance=NaN"], "the value is not a number"),
    ] {
        let (code, output) = place.ti(&[arguments, &["--audit", "audit.jsonl"]].concat());
        assert!(code == 2 && output.contains(reason) && !output.contains("TI_API_KEY"), "{arguments:?}: {output}");
    }
    let records = std::fs::read_to_string(place.path("audit.jsonl")).unwrap_or_default();
    assert_eq!(records, "", "no write was sent");
}

#[test]
fn no_user_is_promoted_moved_or_touched_after_that() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let email = |number: usize| learners[number]["email"].as_str().expect("an address").to_owned();
    place.write("promote.csv", &format!("email,role\n{},admin\n", email(0)));
    let (_, printed) = place.ti(&["plan", "promote.csv", "--out", "plan.json"]);
    assert!(printed.contains("1 with a problem") && !printed.contains("to update"), "{printed}");
    place.write("roster.csv", &format!("email,status\n{},disabled\n", email(1)));
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    assert_eq!(place.ti(&["users", "update", &email(1), "--set", "role=admin"]).0, 0);
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert!(code == 1 && printed.contains("changed since the plan: role"), "{printed}");
    let failed = std::fs::read_to_string(place.path("run.failed.json")).expect("rows");
    assert!(failed.contains("\"status\": \"disabled\""), "a row says what it said: {failed}");

    place.write("new.csv", "email,firstName\nnew@example.com,New\n");
    assert_eq!(place.ti(&["plan", "new.csv", "--out", "new.json"]).0, 1);
    assert_eq!(place.ti(&["apply", "new.json", "--journal", "new.jsonl", "--yes"]).0, 0);
    assert_eq!(place.ti(&["users", "update", "new@example.com", "--set", "role=admin"]).0, 0);
    let (code, printed) = place.ti(&["undo", "new.jsonl", "--yes", "--delete-created"]);
    assert!(code == 1 && printed.contains("edited since: role"), "{printed}");
    assert_eq!(place.ti(&["users", "get", "new@example.com"]).0, 0, "they are there still");
    let (code, printed) = place.ti(&["plan", "new.csv", "--out", "x.json", "--scope", "client=NOPE"]);
    assert!(code == 2 && !place.path("x.json").exists(), "{printed}");
}

#[test]
fn a_user_with_another_address_is_not_missing() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let moved = learners.iter().find(|user| user["externalCustomerId"].is_string()).expect("somebody with an id");
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["email", "externalCustomerId"]).expect("a row");
    for user in &learners {
        let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
        let email = if user["id"] == moved["id"] { "new.address@example.com".to_owned() } else { text("email") };
        rows.write_record([email, text("externalCustomerId")]).expect("a row");
    }
    place.write("roster.csv", &String::from_utf8(rows.into_inner().expect("rows")).expect("UTF-8"));
    let (_, printed) = place.ti(&["plan", "roster.csv", "--out", "plan.json", "--deactivate-missing"]);
    assert!(printed.contains("2 with a problem") && !printed.contains("deactivate"), "{printed}");
}

#[test]
fn what_is_done_in_part_is_reported_and_can_be_taken_back() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let email = learners[0]["email"].as_str().expect("an address");
    place.write(
        "roster.csv",
        &format!("email,lastName,customFields.shoeSize\n{email},Changed,38\nnew@example.com,New,39\n"),
    );
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    let apply = ["apply", "plan.json", "--journal", "run.jsonl", "--yes"];
    for _ in 0..2 {
        let (code, printed) = place.ti(&apply);
        assert!(code == 1 && printed.contains("2 done in part"), "{printed}");
        assert!(printed.contains("customFields.shoeSize"), "{printed}");
    }
    assert_eq!(place.effects().len(), 2);
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes"]);
    assert!(code == 0 && printed.contains("2 rolled back"), "{printed}");
    let after = place.people();
    assert_eq!(after[learners[0]["id"].as_str().expect("an id")]["lastName"], learners[0]["lastName"], "{printed}");
    let new = after.values().find(|user| user["email"] == "new@example.com").expect("the new one");
    assert_eq!(new["disabled"], true, "{printed}");
}

#[test]
fn licences_whose_role_is_not_reported_are_not_replaced() {
    let place = Place::new(Dialect::Observed, 300);
    let (_, seats) = place.ti(&["seats", "-o", "json"]);
    let seats: Value = serde_json::from_str(&seats).expect("JSON");
    let holder = place
        .learners()
        .into_iter()
        .find(|user| user["allocatedLicenses"][0]["licenseId"].is_string())
        .expect("a holder");
    let own = holder["allocatedLicenses"][0]["licenseId"].clone();
    let licenses = seats["licenses"].as_array().expect("licences");
    let at = licenses.iter().position(|license| license["id"] == own).expect("the licence");
    let client = |license: &Value| license["sku"].as_str().expect("a SKU")[..10].to_owned();
    let other = licenses.iter().find(|license| {
        client(license) == client(&licenses[at])
            && license["id"] != own
            && license["free"].as_i64().is_none_or(|free| free > 0)
    });
    let sku = other.expect("another licence of the client")["sku"].as_str().expect("a SKU");
    let email = holder["email"].as_str().expect("an address");
    place.write("roster.csv", &format!("email,studentLicenseSkus\n{email},{sku}\n"));
    let (code, printed) = place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
    assert_eq!(code, 1, "{printed}");
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert_eq!(code, 0, "{printed}");
    let held = || {
        let people = place.people();
        let person = &people[holder["id"].as_str().expect("an id")];
        person["allocatedLicenses"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(held(), 2, "given, and nothing taken away");
    let (code, printed) = place.ti(&["undo", "run.jsonl", "--yes"]);
    assert!(
        code == 1 && printed.contains("impossible: the tenant did not show the value of `studentLicenseIds`"),
        "{printed}"
    );
    assert_eq!(held(), 2);
}

#[test]
fn a_file_that_is_no_journal_is_not_written_to() {
    let place = Place::new(Dialect::Documented, 300);
    let learners = place.learners();
    let email = learners[0]["email"].as_str().expect("an address");
    let roster = format!("[{{\"email\":\"{email}\",\"lastName\":\"Changed\"}}]");
    place.write("roster.json", &roster);
    assert_eq!(place.ti(&["plan", "roster.json", "--out", "plan.json"]).0, 1);
    for yes in [&[][..], &["--yes"]] {
        let apply = [&["apply", "plan.json", "--journal", "roster.json"], yes].concat();
        let (code, printed) = place.ti(&apply);
        assert!(code == 2 && printed.contains("this is not a journal"), "{printed}");
    }
    assert_eq!(std::fs::read_to_string(place.path("roster.json")).expect("text"), roster);
    let file = std::fs::File::create(place.path("run.jsonl")).expect("a file");
    file.lock().expect("locked");
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert!(code == 2 && printed.contains("another process is writing it"), "{printed}");
    drop(file);
    // A journal that was torn inside of a character goes on.
    std::fs::write(place.path("run.jsonl"), b"{\"line\":\"plan\",\"digest\":\"\xC3").expect("written");
    let (code, printed) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert_eq!(code, 0, "{printed}");
    assert_eq!(place.effects().len(), 1);
}

#[test]
fn a_spreadsheet_runs_no_name_and_a_roster_has_it_again() {
    let place = Place::new(Dialect::Observed, 300);
    let name = "=cmd|' /C calc'!A0\u{1b}[2J";
    let ti = |arguments: &[&str]| place.run(arguments).1;
    let created = ["users", "create", "--set", "email=bad@example.com", "--set", "firstName=+49 30", "--set"];
    assert_eq!(place.ti(&[created.as_slice(), &[&format!("lastName={name}")]].concat()).0, 0);
    let shown = ti(&["users", "get", "bad@example.com", "-o", "csv"]);
    assert!(shown.contains("bad@example.com,'+49 30,'=cmd|' /C calc'!A0\\u{1b}[2J,"), "{shown}");
    let raw = ti(&["users", "get", "bad@example.com", "-o", "csv", "--raw-csv"]);
    assert!(raw.contains(&format!("bad@example.com,+49 30,{name},")), "{raw}");
    // The same cells in a roster are what the tenant has.
    for (number, csv) in [shown, raw].into_iter().enumerate() {
        let rows: Vec<Vec<String>> = csv::Reader::from_reader(csv.as_bytes())
            .records()
            .map(|row| row.expect("a row").iter().skip(1).take(3).map(str::to_owned).collect())
            .collect();
        let mut out = csv::Writer::from_path(place.path("roster.csv")).expect("a file");
        out.write_record(["email", "firstName", "lastName"]).expect("written");
        for row in &rows {
            out.write_record(row).expect("written");
        }
        drop(out);
        let (code, printed) = place.ti(&["plan", "roster.csv", "--out", &format!("{number}.json")]);
        assert_eq!((code, printed.contains("no change")), (0, true), "{printed}");
    }
}

/// A roster of new users, planned as `plan.json`.
fn planned(place: &Place, new: usize) {
    let rows: Vec<String> = (0..new).map(|number| format!("new.{number:02}@example.com,New")).collect();
    place.write("roster.csv", &format!("email,firstName\n{}\n", rows.join("\n")));
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
}

const APPLY: [&str; 5] = ["apply", "plan.json", "--journal", "run.jsonl", "--yes"];

#[test]
fn one_process_writes_to_a_tenant_and_any_may_read() {
    let place = Place::new(Dialect::Observed, 300);
    planned(&place, 2);
    assert_eq!(place.ti(&APPLY).0, 0);
    planned(&place, 4);
    let user = place.learners()[0]["email"].as_str().expect("an address").to_owned();
    let effects = place.effects();
    place.write("import.csv", "email,firstName,lastName\nnew@example.com,New,Person\n");
    let locks = place.path("state/thought-industries/locks");
    let url =
        Client::builder().set_url(place.tenant.url()).set_api_key("key").build().expect("a client").url().to_owned();
    let since = "2026-01-02T03:04:05Z".parse().expect("a date");
    let held = TenantLock::exclusive(&locks, &url, "ti sync", since).expect("the lock");
    let again = ["apply", "plan.json", "--journal", "other.jsonl", "--yes"];
    for writing in [
        &again[..],
        &["undo", "run.jsonl", "--yes"],
        &["import", "import.csv"],
        &["users", "update", &user, "--set", "lastName=New"],
        &["users", "deactivate", &user],
        &["enroll", &user, "--course", "any"],
        &["groups", "add", "any", &user],
    ] {
        let (code, printed) = place.ti(writing);
        assert_eq!(code, 2, "{writing:?}: {printed}");
        assert!(
            printed.contains("`ti sync` (process ") && printed.contains("nothing was written; wait until"),
            "{printed}"
        );
    }
    assert!(!place.path("other.jsonl").exists() && place.effects() == effects);
    assert_eq!(place.ti(&["users", "get", &user]).0, 0);
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "again.json"]).0, 1);
    drop(held);
    assert_eq!(place.ti(&again).0, 0);
    assert_eq!(place.effects().len(), effects.len() + 2);
}

#[test]
fn a_plan_is_pinned_by_its_digest() {
    let place = Place::new(Dialect::Documented, 300);
    planned(&place, 1);
    let shown = place.ti(&["show", "plan.json"]).1;
    let digest = shown.lines().find_map(|line| line.strip_prefix("digest ")).expect("a digest").to_owned();
    assert_eq!(digest.len(), 64);
    let expecting = |digits: &str| place.ti(&[&APPLY[..], &["--expect", digits]].concat());
    for (digits, reason) in
        [("0123456789ab", "another plan"), (&digest[..11], "12 digits or more"), ("none of this", "not the start")]
    {
        let (code, printed) = expecting(digits);
        assert!(code == 2 && printed.contains(reason) && printed.contains("nothing was written"), "{printed}");
    }
    assert!(place.effects().is_empty() && !place.path("run.jsonl").exists());
    assert_eq!(expecting(&digest[..12].to_uppercase()).0, 0);
    assert_eq!(place.effects().len(), 1);
}

#[test]
fn a_run_whose_first_changes_go_well_goes_on_and_pauses_if_it_is_to() {
    let place = Place::new(Dialect::Documented, 300);
    planned(&place, 8);
    let (code, printed) = place.ti(&[&APPLY[..], &["--first", "3", "--pause"]].concat());
    assert!(code == 0 && printed.contains("the first 3 changes: 3 done and verified; 5 are left\n"), "{printed}");
    assert!(printed.contains("create new.00@example.com: done") && printed.contains("3 done\n"), "{printed}");
    assert_eq!(place.effects().len(), 3);
    let (code, printed) = place.ti(&[&APPLY[..], &["--first", "4"]].concat());
    assert!(code == 0 && printed.contains("create new.00@example.com: done in an earlier run"), "{printed}");
    assert!(printed.contains("4 are left") && printed.contains("5 done, 3 done in an earlier run"), "{printed}");
    assert_eq!(place.effects().len(), 8);
}

#[test]
fn a_run_whose_first_changes_fail_stops_even_with_consent() {
    let place = Place::new(Dialect::Documented, 300);
    planned(&place, 8);
    // The first address is taken after the plan was made.
    assert_eq!(place.ti(&["users", "create", "--set", "email=new.00@example.com"]).0, 0);
    let (code, printed) = place.ti(&[&APPLY[..], &["--first", "3"]].concat());
    assert!(code == 2 && printed.contains("stopped: 1 of the first 3 changes are not done"), "{printed}");
    assert!(
        printed.contains("2 done and verified, 1 not done; 5 are left") && printed.contains("without --first"),
        "{printed}"
    );
    assert_eq!(place.effects().len(), 3);
    let (code, printed) = place.ti(&[&APPLY[..], &["--first", "3", "--pause"]].concat());
    assert_eq!((code, place.effects().len()), (1, 3), "{printed}");
    let (code, printed) = place.ti(&APPLY);
    assert!(
        code == 1 && printed.contains("5 done, 2 done in an earlier run, 1 refused in an earlier run"),
        "{printed}"
    );
}

#[test]
fn a_run_stops_at_its_limit_of_failures() {
    for (limit, written, not_done) in [("2", 2, 2), ("25%", 10, 3)] {
        let place = Place::new(Dialect::Documented, 300);
        planned(&place, 12);
        for number in [0, 1, 2] {
            assert_eq!(place.ti(&["users", "create", "--set", &format!("email=new.{number:02}@example.com")]).0, 0);
        }
        let limited = [&APPLY[..], &["--max-failures", limit]].concat();
        for _ in 0..2 {
            let (code, printed) = place.ti(&limited);
            let reason =
                format!("stopped: {not_done} of the 12 changes of the plan were not carried out, {written} were tried");
            assert!(
                code == 2 && printed.contains(&reason) && printed.contains("run the same command again"),
                "{printed}"
            );
        }
        assert_eq!(place.effects().len(), 3 + written - not_done);
        let (code, printed) = place.ti(&[&APPLY[..], &["--max-failures", "0%"]].concat());
        assert!(code == 2 && printed.contains("`0%` is neither a number"), "{printed}");
    }
}

#[test]
fn pages_load_nothing_and_run_only_what_they_allow() {
    let place = Place::new(Dialect::Documented, 300);
    planned(&place, 1);
    // The page of a plan has a block of data and the script that the policy names by its hash (`approval.rs`).
    for (page, scripts) in [(&["show", "plan.json", "-o", "html"][..], 2), (&["seats", "-o", "html"], 0)] {
        let (code, page) = place.ti(page);
        assert_eq!(code, 0, "{page}");
        let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
        let (before, after) = page.split_once(policy).expect("a policy");
        assert!(!before.contains("<style") && !after.contains("url(") && !after.contains(" src="), "{page}");
        assert_eq!(after.matches("<script").count(), scripts, "{page}");
        assert_eq!(after.contains("script-src"), scripts > 0, "{page}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_is_no_file_of_users() {
    let place = Place::new(Dialect::Documented, 300);
    for arguments in [
        &["plan", "/dev/zero", "--out", "plan.json"][..],
        &["import", "/dev/zero"],
        &["undo", "/dev/zero", "--yes"],
        &["show", "/dev/zero"],
    ] {
        let (code, printed) = place.ti(arguments);
        assert!(code == 2 && printed.contains("/dev/zero: "), "{printed}");
    }
}
