//! `ti listen` and what is beside it: killed between accept and answer, and the events afterwards.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;

use crate::place::{parts, ti_in};

const PATH: &str = "0123456789abcdef0123456789abcdef";

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ti_in(self.folder.path());
        command.current_dir(self.folder.path());
        command.env("HOOK_SECRET", "whsec_rotate-me-0001").env("HOOK_PATH", PATH).args(arguments);
        command
    }

    /// The exit code, standard output, and standard error.
    fn ti(&self, arguments: &[&str]) -> (i32, String, String) {
        parts(&self.command(arguments).output().expect("ti runs"))
    }

    fn listen(&self, arguments: &[&str]) -> Listening {
        let mut command = self.command(&["listen", "--bind", "127.0.0.1:0"]);
        let mut process = command.args(arguments).stderr(Stdio::piped()).spawn().expect("ti runs");
        let mut lines = BufReader::new(process.stderr.take().expect("a pipe"));
        let mut line = String::new();
        while !line.starts_with("listening on http://") {
            line.clear();
            assert!(lines.read_line(&mut line).expect("a line") > 0, "ti listen has ended");
        }
        let address = line.trim().trim_start_matches("listening on http://").parse().expect("an address");
        // The pipe stays open, so that no message of the process fails.
        Listening { process, address, _errors: lines }
    }

    /// The ids in the file of `--out`.
    fn written(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("events.ndjson")).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'), "a torn line: {text}");
        let id =
            |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("an id").to_owned();
        text.lines().map(id).collect()
    }
}

struct Listening {
    process: Child,
    address: SocketAddr,
    _errors: BufReader<std::process::ChildStderr>,
}

impl Listening {
    /// kill -9.
    fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

/// Posts an event, and returns the status of the response; `None` if there was none.
fn post(address: SocketAddr, path: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).ok()?;
    response.split(' ').nth(1)?.parse().ok()
}

