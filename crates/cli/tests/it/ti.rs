//! `ti` as it is run: what it prints where, and how it ends.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use crate::place::{text, ti_in};

fn ti() -> Command {
    // No test depends on the tenants that are saved on this machine.
    ti_in(Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/no-saved-tenants")))
}

fn run(arguments: &[&str]) -> Output {
    ti().args(arguments).output().expect("ti runs")
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
        // The key of learners is the only difference between the dialects, and both keys have the same length.
        let observed = stdout(&["--sandbox=observed", "-o", format, "users", "list"]).replace("student", "learner");
        assert_eq!(documented, observed, "{format}");
        assert_eq!(documented, stdout(&["users", "list", "-o", format, "--sandbox=documented"]).as_str(), "{format}");
    }
}

#[test]
fn a_webhook_is_registered_with_a_secret_that_is_not_printed() {
    let create = |url: &str, secret: &str| {
        let command = ["--sandbox", "webhooks", "create", url, "--event", "course.completed", "--secret-env", "HOOK"];
        ti().args(command).env("HOOK", secret).output().expect("ti runs")
    };
    let done = create("https://hr.example.com/long-path", "planted-secret");
    let printed = format!("{}{}", text(&done.stdout), text(&done.stderr));
    assert!(done.status.success() && printed.contains("hr.example.com for course.completed"), "{printed}");
    assert!(!printed.contains("planted-secret") && !printed.contains("long-path"), "{printed}");
    for (url, secret) in [
        ("https://hr.example.com", ""),
        ("https://hr.example.com", "  "),
        ("http://hr.example.com", "s"),
        ("https://ada:pw@hr.example.com", "s"),
        ("hr.example.com", "s"),
    ] {
        let refused = create(url, secret);
        let printed = text(&refused.stderr);
        assert_eq!((refused.status.code(), text(&refused.stdout).as_str()), (Some(2), ""), "{url}: {printed}");
        assert!(printed.contains("help: ") && !printed.contains("ada:pw"), "{printed}");
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
fn gaps_are_reported_on_standard_error() {
    let output = run(&["--sandbox=observed", "users", "get", "HR-0000007", "-o", "json"]);
    assert!(output.status.success());
    let person: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(person.get("activeLicense").is_none());
    let printed = text(&output.stderr);
    assert!(
        printed.starts_with("note: REST v2 does not give these fields") && printed.contains("activeLicense"),
        "{printed}"
    );
}

#[test]
fn what_goes_wrong_says_what_to_do() {
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["users", "list"], 2, &["no tenant", "TI_SUBDOMAIN or TI_URL", "--sandbox"]),
        (&["--subdomain", "acme.example", "users", "list"], 2, &["is not a subdomain", "use `acme`"]),
        (&["--url", "http://acme.example", "users", "list"], 2, &["not https"]),
        (&["--subdomain", "acme", "users", "list"], 2, &["no API key", "TI_API_KEY"]),
        (&["--sandbox=both", "users", "list"], 2, &["`both` is not a dialect", "documented", "observed"]),
        (&["--sandbox", "--url", "https://a.example", "users", "list"], 2, &["cannot be used with"]),
        (&["--sandbox", "users", "list", "-o", "yaml"], 2, &["possible values: table, json, ndjson, csv"]),
        (&["--sandbox", "users", "get", "nobody@example.com"], 1, &["no user has that key"]),
        (&["--sandbox=observed", "clients", "get", "unknown"], 1, &["Client not found"]),
        (&["--sandbox=observed", "sandbox"], 2, &["needs no tenant", "--dialect"]),
        (&["--sandbox", "schema", "pull", "--out", "/nowhere/s.graphql"], 2, &["cannot write /nowhere/s.graphql"]),
        (&["sandbox", "--users", "0"], 2, &["between 1 and 4294967295 users"]),
        (&["sandbox", "--schema", "/nowhere.graphql"], 2, &["cannot read /nowhere.graphql", "SDL or introspection"]),
    ];
    for (arguments, code, printed) in cases {
        let (exit, stderr) = failure(arguments);
        assert_eq!(exit, Some(*code), "{arguments:?}: {stderr}");
        for part in *printed {
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
    assert!(text(&wrong.stderr).contains("did not accept the key"), "{}", text(&wrong.stderr));
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

/// A folder with two versions of a schema, as SDL and introspection, and operations.
fn schemas() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write(
        "versions/v2.graphql",
        "type Query {\n  person(id: ID): Person\n}\n\ntype Person {\n  id: ID!\n  name: String\n}\n",
    );
    write(
        "versions/v10.graphql",
        "type Query {\n  person(id: ID): Person\n}\n\ntype Person {\n  id: ID!\n  fullName: String\n}\n",
    );
    write(
        "v2.json",
        r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[
            {"kind":"OBJECT","name":"Query","fields":[{"name":"person","args":[{"name":"id","type":{"kind":"SCALAR","name":"ID"}}],"type":{"kind":"OBJECT","name":"Person"}}]},
            {"kind":"OBJECT","name":"Person","fields":[{"name":"id","args":[],"type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"ID"}}},
            {"name":"name","args":[],"type":{"kind":"SCALAR","name":"String"}}]}]}}}"#,
    );
    write("operations/person.graphql", "query Person {\n  person(id: 1) { ...Names }\n}\n");
    write("operations/fragments/names.gql", "fragment Names on Person {\n  id\n  name\n}\n");
    write("operations/README.md", "no operation");
    folder
}

