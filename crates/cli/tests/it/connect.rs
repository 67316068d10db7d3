//! Tenants that are saved, and what `ti doctor` reports of them.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::response::Html;
use serde_json::Value;
use tempfile::TempDir;
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox, Unknowns};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::place::{parts, runtime, ti_in};

/// A folder for files and settings, and everything that `ti` has printed there.
struct Desk {
    runtime: Runtime,
    folder: TempDir,
    printed: RefCell<String>,
}

/// The end of a run: exit code, standard output and standard error.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new() -> Self {
        let runtime = runtime();
        Self { runtime, folder: tempfile::tempdir().expect("a folder"), printed: RefCell::default() }
    }

    fn start(&self, sandbox: Sandbox) -> RunningSandbox {
        self.runtime.block_on(sandbox.start()).expect("a sandbox starts")
    }

    /// Serves something else than a tenant; returns host and port.
    fn serve(&self, router: Router) -> String {
        let listener = self.runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        self.runtime.spawn(async move { axum::serve(listener, router).await });
        host
    }

    fn observed(&self) -> RunningSandbox {
        self.start(Sandbox::new(Dialect::Observed).users(120))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn saved(&self, name: &str) -> PathBuf {
        self.path("config/thought-industries/tenants").join(format!("{name}.toml"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ti_in(self.folder.path());
        command.env("TI_API_KEY", Sandbox::API_KEY).env("TI_CONFIG_DIR", self.path("config"));
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    fn end(&self, command: &mut Command) -> Ended {
        let (code, out, err) = parts(&command.output().expect("ti runs"));
        let ended = Ended { code, out, err };
        let mut printed = self.printed.borrow_mut();
        printed.push_str(&ended.out);
        printed.push_str(&ended.err);
        drop(printed);
        ended
    }

    fn ti(&self, arguments: &[&str]) -> Ended {
        self.end(&mut self.command(arguments))
    }

    /// Runs a command that ends well, and returns its standard output.
    fn done(&self, arguments: &[&str]) -> String {
        let ended = self.ti(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.err);
        ended.out
    }

    /// Runs a command that could not run, and returns its standard error.
    fn refused(&self, arguments: &[&str]) -> String {
        let ended = self.ti(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}{}", ended.out, ended.err);
        ended.err
    }

    /// Checks that a text is in no output and in no file.
    fn assert_unseen(&self, secret: &str) {
        assert!(!self.printed.borrow().contains(secret), "printed: {}", self.printed.borrow());
        for path in files(self.folder.path()) {
            let text = std::fs::read(&path).expect("a file");
            assert!(!String::from_utf8_lossy(&text).contains(secret), "{}", path.display());
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn users(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_connected_tenant_is_saved_and_used_without_the_key() {
    let place = Desk::new();
    let tenant = place.observed();
    let ended = place.ti(&["connect", "acme", "--url", &tenant.url()]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    for part in ["/helium                present", "?apiKey=", "flat", "by cursor", "student", "404 with {errors}"] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    assert!(ended.err.contains("saved as `acme`") && ended.err.contains("the default tenant"), "{}", ended.err);
    let text = std::fs::read_to_string(place.saved("acme")).expect("saved");
    assert!(text.contains(&format!("url = \"{}/\"", tenant.url())), "{text}");
    assert!(text.contains("key = \"env:TI_API_KEY\"") && text.contains("dialect = \"observed\""), "{text}");
    let before = tenant.received().len();
    assert_eq!(place.done(&["users", "list", "--limit", "3", "-o", "ndjson"]).lines().count(), 3);
    assert_eq!(tenant.received().len(), before + 1, "nothing is probed again");
    place.assert_unseen(Sandbox::API_KEY);
    let mut without = place.command(&["users", "list"]);
    let ended = place.end(without.env_remove("TI_API_KEY"));
    assert!(ended.code == 2 && ended.err.contains("the variable TI_API_KEY, which holds"), "{}", ended.err);
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_a_saved_tenant() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Desk::new();
    let tenant = place.observed();
    place.done(&["connect", "acme", "--url", &tenant.url()]);
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode(&place.saved("acme")), 0o600);
    assert_eq!(mode(place.saved("acme").parent().expect("a folder")), 0o700);
    assert_eq!(files(&place.path("config")).len(), 2, "no temporary file stays behind");
}

#[test]
fn the_tenant_is_the_first_that_is_named() {
    let place = Desk::new();
    let sizes = [("one", 11), ("two", 22), ("three", 33), ("four", 44)];
    let tenants = sizes.map(|(name, users)| (name, place.start(Sandbox::new(Dialect::Observed).users(users)), users));
    for (name, tenant, _) in &tenants[..3] {
        place.done(&["connect", name, "--url", &tenant.url()]);
    }
    let (unsaved, url) = (tenants[3].1.url(), tenants[1].1.url());
    let count = |variables: &[(&str, &str)], flags: &[&str]| {
        let mut command = place.command(&[&["users", "list", "-o", "ndjson"], flags].concat());
        let ended = place.end(command.envs(variables.iter().copied()));
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.out.lines().count()
    };
    assert_eq!(count(&[], &[]), 11, "the first one is the default");
    assert_eq!(count(&[("TI_URL", &unsaved)], &[]), 44);
    assert_eq!(count(&[("TI_URL", &unsaved), ("TI_TENANT", "three")], &[]), 33);
    assert_eq!(count(&[("TI_URL", &unsaved), ("TI_TENANT", "three")], &["--tenant", "one"]), 11);
    assert_eq!(count(&[("TI_TENANT", "three")], &["--tenant", "one", "--url", &url]), 22);
    assert_eq!(count(&[("TI_TENANT", "three")], &["--sandbox"]), 250);
    let before = tenants[1].1.received().len();
    assert!(place.ti(&["connect", "two", "--default"]).err.contains("`two` is the default tenant now"));
    assert_eq!(tenants[1].1.received().len(), before, "only the default is changed");
    assert_eq!(count(&[], &[]), 22);
    place.done(&["connect", "three", "--default", "--replace"]);
    assert_eq!(count(&[], &[]), 33);
}

#[test]
fn a_name_that_is_not_saved_lists_those_that_are() {
    let place = Desk::new();
    assert!(place.refused(&["--tenant", "acme", "users", "list"]).contains("saved tenants: there is none"));
    let tenant = place.observed();
    for name in ["beta", "acme"] {
        place.done(&["connect", name, "--url", &tenant.url()]);
    }
    let error = place.refused(&["--tenant", "acne", "users", "list"]);
    assert!(error.contains("no tenant is saved as `acne`; saved tenants: acme, beta"), "{error}");
    let mut command = place.command(&["users", "list"]);
    let ended = place.end(command.env("TI_TENANT", "../acme"));
    assert!(ended.code == 2 && ended.err.contains("TI_TENANT does not name a saved tenant"), "{}", ended.err);
    for wrong in ["../acme", ".acme", "a/b"] {
        assert!(place.refused(&["connect", wrong, "--url", &tenant.url()]).contains("a name has letters"));
    }
    assert!(place.refused(&["connect"]).contains("no tenant"));
    assert!(place.refused(&["connect", "gamma"]).contains("no tenant is saved as `gamma`"));
    assert!(place.refused(&["connect", "--sandbox"]).contains("an embedded sandbox"));
    std::fs::write(place.saved("acme"), "url = 3\n").expect("written");
    assert!(place.refused(&["--tenant", "acme", "users", "list"]).contains("acme.toml: line 1"));
}

#[test]
fn another_address_does_not_replace_a_saved_tenant() {
    let place = Desk::new();
    let (first, second) = (place.observed(), place.start(Sandbox::new(Dialect::Documented).users(20)));
    place.done(&["connect", "acme", "--url", &first.url(), "--key-in", "v2=bearer"]);
    let text = || std::fs::read_to_string(place.saved("acme")).expect("saved");
    let before = text();
    let error = place.refused(&["connect", "acme", "--url", &second.url()]);
    assert!(error.contains("`acme` is saved for") && error.contains("--replace"), "{error}");
    assert_eq!((text(), second.received().len()), (before.clone(), 0));
    place.done(&["connect", "acme"]);
    assert!(text().contains("key-in = [\"v2=bearer\"]"), "kept: {}", text());
    place.done(&["connect", "acme", "--url", &second.url(), "--replace"]);
    assert!(text().contains("dialect = \"documented\"") && !text().contains("key-in = [\"v2"), "{}", text());
}

#[test]
fn one_user_is_one_request() {
    let place = Desk::new();
    let tenant = place.observed();
    place.done(&["connect", "acme", "--url", &tenant.url()]);
    let listed = users(&place.done(&["users", "list", "-o", "ndjson"]));
    let text = |user: &Value, name: &str| user[name].as_str().expect(name).to_owned();
    let is_whole = |user: &&Value| user["email"].is_string() && user["externalCustomerId"].is_string();
    let user = listed.iter().rfind(is_whole).expect("a user with all keys");
    for name in ["id", "email", "externalCustomerId"] {
        let before = tenant.received().len();
        let ended = place.ti(&["users", "get", &text(user, name), "-o", "json"]);
        let shown: Value = serde_json::from_str(&ended.out).expect("JSON");
        assert_eq!(shown["id"], user["id"], "{}", ended.err);
        let requests: Vec<String> = tenant.received()[before..].iter().map(|one| one.path.clone()).collect();
        assert_eq!(requests.len(), 1, "{name}: {requests:?}");
    }
    let holder = listed.iter().find_map(|user| {
        let ended = place.ti(&["users", "get", &text(user, "id"), "-o", "json"]);
        let record: Value = serde_json::from_str(&ended.out).expect("JSON");
        let holds = record["allocatedLicenses"].as_array().is_some_and(|held| !held.is_empty());
        (holds && record["clientId"].is_string()).then_some((text(user, "id"), ended.err))
    });
    let (id, note) = holder.expect("a user with a license");
    assert_eq!(note.matches("note: `--complete` fills some of these").count(), 1, "{note}");
    let ended = place.ti(&["users", "get", &id, "--complete", "-o", "json"]);
    let record: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert!(record["client"]["name"].is_string(), "{record}");
    assert!(!ended.err.contains("--complete"), "{}", ended.err);
}

#[test]
fn a_value_of_another_type_is_reported_with_both_types() {
    let place = Desk::new();
    let host = place.serve(Router::new().fallback(|| async {
        let user = serde_json::json!({ "id": "1", "email": "ada@example.com", "certificatesCount": "many" });
        ([(axum::http::header::CONTENT_TYPE, "application/json")], user.to_string())
    }));
    let ended = place.ti(&["users", "get", "1", "--url", &format!("http://{host}"), "--dialect", "observed"]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let line = "  certificatesCount: a string instead of a whole number\n";
    assert!(ended.err.contains("in another type, so they are missing:\n") && ended.err.contains(line), "{}", ended.err);
    assert!(!ended.err.contains("many"), "{}", ended.err);
}

#[test]
fn the_key_is_read_from_where_the_saved_tenant_has_it() {
    let place = Desk::new();
    let tenant = place.observed();
    let file = place.path("key");
    std::fs::write(&file, format!("{}\n", Sandbox::API_KEY)).expect("written");
    let connected = place.ti(&["connect", "acme", "--url", &tenant.url(), "--key-from", "file:key"]);
    assert_eq!(connected.code, 0, "{}", connected.err);
    #[cfg(unix)]
    {
        assert!(connected.err.contains("warning: other users of this machine can read"), "{}", connected.err);
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    }
    let mut elsewhere = place.command(&["users", "list", "--limit", "1"]);
    let ended = place.end(elsewhere.env_remove("TI_API_KEY").current_dir("/"));
    assert!(ended.code == 0 && !ended.err.contains("warning"), "{}", ended.err);
    std::fs::remove_file(&file).expect("removed");
    assert!(place.refused(&["users", "list"]).contains("cannot read the key from"));
    place.assert_unseen(Sandbox::API_KEY);
    let mut command = place.command(&["connect", "beta", "--url", &tenant.url(), "--key-from", "env:ACME_KEY"]);
    assert_eq!(place.end(command.env("ACME_KEY", Sandbox::API_KEY).env_remove("TI_API_KEY")).code, 0);
    let error = place.refused(&["connect", "x", "--url", &tenant.url(), "--key-from", "planted-key"]);
    assert!(error.contains("env:VARIABLE"), "{error}");
    assert!(
        place
            .refused(&["connect", "x", "--url", &tenant.url(), "--key-from", "env:A", "--store-key"])
            .contains("--store-key")
    );
    if cfg!(not(feature = "keyring")) {
        let error = place.refused(&["connect", "x", "--url", &tenant.url(), "--key-from", "keyring"]);
        assert!(error.contains("built without keyrings") && error.contains("--features keyring"), "{error}");
    }
    assert!(!place.saved("x").exists());
}

#[cfg(unix)]
#[test]
fn git_inherits_no_key() {
    let place = Desk::new();
    let tenant = place.observed();
    let mut connect = place.command(&["connect", "acme", "--url", &tenant.url(), "--key-from", "env:ACME_KEY"]);
    assert_eq!(place.end(connect.env("ACME_KEY", Sandbox::API_KEY)).code, 0);
    let git = place.path("git");
    std::fs::write(&git, "#!/bin/sh\n/usr/bin/env > seen\n").expect("written");
    std::fs::set_permissions(&git, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("set");
    let mut diff = place.command(&["schema", "diff", "git:HEAD:a.graphql", "git:HEAD:b.graphql"]);
    place.end(diff.env("ACME_KEY", Sandbox::API_KEY).env("OTHER", "kept").env("PATH", place.folder.path()));
    let seen = std::fs::read_to_string(place.path("seen")).expect("git ran");
    assert!(seen.contains("OTHER=kept"), "{seen}");
    assert!(!seen.contains("TI_API_KEY=") && !seen.contains("ACME_KEY="), "{seen}");
}

#[test]
fn a_wrong_key_saves_nothing() {
    let place = Desk::new();
    let tenant = place.observed();
    for command in [&["connect", "acme"][..], &["doctor"], &["users", "list"]] {
        let mut run = place.command(&[command, &["--url", &tenant.url()]].concat());
        let ended = place.end(run.env("TI_API_KEY", "planted-wrong-key"));
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains("did not accept the key"), "{command:?}: {}", ended.err);
        if command[0] != "users" {
            assert!(ended.out.contains("refuses key"), "{}", ended.out);
        }
    }
    assert!(!place.saved("acme").exists());
    place.assert_unseen("planted-wrong-key");
}

#[test]
fn an_address_of_no_tenant_saves_nothing() {
    let place = Desk::new();
    let host = place.serve(Router::new().fallback(|| async { Html("<!doctype html><title>Welcome</title>") }));
    let url = format!("http://{host}");
    let connected = place.ti(&["connect", "acme", "--url", &url]);
    assert_eq!(connected.code, 2, "{}", connected.err);
    assert!(connected.out.contains("absent") && connected.err.contains("nothing was saved"), "{}", connected.err);
    assert!(!place.path("config").exists());
    let report = place.ti(&["doctor", "--url", &url, "-o", "json"]);
    assert_eq!(report.code, 2, "{}", report.err);
    let document: Value = serde_json::from_str(&report.out).expect("JSON");
    assert!(document["failure"].as_str().expect("a failure").contains("no surface responds as it should"));
    assert!(!format!("{}{}", report.out, report.err).contains(&host), "the host is left out");
}

#[test]
fn a_tenant_that_cannot_be_reached_is_reported_without_its_host() {
    let place = Desk::new();
    // The port is free again when the listener is dropped.
    let host = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").to_string();
    for format in ["json", "text"] {
        let report = place.ti(&["doctor", "--url", &format!("http://{host}"), "-o", format]);
        assert_eq!(report.code, 2, "{}", report.err);
        assert!(report.err.contains("no connection to the tenant"), "{}", report.err);
        assert!(!format!("{}{}", report.out, report.err).contains("127.0.0.1"), "{}{}", report.out, report.err);
    }
}

#[test]
fn a_connection_that_needs_other_settings_is_reported_with_them() {
    let place = Desk::new();
    let dead = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let mut command = place.command(&["users", "list", "--url", "https://acme.example", "--pace", "off"]);
    command
        .env("HTTPS_PROXY", format!("http://user:planted-secret@{dead}"))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let ended = place.end(&mut command);
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert!(ended.err.contains("no connection to the tenant: the proxy refused the connection"), "{}", ended.err);
    assert!(ended.err.contains("help: check the address of the proxy in HTTPS_PROXY or ALL_PROXY"), "{}", ended.err);
    // A server without TLS on the port of one.
    let plain = place.serve(Router::new());
    for command in ["users", "doctor"] {
        let list: &[&str] = if command == "users" { &["list"] } else { &[] };
        let ended = place.ti(&[&[command], list, &["--url", &format!("https://{plain}")]].concat());
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(ended.err.contains("does not speak TLS on this port"), "{}", ended.err);
        assert!(ended.err.contains("help: check the port and the address"), "{}", ended.err);
    }
    place.assert_unseen("planted-secret");
}

#[test]
fn a_report_shows_requests_responses_and_conclusions() {
    let place = Desk::new();
    let tenant = place.observed();
    let url = tenant.url();
    let text = place.done(&["doctor", "--url", &url]);
    for part in [
        "POST /helium, key as ?apiKey=",
        "received:  200 with JSON",
        "concluded: the tenant has REST v2",
        "GET /incoming/v2/users/{key of a user}, key as Bearer",
        "--key-in v2=header|bearer|query",
        "--graphql-path PATH",
        "--dialect documented|observed",
        "no key, no host name and no data of users.\nIt may be attached to a bug report.\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let listed = users(&place.done(&["users", "list", "--url", &url, "-o", "ndjson"]));
    let document: Value = serde_json::from_str(&place.done(&["doctor", "--url", &url, "-o", "json"])).expect("JSON");
    assert_eq!((&document["version"], &document["failure"]), (&1.into(), &Value::Null));
    assert_eq!(document["client-version"], env!("CARGO_PKG_VERSION"));
    assert!(document["checks"].as_array().expect("checks").len() > 5);
    let whole = format!("{text}{document}");
    assert!(!whole.contains("127.0.0.1"), "the host is left out");
    for user in &listed {
        let keys = ["id", "email", "externalCustomerId", "lastName"].map(|name| user[name].as_str());
        for key in keys.into_iter().flatten().filter(|key| key.len() > 4) {
            assert!(!whole.contains(key), "{key}");
        }
    }
    place.assert_unseen(Sandbox::API_KEY);
    let error = place.refused(&["doctor", "--url", &url, "-o", "csv"]);
    assert!(error.contains("does not print `csv`"), "{error}");
}

#[test]
fn flags_say_what_is_tried_first_and_are_kept() {
    let place = Desk::new();
    let tenant = place.observed();
    let url = tenant.url();
    let flags = ["--dialect", "documented", "--graphql-path", "/graphql", "--key-in", "query", "--key-in", "v2=header"];
    let text = place.done(&[&["connect", "acme", "--url", &url], &flags[..]].concat());
    assert!(text.contains("/graphql"), "{text}");
    let first = |surface: &str| {
        let received = tenant.received();
        let one = received.iter().find(|one| one.path.starts_with(surface)).expect("a request").clone();
        (one.headers.contains(&"x-api-key".to_owned()), one.headers.contains(&"authorization".to_owned()))
    };
    assert_eq!(first("/incoming/v2"), (true, false));
    assert_eq!(first("/graphql"), (false, false), "in the query");
    let saved = std::fs::read_to_string(place.saved("acme")).expect("saved");
    for line in ["dialect = \"documented\"", "graphql-path = \"/graphql\"", "key-in = [\"query\", \"v2=header\"]"] {
        assert!(saved.contains(line), "{line}: {saved}");
    }
    let before = tenant.received().len();
    place.done(&["users", "list", "--limit", "1"]);
    assert_eq!(tenant.received().len(), before + 1, "a refused place is not tried again");
    assert!(place.refused(&["users", "list", "--key-in", "v2=cookie"]).contains("`bearer`, `header` or `query`"));
    assert!(place.refused(&["users", "list", "--graphql-path", "helium"]).contains("begins with `/`"));
    assert!(place.refused(&["users", "list", "--max-wait", "soon"]).contains("90s, 15m or 2h"));
}

#[test]
fn a_role_that_no_user_has_lists_those_in_use() {
    let place = Desk::new();
    let tenant = place.observed();
    for arguments in [&["--url", &tenant.url()][..], &["--sandbox=observed"]] {
        for (format, empty) in
            [("json", "[]\n"), ("ndjson", ""), ("csv", "id,email,firstName"), ("table", "EMAIL  NAME")]
        {
            let ended = place.ti(&[&["users", "list", "--role", "learner", "-o", format], arguments].concat());
            assert_eq!(ended.code, 1, "{}", ended.err);
            assert!(ended.out.starts_with(empty) && ended.out.lines().count() <= 1, "{format}: {}", ended.out);
            let note = "no user has the role key `learner`; role keys in use: admin, client-admin";
            assert!(ended.err.contains(note) && ended.err.contains("student"), "{}", ended.err);
        }
    }
    place.done(&["users", "list", "--role", "student", "--url", &tenant.url()]);
}

#[test]
fn a_wait_that_would_be_too_long_fails_at_once() {
    let place = Desk::new();
    let limit = thought_industries_sandbox::Limit { requests: 6, seconds: 3_000.0 };
    let unknowns = Unknowns { limit: Some(limit), ..Unknowns::none() };
    let tenant = place.start(Sandbox::new(Dialect::Observed).users(20).unknowns(unknowns));
    let url = tenant.url();
    let mut code = 0;
    for _ in 0..8 {
        let ended = place.ti(&["users", "list", "--url", &url, "--max-wait", "1s"]);
        code = ended.code;
        if code != 0 {
            assert!(ended.err.contains("limit"), "{}", ended.err);
            break;
        }
    }
    assert_eq!(code, 2);
}

#[test]
fn a_long_wait_of_a_run_is_reported() {
    let place = Desk::new();
    let tenant = place.start(Sandbox::new(Dialect::Observed).users(200));
    place.done(&["connect", "acme", "--url", &tenant.url()]);
    let listed = users(&place.done(&["users", "list", "--role", "student", "-o", "ndjson"]));
    let emails = listed.iter().filter_map(|user| user["email"].as_str());
    let rows: Vec<String> = emails.map(|email| format!("{email},Changed")).collect();
    std::fs::write(place.path("roster.csv"), format!("email,lastName\n{}\n", rows.join("\n"))).expect("written");
    let planned = place.ti(&["plan", "roster.csv", "--out", "plan.json", "--allow", "lastName=200"]);
    assert_eq!(planned.code, 1, "{}", planned.err);
    let mut apply = place.command(&["apply", "plan.json", "--journal", "run.jsonl", "--yes"]);
    let mut child = apply.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("ti runs");
    // The documented limits leave no room for all of these writes in a minute.
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let line = lines.map_while(Result::ok).find(|line| line.contains("waiting")).unwrap_or_default();
    child.kill().expect("killed");
    child.wait().expect("ended");
    let time = line.strip_prefix("waiting for the tenant's limit until ").expect("the line of a wait");
    assert!(time.ends_with(|last: char| last.is_ascii_digit()) && time.matches(':').count() == 2, "{line}");
}

/// A sandbox in a process of its own, stopped when dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(place: &Desk, arguments: &[&str]) -> Self {
        let mut command = place.command(&[&["sandbox", "--users", "250"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("ti runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let served: Value = serde_json::from_str(&line).expect("one line of JSON");
        Self { url: served["url"].as_str().expect("a URL").to_owned(), child }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A profile without the times.
fn timeless(document: &Value) -> Value {
    let mut profile = document["profile"].clone();
    for list in ["endpoints", "demotions"] {
        for entry in profile[list].as_array_mut().into_iter().flatten() {
            entry.as_object_mut().expect("an object").remove("at");
        }
    }
    profile
}

#[test]
fn a_sandbox_like_a_tenant_has_the_same_profile() {
    let place = Desk::new();
    // With seed 30, the tenant takes the key of /helium in a place where no public client puts it.
    for seed in (0..22).chain([30]) {
        let drawn = Unknowns::draw(seed);
        let drawn = Unknowns { odd_every: None, swapped_every: None, limit: None, stale_reads: 0, ..drawn };
        let tenant = place.start(Sandbox::new(Dialect::Documented).unknowns(drawn.clone()));
        let report = place.ti(&["doctor", "--url", &tenant.url(), "-o", "json"]);
        let first: Value = serde_json::from_str(&report.out).expect("JSON");
        std::fs::write(place.path("report.json"), &report.out).expect("written");
        let like = Served::start(&place, &["--like", "report.json"]);
        let again = place.ti(&["doctor", "--url", &like.url, "-o", "json"]);
        let second: Value = serde_json::from_str(&again.out).expect("JSON");
        assert_eq!(report.code, again.code, "{seed}: {}{}", report.err, again.err);
        assert_eq!(timeless(&first), timeless(&second), "{seed}: {drawn}");
    }
}

#[test]
fn a_sandbox_is_drawn_from_a_seed_or_refuses_what_is_no_report() {
    let place = Desk::new();
    let served = Served::start(&place, &["--unknowns", "7"]);
    let drawn = place.start(Sandbox::new(Dialect::Documented).unknowns(Unknowns::draw(7)));
    let profile = |url: &str| {
        let out = place.ti(&["doctor", "--url", url, "-o", "json"]).out;
        timeless(&serde_json::from_str(&out).expect("JSON"))
    };
    assert_eq!(profile(&served.url), profile(&drawn.url()));
    std::fs::write(place.path("none.json"), "{\"version\": 1}").expect("written");
    std::fs::write(place.path("text.json"), "no report").expect("written");
    assert!(place.refused(&["sandbox", "--like", "nowhere.json"]).contains("cannot read nowhere.json"));
    for file in ["none.json", "text.json"] {
        assert!(place.refused(&["sandbox", "--like", file]).contains("not a report of `ti doctor`"));
    }
    assert!(place.refused(&["sandbox", "--unknowns", "7", "--dialect", "observed"]).contains("set the dialect"));
    assert!(place.refused(&["sandbox", "--unknowns", "7", "--like", "none.json"]).contains("cannot be used with"));
}

/// Every command against tenants whose unknowns are drawn: the exit codes that the documents promise, and the same users.
#[test]
fn commands_end_as_documented_at_tenants_that_were_never_described() {
    let place = Desk::new();
    let undrawn = place.start(Sandbox::new(Dialect::Documented).users(23));
    let ids = |url: &str| -> Vec<String> {
        let listed = users(&place.done(&["users", "list", "--url", url, "-o", "ndjson"]));
        let mut ids: Vec<String> = listed.iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect();
        ids.sort();
        ids
    };
    let expected = ids(&undrawn.url());
    for seed in 1..=8 {
        let drawn = Unknowns::draw(seed);
        let tenant = place.start(Sandbox::new(Dialect::Documented).users(23).unknowns(drawn.clone()));
        let url = tenant.url();
        assert_eq!(ids(&url), expected, "{seed}: {drawn}");
        let name = format!("seed-{seed}");
        let code = |arguments: &[&str]| {
            let ended = place.ti(&[arguments, &["--tenant", &name]].concat());
            (ended.code, format!("{seed}: {arguments:?}: {}{}\n{drawn}", ended.out, ended.err))
        };
        let connected = place.ti(&["connect", &name, "--url", &url]);
        assert_eq!(connected.code, 0, "{seed}: {}", connected.err);
        let listed = users(&place.done(&["users", "list", "--tenant", &name, "-o", "ndjson"]));
        let email = listed.iter().find_map(|user| user["email"].as_str()).expect("an address").to_owned();
        std::fs::write(place.path("roster.csv"), "email,firstName\nnew.user@example.com,New\n").expect("written");
        let (plan, run) = (format!("{name}.plan"), format!("{name}.run"));
        // Reads lag behind writes: as many as the draw has show the time before.
        let reads_that_lag = usize::try_from(drawn.stale_reads).expect("a number");
        for (arguments, expected) in [
            (&["users", "get", &email][..], 0),
            (&["users", "get", "no.such.user@example.com"], 1),
            (&["users", "deactivate", "no.such.user@example.com"], 1),
            (&["seats"], 0),
            (&["plan", "roster.csv", "--out", &plan], 1),
            (&["apply", &plan, "--journal", &run, "--yes"], 0),
            (&["users", "get", "new.user@example.com"], 0),
            (&["undo", &run, "--yes"], 0),
        ] {
            if arguments.ends_with(&["new.user@example.com"]) {
                (0..reads_that_lag).for_each(|_| _ = code(arguments));
            }
            let (ended, text) = code(arguments);
            assert_eq!(ended, expected, "{text}");
        }
        let has_graphql = !tenant.graphql_paths().is_empty();
        let (ended, text) = code(&["schema", "pull", "--out", "schema.graphql"]);
        assert_eq!(ended, if has_graphql { 0 } else { 2 }, "{text}");
        let saved = std::fs::read_to_string(place.saved(&name)).expect("saved");
        assert_eq!(saved.contains("schema-digest"), has_graphql, "{saved}");
    }
}
