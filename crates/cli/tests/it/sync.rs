//! `ti sync`: several tenants in one run, what a scheduler sees of it, and what its messages leave out.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread::JoinHandle;

use futures::TryStreamExt as _;
use serde_json::Value;
use tempfile::TempDir;
use thought_industries::model::User;
use thought_industries_provision::Plan;
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};
use tokio::runtime::Runtime;

use crate::place::{client_of, parts, runtime, ti_in};

/// Two tenants, and a folder for files.
struct Tenants {
    runtime: Runtime,
    one: RunningSandbox,
    two: RunningSandbox,
    folder: TempDir,
}

impl Tenants {
    fn new() -> Self {
        let runtime = runtime();
        let start = |dialect| runtime.block_on(Sandbox::new(dialect).users(60).start()).expect("a sandbox starts");
        let (one, two) = (start(Dialect::Documented), start(Dialect::Observed));
        Self { one, two, runtime, folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    /// The exit code, standard output, and standard error.
    fn ti(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = ti_in(self.folder.path());
        command.env("ONE_KEY", self.one.api_key()).env("TWO_KEY", self.two.api_key()).envs(variables.iter().copied());
        command.current_dir(self.folder.path()).args(arguments).args(["--pace", "off"]);
        parts(&command.output().expect("ti runs"))
    }

    /// The address of a learner.
    fn learner(&self, tenant: &RunningSandbox) -> String {
        let client = client_of(tenant);
        let users: Vec<User> = self.runtime.block_on(client.users().list().items().try_collect()).expect("users");
        let roles = self.runtime.block_on(client.users().learner_roles().into_future()).expect("roles");
        let is_plain = |user: &User| {
            let is_learner = user.role_key.as_ref().is_some_and(|role| roles.contains(role));
            is_learner && user.learner_user_id.is_none() && user.email.is_some() && user.disabled == Some(false)
        };
        users.into_iter().find(is_plain).and_then(|user| user.email).expect("an address")
    }

    /// The folders of the runs of a tenant.
    fn runs(&self, tenant: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path("runs").join(tenant)) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

/// A webhook that takes one request with this status, and its URL.
fn webhook(status: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/services/planted-secret", listener.local_addr().expect("an address"));
    let request = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut request, mut buffer) = (Vec::new(), [0; 4_096]);
        loop {
            let text = String::from_utf8_lossy(&request);
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if length.is_some_and(|length: usize| body.len() >= length) {
                break;
            }
            let read = stream.read(&mut buffer).expect("read");
            assert!(read > 0, "the request ends early");
            request.extend_from_slice(&buffer[..read]);
        }
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").expect("written");
        let text = String::from_utf8(request).expect("UTF-8");
        text.split_once("\r\n\r\n").expect("a body").1.to_owned()
    });
    (url, request)
}