/// Exit code, standard output and standard error of `ti schema …` in a folder.
fn schema(folder: &tempfile::TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = ti().current_dir(folder.path()).arg("schema").args(arguments).output().expect("ti runs");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_difference_is_reported_with_the_operations_that_it_breaks() {
    let folder = schemas();
    let versions = ["versions/v2.graphql", "versions/v10.graphql", "--operations", "operations"];
    let (code, printed, _) = schema(&folder, &[&["diff"][..], &versions].concat());
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(printed);
    let (code, from_json, _) = schema(&folder, &["diff", "v2.json", "versions/v10.graphql", "-o", "json"]);
    assert_eq!(code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&from_json).expect("JSON");
    assert_eq!(report["summary"]["breaking"], 1);
    assert_eq!(report["changes"][0]["old"]["line"], 4, "{from_json}");
    assert!(printed.contains(report["changes"][0]["fingerprint"].as_str().expect("a fingerprint")), "from either form");
    for (format, begins) in
        [("markdown", "## "), ("github", "::error "), ("sarif", "{"), ("junit", "<?xml"), ("html", "<!doctype html>")]
    {
        let (code, printed, _) = schema(&folder, &[&["diff", "-o", format][..], &versions].concat());
        assert!(code == Some(1) && printed.starts_with(begins), "{format}: {printed}");
    }
    assert_eq!(schema(&folder, &["diff", "v2.json", "versions/v2.graphql"]).0, Some(0));
}

#[test]
fn what_fails_a_check_is_chosen() {
    let folder = schemas();
    let code = |fail_on: &str, old: &str, new: &str| schema(&folder, &["diff", old, new, "--fail-on", fail_on]).0;
    let (old, new) = ("versions/v2.graphql", "versions/v10.graphql");
    assert_eq!(code("none", old, new), Some(0));
    assert_eq!(code("dangerous", old, new), Some(1));
    assert_eq!(code("any", old, old), Some(0));
    let missing = schema(&folder, &["diff", old, "nowhere.graphql"]);
    assert_eq!(missing.0, Some(2));
    assert!(missing.2.contains("cannot read nowhere.graphql"), "{}", missing.2);
    let none = schema(&folder, &["diff", old, "operations/README.md"]);
    assert!(none.0 == Some(2) && none.2.contains("operations/README.md: line 1, column 1"), "{}", none.2);
    let format = schema(&folder, &["diff", old, new, "-o", "csv"]);
    assert!(format.0 == Some(2) && format.2.contains("does not print `csv`: use text, json"), "{}", format.2);
    let tenant = schema(&folder, &["diff", old, new, "--sandbox"]);
    assert!(tenant.0 == Some(2) && tenant.2.contains("needs no tenant"), "{}", tenant.2);
}

#[test]
fn changes_are_accepted_until_they_expire() {
    let folder = schemas();
    let diff = ["diff", "versions/v2.graphql", "versions/v10.graphql", "--accept", "accepted.toml"];
    let missing = schema(&folder, &diff);
    assert!(missing.0 == Some(2) && missing.2.contains("--write-accept creates the list"), "{}", missing.2);
    let written = schema(&folder, &[&diff[..], &["--write-accept", "--reason", "known to all"]].concat());
    assert_eq!((written.0, written.2.as_str()), (Some(0), "added 1 to accepted.toml\n"));
    assert!(written.1.contains("accepted: known to all"), "{}", written.1);
    let path = folder.path().join("accepted.toml");
    let list = std::fs::read_to_string(&path).expect("written");
    assert_eq!(schema(&folder, &diff).0, Some(0));
    std::fs::write(&path, format!("{list}expires = 2020-01-31\n")).expect("written");
    let expired = schema(&folder, &diff);
    assert!(expired.0 == Some(1) && expired.1.contains("expired on 2020-01-31"), "{}", expired.1);
    let again = schema(&folder, &[&diff[..], &["--write-accept"]].concat());
    assert!(again.0 == Some(2) && again.2.contains("renew an expired entry by hand"), "{}", again.2);
    assert_eq!(std::fs::read_to_string(&path).expect("kept"), format!("{list}expires = 2020-01-31\n"));
    std::fs::write(&path, "[[accept]]\nfingerprint = 3\n").expect("written");
    let broken = schema(&folder, &diff);
    assert!(broken.0 == Some(2) && broken.2.contains("accepted.toml") && broken.2.contains("line 2"), "{}", broken.2);
}

#[test]
fn a_schema_is_read_from_a_revision() {
    let folder = schemas();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .current_dir(folder.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments)
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "versions/v2.graphql"]);
    git(&["commit", "--quiet", "--message", "first"]);
    let (code, printed, _) = schema(&folder, &["diff", "git:HEAD:versions/v2.graphql", "versions/v10.graphql"]);
    assert!(code == Some(1) && printed.starts_with("git:HEAD:versions/v2.graphql → versions/v10.graphql"), "{printed}");
    for wrong in ["git:nowhere:a.graphql", "git:HEAD:nowhere.graphql", "git:--output=x:a.graphql", "git::a"] {
        let (code, _, printed) = schema(&folder, &["diff", wrong, "versions/v10.graphql"]);
        assert!(code == Some(2) && printed.contains(&format!("cannot read {wrong}")), "{printed}");
    }
    assert!(!folder.path().join("x").exists());
}

