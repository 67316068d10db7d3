//! `ti reconcile` against sandboxes in both dialects: live and from an export, decisions, plans, and the tutorial.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use thought_industries_provision::Plan;
use thought_industries_sandbox::Dialect;

use crate::place::{Place, isolated};

impl Place {
    /// The report of a run.
    fn report(&self, arguments: &[&str]) -> (i32, Value) {
        let (code, out, err) = self.run(&[&["reconcile", "-o", "json"], arguments].concat());
        (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
    }

    /// A staff list in which all users are active, but for the first two learners who may log in: one has left, and one is
    /// not there. Returns their ids. Numbers are left out, so that addresses link.
    fn write_staff(&self) -> [String; 2] {
        let (code, out, err) = self.run(&["users", "list", "-o", "json"]);
        assert_eq!(code, 0, "{err}");
        let users: Vec<Value> = serde_json::from_str(&out).expect("JSON");
        let text = |user: &Value, field: &str| user[field].as_str().unwrap_or_default().to_owned();
        let roles: Vec<String> = users.iter().map(|user| text(user, "roleKey")).collect();
        let learner = roles.iter().max_by_key(|role| roles.iter().filter(|own| own == role).count()).expect("a role");
        let is_plain = |user: &&Value| {
            let same = users.iter().filter(|other| other["email"] == user["email"]).count();
            text(user, "roleKey") == *learner && user["disabled"] == false && user["email"].is_string() && same == 1
        };
        let chosen: Vec<&Value> = users.iter().filter(is_plain).take(2).collect();
        let mut staff =
            "Primary Work Email,Legal First Name,Legal Last Name,Worker Status,Termination Date\n".to_owned();
        let mut seen = BTreeSet::new();
        for user in users.iter().filter(|user| user["email"].is_string() && *user != chosen[1]) {
            let email = text(user, "email");
            let end = if user == chosen[0] { "Terminated,2026-01-31" } else { "Active," };
            if seen.insert(email.clone()) {
                let [first, last] = ["firstName", "lastName"].map(|field| text(user, field));
                staff += &[email.as_str(), ",\"", &first, "\",\"", &last, "\",", end, "\n"].concat();
            }
        }
        std::fs::write(self.path("hr.csv"), staff).expect("written");
        [text(chosen[0], "id"), text(chosen[1], "id")]
    }
}

fn keys(report: &Value, state: &str) -> BTreeSet<String> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let own = findings.filter(|own| own["state"] == state && own["kind"] != "ghost-seat");
    own.map(|own| own["key"].as_str().expect("a key").to_owned()).collect()
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn a_leaver_and_an_orphan_are_found_live_and_in_an_export_in_both_dialects() {
    let formats: [(Dialect, &[&str]); 2] =
        [(Dialect::Documented, &["users.ndjson", "all.sqlite"]), (Dialect::Observed, &["users.csv"])];
    for (dialect, formats) in formats {
        let place = Place::new(dialect, 120);
        let [leaver, orphan] = place.write_staff();
        let [leaver, orphan] = [format!("leaver/{leaver}"), format!("orphan/{orphan}")];
        let (code, live) = place.report(&["--hr", "hr.csv"]);
        assert_eq!((code, &live["format_version"]), (1, &1.into()));
        let open = keys(&live, "open");
        assert!(open.contains(&leaver) && open.contains(&orphan), "{dialect:?}: {open:?}");
        for format in formats.iter().copied() {
            let what: &[&str] =
                if format == "all.sqlite" { &["export", "all"] } else { &["export", "users", "--deep"] };
            let (code, _, err) = place.run(&[what, &["--out", format]].concat());
            assert_eq!(code, 0, "{err}");
            let state = format!("{format}.state.json");
            let (_, exported) = place.report(&["--hr", "hr.csv", "--tenant-export", format, "--state", &state]);
            assert_eq!(keys(&exported, "open"), open, "{dialect:?} {format}");
            assert_eq!(exported["links"], live["links"], "{dialect:?} {format}");
        }
        assert_eq!(place.tenant.effects().len(), 0, "nothing is written");
    }
}

#[test]
fn decisions_outlive_runs_and_a_plan_disables_the_leaver_only() {
    let place = Place::new(Dialect::Observed, 120);
    let [leaver, orphan] = place.write_staff();
    let [leaver_key, orphan_key] = [format!("leaver/{leaver}"), format!("orphan/{orphan}")];
    std::fs::write(place.path("graph.toml"), "idle-days = 100000\n[drift]\nemail = \"ignore\"\n").expect("written");
    let run = ["--hr", "hr.csv", "--config", "graph.toml", "--plan", "plan.json"];
    let (code, first) = place.report(&run);
    assert_eq!(code, 1);
    assert!(keys(&first, "open").is_superset(&set(&[&leaver_key, &orphan_key])));
    let plan = Plan::read(&place.path("plan.json")).expect("a plan");
    let entries: Vec<_> = plan.entries.iter().map(|entry| entry.expect("an entry")).collect();
    assert_eq!(
        entries.iter().map(|entry| (entry.id.as_deref(), entry.action.name())).collect::<Vec<_>>(),
        [(Some(leaver.as_str()), "deactivate")]
    );
    assert_eq!((plan.totals.changes(), place.tenant.effects().len()), (1, 0));

    // The state has personal data.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.path("reconcile.state.json")).expect("a state").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let accept =
        |until: &str| place.run(&["reconcile", "accept", &orphan_key, "--reason", "a kiosk", "--until", until]);
    assert_eq!(accept("2020-01-31").0, 2, "the day has passed");
    assert_eq!(accept("2999-12-31").0, 0);
    let (code, _, err) = place.run(&["reconcile", "accept", "orphan/no-one", "--reason", "x", "--until", "2999-12-31"]);
    assert!(code == 2 && err.contains("no open finding has the key `orphan/no-one`"), "{err}");

    let (code, _, err) = place.run(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    assert_eq!(code, 0, "{err}");
    let (_, second) = place.report(&run);
    assert_eq!(keys(&second, "fixed"), set(&[&leaver_key]));
    assert_eq!(keys(&second, "accepted"), set(&[&orphan_key]));
    assert!(!place.path("plan.json").exists(), "an earlier plan is not mistaken for this one");
    assert_eq!(second["runs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_source_that_is_incomplete_gives_no_orphan_and_bad_input_loses_nothing() {
    let place = Place::new(Dialect::Documented, 120);
    let [_, orphan] = place.write_staff();
    let staff = std::fs::read_to_string(place.path("hr.csv")).expect("a list");
    std::fs::write(place.path("torn.csv"), format!("{staff}no address,Torn,Row,Active,\n")).expect("written");
    let (_, report) = place.report(&["--hr", "torn.csv"]);
    let open = keys(&report, "open");
    assert!(open.contains("stale-source/hr") && !open.contains(&format!("orphan/{orphan}")), "{open:?}");
    let before = std::fs::read(place.path("reconcile.state.json")).expect("a state");
    std::fs::write(place.path("leave.csv"), staff.replacen("Active", "On Leave", 3)).expect("written");
    for (file, reason) in [("leave.csv", "what `On Leave` means has to be decided"), ("absent.csv", "cannot be read")] {
        let (code, out, err) = place.run(&["reconcile", "--hr", file]);
        assert!(code == 2 && err.contains(reason) && out.is_empty(), "{file}: {err}");
    }
    let (code, _, err) = place.run(&["reconcile"]);
    assert!(code == 2 && err.contains("nothing to compare"), "{err}");
    assert_eq!(std::fs::read(place.path("reconcile.state.json")).expect("a state"), before);
    let (_, page, _) = place.run(&["reconcile", "--hr", "hr.csv", "-o", "html"]);
    assert!(page.starts_with("<!doctype html>") && !page.contains("http-equiv=\"refresh\""));
    assert!(!page.contains("src=") && !page.contains("<link"), "no external asset");
    let (_, csv, _) = place.run(&["reconcile", "--hr", "hr.csv", "-o", "csv"]);
    assert!(csv.starts_with("key,kind,state,subject,"), "{csv}");
}

/// The commands of the tutorial in docs/reconcile.md run as they are there.
#[cfg(unix)]
#[test]
fn the_tutorial_runs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reconcile.md");
    let text = std::fs::read_to_string(path).expect("the documentation");
    let tutorial = text.split("## Try it without a tenant").nth(1).expect("a tutorial");
    let script = tutorial.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a script");
    let folder = tempfile::tempdir().expect("a folder");
    let mut shell = isolated("sh", folder.path());
    shell.current_dir(folder.path());
    let program = Path::new(env!("CARGO_BIN_EXE_ti")).parent().expect("a folder");
    let paths = std::env::join_paths([program.to_path_buf(), "/usr/bin".into(), "/bin".into()]).expect("a path");
    // Exit code 1 means findings.
    let script = format!("set -u\nti() {{ command ti \"$@\"; code=$?; [ $code -le 1 ] || exit $code; }}\n{script}");
    let output = shell.env("PATH", paths).arg("-c").arg(script).output().expect("sh runs");
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{out}{err}");
    for part in
        ["Leavers who are still active (1)", "Users without a person (1)", "is accepted until", "1 to deactivate"]
    {
        assert!(out.contains(part) || err.contains(part), "{part}: {out}{err}");
    }
}