/// Senders post events until the process is killed after a number of responses, again and again.
#[test]
fn no_event_that_was_answered_200_is_lost_by_a_kill_and_a_file_has_each_once() {
    let kills: usize = std::env::var("TI_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8);
    let place = Desk::new();
    let path = format!("/{PATH}");
    let arguments = ["--no-fill", "--accept-unsigned", "--path-secret-env", "HOOK_PATH", "--out", "events.ndjson"];
    let answered = Mutex::new(BTreeSet::new());
    for round in 0..kills {
        let listening = place.listen(&arguments);
        let (address, is_over, responses) = (listening.address, AtomicBool::new(false), Arc::new(AtomicUsize::new(0)));
        std::thread::scope(|scope| {
            for sender in 0..4 {
                let (path, answered, is_over, responses) = (&path, &answered, &is_over, Arc::clone(&responses));
                scope.spawn(move || {
                    let mut number = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        let id = format!("{round}-{sender}-{number}");
                        let status = post(address, path, &format!("{{\"event\":\"login\",\"id\":\"{id}\"}}"));
                        number += 1;
                        match status {
                            Some(200) => _ = answered.lock().expect("a set").insert(id),
                            // The process was killed.
                            None => return,
                            Some(status) => panic!("{status}"),
                        }
                        responses.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            // The number of responses differs from round to round, and with it the place where the others are.
            while responses.load(Ordering::Relaxed) < 1 + round * 7 % 40 {
                std::thread::yield_now();
            }
            listening.kill();
            is_over.store(true, Ordering::Relaxed);
        });
    }
    // One more start hands over what is left; a last event shows when it is done.
    let listening = place.listen(&arguments);
    assert_eq!(post(listening.address, &path, r#"{"event":"login","id":"last"}"#), Some(200));
    while place.written().last().is_none_or(|id| id != "last") {
        std::thread::yield_now();
    }
    listening.kill();
    let written = place.written();
    let ids: BTreeSet<String> = written.iter().cloned().collect();
    assert_eq!(ids.len(), written.len(), "each event once");
    let lost: Vec<_> = answered.into_inner().expect("a set").difference(&ids).cloned().collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn what_a_command_refuses_is_listed_retried_and_replayed() {
    let place = Desk::new();
    let script = "cat >> got; test -e ready";
    let arguments = ["--no-fill", "--accept-unsigned", "--secret-env", "HOOK_SECRET", "--tries", "1", "--exec", script];
    let listening = place.listen(&arguments);
    let body = r#"{"event":"courseCompletion","id":"e-1","timestamp":"2026-01-01T00:00:00Z","user":"ada@example.com"}"#;
    assert_eq!(post(listening.address, "/", body), Some(200));
    while place.ti(&["events", "dead"]).0 != 1 {
        std::thread::yield_now();
    }
    let (_, out, _) = place.ti(&["events", "dead"]);
    assert!(out.contains("ada@example.com") && out.contains("the command ended with exit code 1 (1 tries)"), "{out}");
    assert!(out.contains("webhook (hint)") && out.contains("2026-01-01 00:00 UTC"), "{out}");
    let second = place.ti(&["listen", "--no-fill", "--bind", "127.0.0.1:0", "--accept-unsigned"]);
    assert!(second.0 == 2 && second.2.contains("another process works with this inbox"), "{}", second.2);

    std::fs::write(place.path("ready"), "").expect("written");
    assert_eq!(place.ti(&["events", "retry"]), (0, "1 events are handed over again\n".to_owned(), String::new()));
    while !place.ti(&["events", "list", "--state", "done"]).1.contains("ada@example.com") {
        std::thread::yield_now();
    }
    assert_eq!(place.ti(&["events", "dead"]).0, 0);
    assert!(place.ti(&["events", "replay"]).2.contains("required"), "nothing is replayed by mistake");
    assert_eq!(place.ti(&["events", "replay", "--user", "ada@example.com"]).1, "1 events are handed over again\n");
    while std::fs::read_to_string(place.path("got")).expect("text").lines().count() < 3 {
        std::thread::yield_now();
    }
    listening.kill();
    let (code, shown, _) = place.ti(&["events", "show", "1"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!((code, &shown["raw"]["user"], &shown["isHint"]), (0, &"ada@example.com".into(), &true.into()));
    assert_eq!(place.ti(&["events", "show", "9"]).0, 1);
}

#[test]
fn mistakes_are_explained_before_anything_is_received() {
    let place = Desk::new();
    let check = |arguments: &[&str], reason: &str| {
        let (code, out, errors) = place.ti(arguments);
        assert!(code == 2 && out.is_empty() && errors.contains(reason), "{arguments:?}: {code} {errors}");
        assert!(!errors.contains("rotate-me") && !errors.contains(PATH), "{errors}");
    };
    check(&["listen", "--no-fill"], "there is no secret to check signatures with");
    check(&["listen", "--no-fill", "--secret-env", "UNSET"], "the variable UNSET for a secret is not set");
    check(
        &["listen", "--no-fill", "--accept-unsigned", "--path-secret-env", "HOOK_SECRET"],
        "shorter than 22 characters",
    );
    check(&["listen", "--secret-env", "HOOK_SECRET"], "--no-fill");
    check(
        &[
            "listen",
            "--no-fill",
            "--secret-env",
            "HOOK_SECRET",
            "--forward",
            "https://x.example",
            "--forward-secret-env",
            "HOOK_SECRET",
        ],
        "not one of Standard Webhooks",
    );
    check(&["events", "list", "--store", "missing.sqlite"], "there is no inbox missing.sqlite");
    std::fs::write(place.path("roster.csv"), "email\na@b.c\n").expect("written");
    check(&["listen", "--no-fill", "--secret-env", "HOOK_SECRET", "--out", "roster.csv"], "name a new file");
    check(&["import-events", "roster.csv"], "none of the headings");
}

#[test]
fn nightly_files_are_imported_once() {
    let place = Desk::new();
    let json = r#"[{"id":"e-1","timestamp":"2026-01-01T00:00:00Z","user":"ada@example.com"}, 7]"#;
    std::fs::write(place.path("courseCompletion-1.json"), json).expect("written");
    std::fs::write(place.path("more.csv"), "id,timestamp,userDetail.id\ne-2,2026-01-02T00:00:00Z,u-2\n")
        .expect("written");
    let (code, out, errors) = place.ti(&["import-events", "courseCompletion-1.json"]);
    assert_eq!((code, out.as_str()), (1, "courseCompletion-1.json: 1 events, 1 of them new\n"));
    assert!(errors.contains("entry 2: not an event"), "{errors}");
    assert_eq!(place.ti(&["import-events", "more.csv", "--kind", "login"]).1, "more.csv: 1 events, 1 of them new\n");
    assert_eq!(place.ti(&["import-events", "more.csv", "--kind", "login"]).1, "more.csv: 1 events, 0 of them new\n");
    let rows: Value = serde_json::from_str(&place.ti(&["events", "list", "-o", "json"]).1).expect("JSON");
    let kinds: Vec<_> =
        rows.as_array().expect("rows").iter().map(|row| row["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["courseCompletion", "login"]);
}