#[test]
fn operations_are_validated_and_counted() {
    let folder = schemas();
    let fits = schema(&folder, &["validate", "v2.json", "--operations", "operations"]);
    assert_eq!((fits.0, fits.1.as_str()), (Some(0), "2 documents fit v2.json\n"));
    let (code, printed, _) = schema(&folder, &["validate", "versions/v10.graphql", "--operations", "operations"]);
    assert_eq!(code, Some(1));
    assert_eq!(printed, "operations/fragments/names.gql:3:3: type `Person` has no field `name`\n");
    let (code, printed, _) = schema(&folder, &["coverage", "v2.json", "--operations", "operations"]);
    assert!(code == Some(0) && printed.starts_with("1 operations use 3 of 3 members"), "{printed}");
    for (format, begins) in
        [("github", "::error file=operations/"), ("sarif", "{"), ("junit", "<?xml"), ("html", "<!doc")]
    {
        let (_, printed, _) =
            schema(&folder, &["validate", "versions/v10.graphql", "--operations", "operations", "-o", format]);
        assert!(printed.starts_with(begins), "{format}: {printed}");
    }
    let none = schema(&folder, &["validate", "v2.json", "--operations", "versions/v2.graphql"]);
    assert_eq!(none.0, Some(1), "a schema is no operation");
    let nowhere = schema(&folder, &["coverage", "v2.json", "--operations", "nowhere"]);
    assert!(nowhere.0 == Some(2) && nowhere.2.contains("cannot read nowhere"), "{}", nowhere.2);
}

#[test]
fn a_name_that_is_defined_twice_is_a_warning_or_strictly_refused() {
    let folder = schemas();
    std::fs::write(folder.path().join("twice.graphql"), "type Query {\n  a: Int\n  a: ID\n}").expect("written");
    let diff = ["diff", "twice.graphql", "twice.graphql"];
    let (code, _, warning) = schema(&folder, &diff);
    assert_eq!(code, Some(0));
    let twice = "twice.graphql: `Query.a` is defined twice, in lines 2 and 3; the last definition counts";
    assert!(warning.contains(&format!("warning: {twice}")), "{warning}");
    let (code, _, refused) = schema(&folder, &[&diff[..], &["--strict"]].concat());
    assert!(code == Some(2) && refused.contains(twice) && refused.contains("leave out --strict"), "{refused}");
    std::fs::write(folder.path().join("versions/v3.graphql"), "<html>").expect("written");
    let (code, printed, warning) = schema(&folder, &["history", "versions"]);
    assert_eq!(code, Some(1));
    assert!(
        printed.contains("not readable: ") && warning.contains("v3.graphql") && warning.contains("skipped"),
        "{printed}"
    );
    let (code, _, empty) = schema(&folder, &["diff", "-", "twice.graphql"]);
    assert!(code == Some(2) && empty.contains("standard input is empty"), "{empty}");
}