#[test]
fn a_tenant_that_fails_keeps_no_other_from_its_run_and_no_message_names_a_user() {
    let place = Tenants::new();
    let (first, second) = (place.learner(&place.one), place.learner(&place.two));
    place.write("one.csv", &format!("email,lastName,end\n{first},Changed,\n"));
    place.write("two.csv", &format!("email,lastName,end\n{second},,2020-01-31\n"));
    place.write("two.toml", "roster = \"two.csv\"\n[columns]\nend = \"end\"\n[plan]\nmax-deactivations = [\"0\"]\n");
    let config = format!(
        "roster = \"one.csv\"\n[columns]\nend = \"end\"\n\n[[tenants]]\nname = \"one\"\nurl = \"{}\"\nkey-env = \"ONE_KEY\"\n\
         [[tenants]]\nname = \"two\"\nurl = \"{}\"\nkey-env = \"TWO_KEY\"\nconfig = \"two.toml\"\n\
         [[tenants]]\ntenant = \"unsaved\"\n[[tenants]]\nname = \"keyless\"\nurl = \"{}\"\nkey-env = \"NO_KEY\"\n",
        place.one.url(),
        place.two.url(),
        place.two.url(),
    );
    place.write("sync.toml", &config);
    let (url, posted) = webhook("200 OK");
    let command =
        ["sync", "--config", "sync.toml", "-o", "json", "--slack-webhook-env", "HOOK", "--mail-file", "ops.eml"];
    let (code, out, err) = place.ti(&command, &[("HOOK", &url)]);
    assert_eq!(code, 2, "{out}{err}");
    let report: Value = serde_json::from_str(&out).expect("JSON");
    let outcome = |number: usize| (&report["tenants"][number]["name"], &report["tenants"][number]["outcome"]);
    assert_eq!(outcome(0), (&"one".into(), &"applied".into()), "{out}{err}");
    assert_eq!(outcome(1), (&"two".into(), &"refused".into()));
    assert_eq!(outcome(2), (&"unsaved".into(), &"failed".into()));
    assert_eq!(outcome(3), (&"keyless".into(), &"failed".into()));
    assert_eq!(report["tenants"][1]["refusedBy"], serde_json::json!([{ "kind": "deactivate", "users": 1 }]));
    assert_eq!((&report["exitCode"], &report["tenants"][0]["run"]["done"]), (&2.into(), &1.into()));
    assert_eq!((place.one.effects().len(), place.two.effects().len()), (1, 0));
    // The reasons are on standard error, each with its tenant.
    for part in ["two: error: the plan would deactivate users", "unsaved: ", "keyless: error: the variable NO_KEY"] {
        assert!(err.contains(part), "{part}: {err}");
    }
    let mail = std::fs::read_to_string(place.path("ops.eml")).expect("a mail");
    let post: Value = serde_json::from_str(&posted.join().expect("posted")).expect("JSON");
    let post = post["text"].as_str().expect("a text");
    for text in [out.as_str(), post, mail.split_once("\r\n\r\n").expect("a body").1] {
        assert!(!text.contains('@') && !text.contains("Changed"), "no user is named: {text}");
    }
    for text in [post, &mail] {
        assert!(text.contains("guard `deactivate` refuses 1 users") && text.contains("one: applied"), "{text}");
    }
    assert!(!format!("{out}{err}{mail}").contains("planted-secret"), "the webhook is a secret");
    // The files of the run are those of `ti apply`, so that it can be rolled back.
    let [folder] = place.runs("one").try_into().expect("one run");
    assert_eq!(report["tenants"][0]["plan"]["digest"], Plan::read(&folder.join("plan.json")).expect("a plan").digest);
    let journal = folder.join("run.jsonl").display().to_string();
    let (code, out, err) =
        place.ti(&["undo", &journal, "--yes", "--url", &place.one.url()], &[("TI_API_KEY", place.one.api_key())]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_run_without_changes_leaves_no_files_and_a_plan_can_wait_for_its_approval() {
    let place = Tenants::new();
    let email = place.learner(&place.one);
    place.write("one.csv", &format!("email,lastName\n{email},Changed\n"));
    place.write("sync.toml", "roster = \"one.csv\"\n");
    let sync = |more: &[&str]| {
        let command = ["sync", "--config", "sync.toml", "--url", &place.one.url()];
        place.ti(&[&command, more].concat(), &[("TI_API_KEY", place.one.api_key())])
    };
    let (code, out, err) = sync(&["--plan-only"]);
    assert!(code == 1 && out.contains("127.0.0.1: planned") && place.one.effects().is_empty(), "{out}{err}");
    let (code, out, err) = sync(&[]);
    assert!(code == 0 && out.contains("127.0.0.1: applied") && out.contains("1 done"), "{out}{err}");
    assert_eq!(place.runs("127.0.0.1").len(), 2);
    let (code, out, err) = sync(&["-o", "markdown"]);
    assert!(code == 0 && out.contains("| 127.0.0.1 | unchanged | 0 | 0 |"), "{out}{err}");
    assert_eq!(place.runs("127.0.0.1").len(), 2);
    // A row with a problem is no change, and is no success.
    place.write("one.csv", &format!("email,lastName\n{email},Changed\n{email},Changed\n"));
    let (code, out, err) = sync(&[]);
    assert!(code == 1 && out.contains("rows with problems"), "{out}{err}");
}

#[test]
fn a_saved_tenant_is_named_by_the_configuration() {
    let place = Tenants::new();
    let email = place.learner(&place.one);
    place.write("one.csv", &format!("email,lastName\n{email},Changed\n"));
    place.write("sync.toml", "roster = \"one.csv\"\n[[tenants]]\ntenant = \"acme\"\n");
    let connect = ["connect", "acme", "--url", &place.one.url(), "--key-from", "env:ONE_KEY"];
    let (code, out, err) = place.ti(&connect, &[]);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, err) = place.ti(&["sync", "--config", "sync.toml"], &[]);
    assert!(code == 0 && out.contains("acme: applied") && place.one.effects().len() == 1, "{out}{err}");
    let (code, out, err) = place.ti(&["sync", "--config", "sync.toml", "--tenant", "acme"], &[]);
    assert!(code == 2 && err.contains("the configuration has [[tenants]]"), "{out}{err}");
    // The same file is a configuration of `ti plan`.
    let plan = ["plan", "--config", "sync.toml", "--tenant", "acme", "--out", "plan.json"];
    assert_eq!(place.ti(&plan, &[]).0, 0, "as the roster says");
}

#[test]
fn what_cannot_be_reported_is_refused_before_anything_is_written() {
    let place = Tenants::new();
    place.write("one.csv", "email,lastName\nnew@example.com,New\n");
    place.write("sync.toml", "roster = \"one.csv\"\n");
    let sync = |more: &[&str], hook: &str| {
        let command = ["sync", "--config", "sync.toml", "--url", &place.one.url(), "--slack-webhook-env", "HOOK"];
        place.ti(&[&command, more].concat(), &[("TI_API_KEY", place.one.api_key()), ("HOOK", hook)])
    };
    for hook in ["", "http://hooks.example/planted-secret", "planted-secret"] {
        let (code, out, err) = sync(&[], hook);
        assert!(code == 2 && err.contains("the variable HOOK") && !err.contains("planted"), "{out}{err}");
    }
    assert_eq!(sync(&["-o", "csv"], "https://hooks.example").0, 2);
    assert!(place.one.effects().is_empty());
    // The run is done and its summary printed, but a message that is missing is no success.
    let (url, posted) = webhook("404 Not Found");
    let (code, out, err) = sync(&[], &url);
    posted.join().expect("posted");
    assert!(
        code == 2 && out.contains("applied") && err.contains("the webhook responded 404 Not Found: ok"),
        "{out}{err}"
    );
    assert!(!err.contains("planted"), "{err}");
}
