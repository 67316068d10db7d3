//! Approval: who signs a plan, what is carried out, and what is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use thought_industries::model::User;
use thought_industries_sandbox::Dialect;

use crate::place::Place;

impl Place {
    /// A key for an approver, and the line for the file of approvers.
    fn key(&self, file: &str, name: &str) -> String {
        let (code, line, err) = self.run(&["approve", "--new-key", file, "--name", name]);
        assert_eq!(code, 0, "{err}");
        assert!(!line.contains("secret") && err.contains(file), "{line}{err}");
        line
    }

    fn apply(&self, more: &[&str]) -> (i32, String) {
        self.ti(&[&["apply", "plan.json", "--journal", "run.jsonl", "--yes"], more].concat())
    }

    fn learner(&self) -> User {
        let is_plain = |user: &User| {
            let is_learner = user.role_key.as_deref() == Some("learner") && user.learner_user_id.is_none();
            is_learner && user.email.is_some() && user.disabled == Some(false)
        };
        self.listed().into_iter().find(is_plain).expect("a learner")
    }
}

#[test]
fn only_what_an_approver_signed_is_carried_out() {
    let place = Place::new(Dialect::Documented, 60);
    let email = place.learner().email.expect("an address");
    let plan = |name: &str| {
        place.write("roster.csv", &format!("email,lastName\n{email},{name}\n"));
        assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    };
    let refused = |more: &[&str], reason: &str| {
        let (code, shown) = place.apply(more);
        assert!(code == 2 && shown.contains(reason), "{reason}: {shown}");
        assert!(shown.contains("nothing was written to the tenant"), "{shown}");
        assert!(place.tenant.effects().is_empty() && !place.path("run.jsonl").exists());
    };
    let (ada, _) = (place.key("ada.key", "Ada Byron"), place.key("eve.key", "Eve"));
    place.write("approvers.toml", &format!("[approvers]\n{ada}"));
    let needed = ["--approved-by", "approvers.toml"];
    plan("First");
    refused(&needed, "plan.json.approval: the plan is not approved");
    let (code, shown) = place.ti(&["approve", "plan.json", "--key", "eve.key"]);
    assert_eq!(code, 0, "{shown}");
    refused(&needed, "0 of 1 needed approvals; the keys of no approver: ");
    let (code, shown) = place.ti(&["approve", "plan.json", "--key", "ada.key"]);
    assert!(code == 0 && shown.contains("1 to update") && shown.contains("approved by Ada Byron"), "{shown}");
    // The same name, but another plan.
    plan("Second");
    refused(&needed, "the approval is of another plan, or the plan was changed since");
    assert_eq!(place.ti(&["approve", "plan.json", "--key", "ada.key", "--expect", &"0".repeat(64)]).0, 2);
    assert_eq!(place.ti(&["approve", "plan.json", "--key", "ada.key"]).0, 0);
    let text = std::fs::read_to_string(place.path("plan.json")).expect("a plan");
    place.write("plan.json", &text.replace("Second", "Third"));
    refused(&needed, "its digest does not match");
    place.write("plan.json", &text);
    let (code, shown) = place.apply(&needed);
    assert!(code == 0 && shown.contains("approved by Ada Byron"), "{shown}");
    assert_eq!(place.tenant.effects().len(), 1);
}

#[test]
fn a_plan_that_has_expired_is_neither_approved_nor_carried_out() {
    let place = Place::new(Dialect::Documented, 60);
    let email = place.learner().email.expect("an address");
    place.write("roster.csv", &format!("email,lastName\n{email},Changed\n"));
    let (code, shown) = place.ti(&["plan", "roster.csv", "--out", "plan.json", "--expires-in", "soon"]);
    assert!(code == 2 && shown.contains("36h or 7d"), "{shown}");
    place.write("sync.toml", "[plan]\nexpires-in = \"1d\"\n");
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json", "--config", "sync.toml"]).0, 1);
    // What was made long ago is refused, also if the digest fits.
    let mut plan: Value =
        serde_json::from_slice(&std::fs::read(place.path("plan.json")).expect("a plan")).expect("JSON");
    let day = |date: &Value| date.as_str().expect("a date").get(..10).expect("a day").to_owned();
    assert_ne!(day(&plan["made"]), day(&plan["expires"]));
    plan["expires"] = "2026-01-02T03:04:05.000Z".into();
    let mut plan: thought_industries_provision::Plan = serde_json::from_value(plan).expect("a plan");
    plan.digest = digest(&plan);
    plan.write(&place.path("plan.json")).expect("written");
    place.key("ada.key", "Ada Byron");
    for shown in [place.apply(&[]), place.ti(&["approve", "plan.json", "--key", "ada.key"])] {
        assert!(shown.0 == 2 && shown.1.contains("the plan expired at 2026-01-02T03:04:05.000Z"), "{shown:?}");
        assert!(shown.1.contains("make the plan again"), "{shown:?}");
    }
    assert!(place.tenant.effects().is_empty());
}

