//! `ti` as it is run: what it prints where, and how it ends.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

fn ti() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ti"));
    for variable in ["TI_URL", "TI_SUBDOMAIN", "TI_API_KEY"] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    ti().args(arguments).output().expect("ti runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Standard output of a run that ends well.
fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Exit code and standard error of a run that does not; nothing goes to standard output.
fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(arguments);
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    (output.status.code(), text(&output.stderr))
}

#[test]
fn both_dialects_print_the_same_roster_in_every_format() {
    for format in ["table", "json", "ndjson", "csv"] {
        let documented = stdout(&["--sandbox", "-o", format, "users", "list"]);
        assert_eq!(documented, stdout(&["--sandbox=observed", "-o", format, "users", "list"]), "{format}");
        assert_eq!(documented, stdout(&["users", "list", "-o", format, "--sandbox=documented"]).as_str(), "{format}");
    }
}

#[test]
fn formats_hold_the_same_people() {
    let ndjson = stdout(&["--sandbox", "users", "list", "-o", "ndjson"]);
    let people: Vec<serde_json::Value> = ndjson.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(people.len(), 250);
    let json: Vec<serde_json::Value> =
        serde_json::from_str(&stdout(&["--sandbox", "users", "list", "-o", "json"])).expect("JSON");
    assert_eq!(json, people);
    let keys: Vec<&String> = people[0].as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 9);
    let csv = stdout(&["--sandbox", "users", "list", "-o", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heading = "id,email,firstName,lastName,roleKey,disabled,externalCustomerId,createdAt,lastActiveAt";
    assert_eq!(reader.headers().expect("a heading").iter().collect::<Vec<_>>().join(","), heading);
    for (row, person) in reader.records().zip(&people) {
        assert_eq!(row.expect("a row")[0], *person["id"].as_str().expect("an id"));
    }
    assert_eq!(stdout(&["--sandbox", "users", "list", "--limit", "3", "-o", "ndjson"]).lines().count(), 3);
    assert_eq!(stdout(&["--sandbox", "users", "list", "--limit", "0", "-o", "json"]), "[]\n");
    let admins = stdout(&["--sandbox", "users", "list", "--role", "admin", "-o", "ndjson"]);
    assert!(admins.lines().count() > 5 && admins.lines().all(|line| line.contains(r#""roleKey":"admin""#)));
}

#[test]
fn what_people_read_is_pinned() {
    insta::assert_snapshot!("users_list", stdout(&["--sandbox", "users", "list", "--limit", "6"]));
    insta::assert_snapshot!("users_get", stdout(&["--sandbox", "users", "get", "HR-0000007"]));
    insta::assert_snapshot!("clients_list", stdout(&["--sandbox", "clients", "list"]));
    insta::assert_snapshot!("capabilities", stdout(&["--sandbox=observed", "capabilities", "--live"]));
    let clients = stdout(&["--sandbox", "clients", "list", "-o", "csv"]);
    let id = clients.lines().nth(1).and_then(|line| line.split(',').next()).expect("a client");
    insta::assert_snapshot!("clients_get", stdout(&["--sandbox", "clients", "get", id]));
    insta::assert_snapshot!("licenses_tree", stdout(&["--sandbox", "licenses", "tree", "--client", id]));
    insta::assert_snapshot!("licenses_list", stdout(&["--sandbox=observed", "licenses", "list", "--client", id]));
    insta::assert_snapshot!("help", stdout(&["--help"]));
}

#[test]
fn gaps_are_told_on_standard_error() {
    let output = run(&["--sandbox=observed", "users", "get", "HR-0000007", "-o", "json"]);
    assert!(output.status.success());
    let person: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(person.get("activeLicense").is_none());
    let told = text(&output.stderr);
    assert!(told.starts_with("note: REST v2 does not give these fields") && told.contains("activeLicense"), "{told}");
}

#[test]
fn what_goes_wrong_says_what_to_do() {
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["users", "list"], 2, &["no tenant", "TI_SUBDOMAIN or TI_URL", "--sandbox"]),
        (&["--subdomain", "acme.example", "users", "list"], 2, &["is no subdomain", "give `acme`"]),
        (&["--url", "http://acme.example", "users", "list"], 2, &["not https"]),
        (&["--subdomain", "acme", "users", "list"], 2, &["no API key", "TI_API_KEY"]),
        (&["--sandbox=both", "users", "list"], 2, &["`both` is no dialect", "documented", "observed"]),
        (&["--sandbox", "--url", "https://a.example", "users", "list"], 2, &["cannot be used with"]),
        (&["--sandbox", "users", "list", "-o", "yaml"], 2, &["possible values: table, json, ndjson, csv"]),
        (&["--sandbox", "users", "get", "nobody@example.com"], 1, &["nobody has it"]),
        (&["--sandbox=observed", "clients", "get", "unknown"], 1, &["Client not found"]),
        (&["--sandbox=observed", "sandbox"], 2, &["needs no tenant", "--dialect"]),
        (&["--sandbox", "schema", "pull", "--out", "/nowhere/s.graphql"], 2, &["cannot write /nowhere/s.graphql"]),
        (&["sandbox", "--users", "0"], 2, &["between 1 and 4294967295 users"]),
        (&["sandbox", "--schema", "/nowhere.graphql"], 2, &["cannot read /nowhere.graphql", "SDL or introspection"]),
    ];
    for (arguments, code, told) in cases {
        let (exit, stderr) = failure(arguments);
        assert_eq!(exit, Some(*code), "{arguments:?}: {stderr}");
        for part in *told {
            assert!(stderr.contains(part), "{arguments:?}: `{part}` is not in {stderr}");
        }
    }
}

#[test]
fn completions_are_written_for_shells() {
    assert!(stdout(&["completions", "bash"]).contains("_ti()"));
}

/// A sandbox in a process of its own, stopped when dropped.
struct Served {
    child: Child,
    url: String,
    key: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = ti().arg("sandbox").args(arguments).stdout(Stdio::piped()).spawn().expect("ti runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let place: serde_json::Value = serde_json::from_str(&line).expect("one line of JSON");
        let field = |name: &str| place[name].as_str().expect("text").to_owned();
        Self { url: field("url"), key: field("api_key"), child }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        ti().env("TI_URL", &self.url).env("TI_API_KEY", &self.key).args(arguments).output().expect("ti runs")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[test]
fn a_served_sandbox_is_a_tenant_like_any_other() {
    let tenant = Served::start(&["--dialect", "observed", "--users", "1000000", "--seed", "7"]);
    let output = tenant.run(&["users", "list", "--limit", "250", "-o", "ndjson"]);
    assert_eq!(text(&output.stdout).lines().count(), 250);
    let wrong = ti().env("TI_API_KEY", "wrong").args(["--url", &tenant.url, "users", "list"]).output();
    let wrong = wrong.expect("ti runs");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("did not take the key"), "{}", text(&wrong.stderr));
}

#[test]
fn a_schema_that_is_pulled_and_served_is_pulled_again_without_a_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("first.graphql"), folder.path().join("second.graphql"));
    let path = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let written = run(&["--sandbox", "schema", "pull", "--out", &path(&first)]);
    assert!(text(&written.stderr).contains("types, introspection of"), "{}", text(&written.stderr));
    let tenant = Served::start(&["--schema", &path(&first)]);
    assert!(tenant.run(&["schema", "pull", "--out", &path(&second)]).status.success());
    let first = std::fs::read(first).expect("read");
    assert_eq!(first, std::fs::read(second).expect("read"));
    assert_eq!(text(&first), stdout(&["--sandbox", "schema", "pull"]));
}
