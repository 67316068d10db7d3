//! Guards of `ti plan` and `ti apply`: what is refused, what raises a guard, and what is kept of past runs.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use thought_industries::model::User;
use thought_industries_provision::{Entry, Plan};
use thought_industries_sandbox::Dialect;

use crate::place::Place;

impl Place {
    /// Active learners with an address, and one other active user.
    fn learners_and_admin(&self) -> (Vec<User>, User) {
        let is_plain =
            |user: &User| user.email.is_some() && user.learner_user_id.is_none() && user.disabled == Some(false);
        let (learners, others): (Vec<User>, Vec<User>) =
            self.listed().into_iter().filter(is_plain).partition(|user| user.role_key.as_deref() == Some("learner"));
        (learners, others.into_iter().find(|user| user.role_key.as_deref() == Some("admin")).expect("an administrator"))
    }

    /// The lines that are kept of past runs.
    fn kept(&self) -> Vec<Value> {
        let Ok(files) = std::fs::read_dir(self.path("state/thought-industries/history")) else { return Vec::new() };
        let texts = files.map(|file| std::fs::read_to_string(file.expect("an entry").path()).expect("text"));
        let texts: Vec<String> = texts.collect();
        texts.iter().flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

fn email(user: &User) -> &str {
    user.email.as_deref().expect("an address")
}

#[test]
fn a_guard_refuses_is_raised_with_its_option_and_recorded() {
    let place = Place::new(Dialect::Documented, 300);
    let (learners, _) = place.learners_and_admin();
    let rows: Vec<String> = learners
        .iter()
        .filter(|user| user.last_name.is_some())
        .take(120)
        .map(|user| format!("{},KÃ¶nig", email(user)))
        .collect();
    place.write("roster.csv", &format!("email,lastName\n{}\n", rows.join("\n")));
    let plan = |more: &[&str]| place.ti(&[&["plan", "roster.csv", "--out", "plan.json"], more].concat());
    let (code, shown) = plan(&[]);
    assert_eq!(code, 2, "{shown}");
    for part in [
        "write wrongly decoded text to users: 120 of ",
        "replace `lastName` of users: 120 of ",
        "--allow mojibake=120",
        "--allow lastName=120",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(plan(&["--allow", "mojibake=120"]).0, 2, "one of both");
    assert_eq!(plan(&["--allow", "shoeSize=120"]).0, 2);
    assert!(!place.path("plan.json").exists() && place.tenant.effects().is_empty());
    let (code, shown) = plan(&["--allow", "mojibake=120", "--allow", "lastName=90%"]);
    assert!(
        code == 1 && shown.contains("raised guard `mojibake`") && shown.contains("90 % are allowed here"),
        "{shown}"
    );
    assert!(place.ti(&["show", "plan.json"]).1.contains("raised guard `lastName`"));
    assert!(place.kept().is_empty(), "a plan is no run");
    let (code, shown) = place.ti(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert_eq!(code, 0, "{shown}");
    let kept = place.kept();
    assert_eq!((kept.len(), &kept[0]["users"]["lastName"]), (1, &Value::from(120)));
    assert_eq!(place.ti(&["undo", "run.jsonl", "--yes"]).0, 0);
    assert_eq!(place.kept().last().expect("a line")["users"], serde_json::json!({}), "nothing of it is left");
}

#[test]
fn runs_of_a_week_are_judged_together_even_between_plan_and_apply() {
    let place = Place::new(Dialect::Documented, 300);
    let (learners, _) = place.learners_and_admin();
    let share = learners.len() / 15;
    let mut refused = None;
    for run in 0..6 {
        let leavers: Vec<String> =
            learners.iter().skip(run * share).take(share).map(|user| format!("{},disabled", email(user))).collect();
        let roster = format!("{run}.csv");
        place.write(&roster, &format!("email,status\n{}\n", leavers.join("\n")));
        let plan = format!("{run}.json");
        let (code, shown) = place.ti(&["plan", &roster, "--out", &plan]);
        if code == 2 {
            refused = Some((run, shown));
            break;
        }
        if run == 0 {
            // A plan of today, approved before the others were carried out.
            let more: Vec<String> =
                learners.iter().rev().take(share).map(|user| format!("{},disabled", email(user))).collect();
            place.write("late.csv", &format!("email,status\n{}\n", more.join("\n")));
            assert_eq!(place.ti(&["plan", "late.csv", "--out", "late.json"]).0, 1);
        }
        let (code, shown) = place.ti(&["apply", &plan, "--journal", &format!("{run}.jsonl"), "--yes"]);
        assert_eq!(code, 0, "{shown}");
    }
    let (run, shown) = refused.expect("refused");
    assert!(run == 4 && shown.contains("--allow deactivateWeek="), "{run}: {shown}");
    let (code, shown) = place.ti(&["apply", "late.json", "--journal", "late.jsonl", "--yes"]);
    assert!(code == 2 && shown.contains("deactivateWeek"), "{shown}");
    assert!(!place.path("late.jsonl").exists(), "no journal of a run that never began");
}

#[test]
fn an_edited_plan_is_judged_by_what_it_holds() {
    let place = Place::new(Dialect::Documented, 300);
    let (learners, admin) = place.learners_and_admin();
    place.write("roster.csv", &format!("email,lastName\n{},Changed\n", email(&learners[0])));
    let forge = |users: &[&User]| {
        assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
        let mut plan = Plan::read(&place.path("plan.json")).expect("a plan");
        for user in users {
            let entry = serde_json::json!({
                "action": "deactivate", "id": user.id, "email": user.email,
                "changes": [{ "field": "status", "before": "active", "after": "disabled" }],
            });
            plan.entries.push(&serde_json::from_value::<Entry>(entry).expect("an entry")).expect("kept");
        }
        let head = (plan.version, &plan.tenant, &plan.made, &plan.source, &plan.read_digest);
        let mut text =
            serde_json::to_vec(&(head, plan.totals, plan.left_disabled, &plan.unseen, &plan.entries)).expect("JSON");
        text.extend(serde_json::to_vec(&(&plan.census, &plan.raised)).expect("JSON"));
        text.extend(serde_json::to_vec(&(&plan.made_by, plan.expires, &plan.seats)).expect("JSON"));
        plan.digest = Sha256::digest(text).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        plan.write(&place.path("plan.json")).expect("written");
    };
    forge(&learners.iter().collect::<Vec<_>>());
    let (code, shown) = place.ti(&["apply", "plan.json", "--journal", "many.jsonl", "--yes"]);
    assert!(code == 2 && shown.contains("the plan would deactivate users"), "{shown}");
    assert!(place.tenant.effects().is_empty());
    forge(&[&admin]);
    let (code, shown) = place.ti(&["apply", "plan.json", "--journal", "admin.jsonl", "--yes"]);
    assert!(code == 1 && shown.contains("the user has the role `admin`, which the plan does not manage"), "{shown}");
    assert_eq!(place.tenant.effects().len(), 1, "the name of the learner");
}