/// The digest of a plan (`docs/formats.md`).
fn digest(plan: &thought_industries_provision::Plan) -> String {
    let head = (plan.version, &plan.tenant, &plan.made, &plan.source, &plan.read_digest);
    let mut text =
        serde_json::to_vec(&(head, plan.totals, plan.left_disabled, &plan.unseen, &plan.entries)).expect("JSON");
    text.extend(serde_json::to_vec(&(&plan.census, &plan.raised)).expect("JSON"));
    text.extend(serde_json::to_vec(&(&plan.made_by, plan.expires, &plan.seats)).expect("JSON"));
    Sha256::digest(text).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_signs_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new(Dialect::Documented, 60);
    place.write("roster.csv", "email,lastName\nnew@example.com,New\n");
    assert_eq!(place.ti(&["plan", "roster.csv", "--out", "plan.json"]).0, 1);
    place.key("ada.key", "Ada Byron");
    std::fs::set_permissions(place.path("ada.key"), PermissionsExt::from_mode(0o640)).expect("set");
    let (code, shown) = place.ti(&["approve", "plan.json", "--key", "ada.key"]);
    assert!(code == 2 && shown.contains("other users can read this secret key (mode 0640)"), "{shown}");
    assert!(shown.contains("chmod 600") && !place.path("plan.json.approval").exists(), "{shown}");
}

#[test]
fn a_plan_says_who_made_it_why_and_of_what_and_its_summary_names_no_user() {
    let place = Place::new(Dialect::Documented, 60);
    let learner = place.learner();
    let email = learner.email.clone().expect("an address");
    let rows = format!("{email},2020-01-31,\nnew@example.com,,New\n");
    place.write("roster.csv", &format!("email,end,lastName\n{rows}"));
    place.write("sync.toml", "[columns]\nend = \"end\"\n");
    let command = ["plan", "roster.csv", "--out", "plan.json", "--config", "sync.toml", "-o", "json"];
    let (code, out, err) = place.run(&command);
    assert_eq!(code, 1, "{err}");
    let summary: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&summary["madeBy"], &summary["kinds"]["deactivate"]), (&"tester".into(), &1.into()));
    assert_eq!((&summary["totals"]["create"], &summary["roster"]["name"]), (&1.into(), &"roster.csv".into()));
    assert!(!out.contains('@'), "no user is named: {out}");
    let (_, shown) = place.ti(&["show", "plan.json"]);
    let name = format!("{} {}", learner.first_name.unwrap_or_default(), learner.last_name.unwrap_or_default());
    for part in
        [&format!("{} · ends 2020-01-31", name.trim()), "New · new in the roster", " UTC by tester · from roster"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let (code, shown) = place.ti(&["plan", "roster.csv", "--out", "plan.json", "-o", "csv"]);
    assert!(code == 2 && shown.contains("use text or json") && place.path("plan.json").exists(), "{shown}");
}

#[test]
fn the_page_runs_its_own_script_only() {
    let place = Place::new(Dialect::Documented, 60);
    place.write("roster.csv", "email,lastName\n\"</script><b>@example.com\",New\nnew@example.com,</script>\n");
    place.ti(&["plan", "roster.csv", "--out", "plan.json"]);
    let (code, page, err) = place.run(&["show", "plan.json", "-o", "html"]);
    assert_eq!(code, 0, "{err}");
    let script = page.split("<script>").nth(1).expect("a script").split("</script>").next().expect("an end");
    let policy = page.split("script-src 'sha256-").nth(1).expect("a policy").split('\'').next().expect("a hash");
    assert_eq!(STANDARD.decode(policy).expect("Base64"), Sha256::digest(script).to_vec());
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script");
}
