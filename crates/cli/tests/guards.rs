//! Guards of `ti plan` and `ti apply`: what is refused, what raises a guard, and what is kept of past runs.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::process::Command;

use futures::TryStreamExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use thought_industries::Client;
use thought_industries::model::User;
use thought_industries_provision::{Entry, Plan};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};
use tokio::runtime::Runtime;

struct Place {
    runtime: Runtime,
    tenant: RunningSandbox,
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let tenant = runtime.block_on(Sandbox::new(Dialect::Documented).users(300).start()).expect("a sandbox starts");
        Self { runtime, tenant, folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    fn ti(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ti"));
        command.env("TI_URL", self.tenant.url()).env("TI_API_KEY", self.tenant.api_key()).env_remove("TI_SUBDOMAIN");
        command.env_remove("TI_TENANT").env("TI_CONFIG_DIR", self.folder.path());
        command.env("TI_STATE_DIR", self.path("state")).env("XDG_RUNTIME_DIR", self.folder.path());
        command.env("USER", "tester").current_dir(self.folder.path()).args(arguments).args(["--pace", "off"]);
        let output = command.output().expect("ti runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        (output.status.code().expect("an exit code"), text(&output.stdout) + &text(&output.stderr))
    }

    /// Active learners with an address, and one other active user.
    fn users(&self) -> (Vec<User>, User) {
        let client = Client::builder().set_url(self.tenant.url()).set_api_key(self.tenant.api_key());
        let client = client.without_limits().build().expect("right settings");
        let users: Vec<User> = self.runtime.block_on(client.users().list().items().try_collect()).expect("users");
        let is_plain =
            |user: &User| user.email.is_some() && user.learner_user_id.is_none() && user.disabled == Some(false);
        let (learners, others): (Vec<User>, Vec<User>) =
            users.into_iter().filter(is_plain).partition(|user| user.role_key.as_deref() == Some("learner"));
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
    let place = Place::new();
    let (learners, _) = place.users();
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
    let place = Place::new();
    let (learners, _) = place.users();
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
    let place = Place::new();
    let (learners, admin) = place.users();
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