#[test]
fn a_history_is_reported_in_order() {
    let folder = schemas();
    let (code, printed, _) = schema(&folder, &["history", "versions", "--operations", "operations"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(printed);
    for (format, begins) in [
        ("json", "{"),
        ("markdown", "## "),
        ("github", "::error "),
        ("sarif", "{"),
        ("junit", "<?xml"),
        ("html", "<!doctype"),
    ] {
        let (_, printed, _) = schema(&folder, &["history", "versions", "-o", format]);
        assert!(printed.starts_with(begins), "{format}: {printed}");
    }
    let few = schema(&folder, &["history", "operations"]);
    assert!(few.0 == Some(2) && few.2.contains("a history needs at least two"), "{}", few.2);
}

#[test]
fn a_tenant_is_compared_with_its_pinned_schema() {
    let folder = schemas();
    let pull = |file: &str, dialect: &str| schema(&folder, &["pull", "--out", file, dialect]);
    assert_eq!(pull("documented.graphql", "--sandbox").0, Some(0));
    let same = schema(&folder, &["check", "--pinned", "documented.graphql", "--sandbox"]);
    assert_eq!(same.0, Some(0), "{}", same.2);
    assert!(same.1.ends_with("no changes\n"), "{}", same.1);
    let (code, printed, _) = schema(&folder, &["check", "--pinned", "documented.graphql", "--sandbox=observed"]);
    assert_eq!(code, Some(1));
    assert!(printed.contains("lost its GraphQL field `Query.users`, and has to fall back to REST"), "{printed}");
}

#[test]
fn the_summary_of_a_job_is_written_where_there_is_one() {
    let folder = schemas();
    let summary = folder.path().join("summary.md");
    let output = ti()
        .current_dir(folder.path())
        .env("GITHUB_STEP_SUMMARY", &summary)
        .args(["schema", "diff", "versions/v2.graphql", "versions/v10.graphql", "-o", "github"])
        .output()
        .expect("ti runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(std::fs::read_to_string(summary).expect("written").starts_with("## versions/v2.graphql"));
}

#[test]
fn verbosity_tells_what_is_waited_for_and_never_a_secret() {
    let served = Served::start(&["--fault", "internal-error:0.2", "--seed", "3"]);
    let who = "planted.person@secret.example";
    for verbosity in ["-v", "-vv", "-vvv"] {
        let output = served.run(&["users", "get", who, verbosity]);
        let printed = text(&output.stderr);
        assert!(!printed.contains(&served.key) && !printed.contains("planted.person"), "{verbosity}: {printed}");
        if verbosity == "-vv" {
            assert!(printed.contains("users.find-by-email over REST v1"), "{printed}");
        }
        if verbosity == "-vvv" {
            assert!(printed.contains("hyper_util") && printed.contains("otel.name"), "{printed}");
        }
    }
    // The same requests get the same faults.
    let failing = Served::start(&["--fault", "internal-error:0.5", "--seed", "3"]);
    let output = failing.run(&["users", "list", "-v"]);
    let printed = text(&output.stderr);
    assert!(output.status.success() && printed.contains("before it is retried"), "{printed}");
    assert!(printed.contains("attempt 2") && !printed.contains("attempt 1"), "{printed}");
}

#[cfg(unix)]
#[test]
fn a_sandbox_in_the_background_outlives_its_command() {
    let exports = stdout(&["sandbox", "--background", "--users", "5", "--dialect", "observed"]);
    let variables: Vec<(&str, &str)> = exports
        .lines()
        .map(|line| line.strip_prefix("export ").and_then(|line| line.split_once('=')).expect("an export"))
        .collect();
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["TI_URL", "TI_API_KEY", "TI_SANDBOX_PID"]);
    let listed = ti().args(["users", "list", "-o", "ndjson"]).envs(variables.clone()).output().expect("ti runs");
    let killed = Command::new("kill").arg(variables[2].1).status().expect("kill runs");
    assert_eq!((text(&listed.stdout).lines().count(), killed.success()), (5, true), "{}", text(&listed.stderr));
    let (code, error) = failure(&["sandbox", "--background", "--schema", "no-such-file.graphql"]);
    assert!(code == Some(2) && error.contains("cannot read no-such-file.graphql"), "{error}");
}

#[test]
fn raw_cells_are_those_of_csv() {
    let (code, printed) = failure(&["--sandbox", "users", "list", "--raw-csv"]);
    assert_eq!((code, printed.contains("`-o csv`")), (Some(2), true), "{printed}");
}
