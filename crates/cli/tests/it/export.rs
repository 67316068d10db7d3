//! Exports, as they are killed, continued, verified and compared.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::place::{parts, ti_in};

/// The users of the tenant, and how many are on a page.
const USERS: usize = 330;
const PAGE: usize = 10;

/// A process, and the number of the request after which it is killed.
type Victim = Arc<Mutex<Option<(Child, usize)>>>;

/// A tenant with a v2 list of users, and nothing else. It shares nothing with the client or the sandbox.
struct Tenant {
    url: String,
    victim: Victim,
    users: Arc<Mutex<Vec<Value>>>,
}

fn user(number: usize) -> Value {
    json!({ "id": format!("u-{number}"), "email": format!("u{number}@example.com"), "roleKey": "learner",
            "firstName": "=1+1", "disabled": number.is_multiple_of(7) })
}

impl Tenant {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (victim, users) = (Victim::default(), Arc::new(Mutex::new((0..USERS).map(user).collect::<Vec<_>>())));
        let (killer, list) = (Arc::clone(&victim), Arc::clone(&users));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let (killer, list) = (Arc::clone(&killer), Arc::clone(&list));
                std::thread::spawn(move || _ = serve(connection.expect("a connection"), &killer, &list));
            }
        });
        Self { url, victim, users }
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = ti_in(folder);
        command.env("TI_URL", &self.url).env("TI_API_KEY", "a-key");
        command.current_dir(folder).args(arguments);
        command
    }

    /// The exit code, and everything that was printed.
    fn ti(&self, folder: &Path, arguments: &[&str]) -> (i32, String) {
        let (code, out, err) =
            parts(&self.command(folder, arguments).args(["--pace", "off"]).output().expect("ti runs"));
        (code, out + &err)
    }

    /// Runs a command that is killed after a number of requests. Returns whether it was.
    fn killed(&self, folder: &Path, arguments: &[&str], after: usize) -> bool {
        let mut command = self.command(folder, arguments);
        command.args(["--pace", "off"]).stdout(Stdio::null()).stderr(Stdio::null());
        // The process asks for nothing before it is known here.
        let mut victim = self.victim.lock().expect("not poisoned");
        *victim = Some((command.spawn().expect("ti runs"), after));
        drop(victim);
        loop {
            let mut victim = self.victim.lock().expect("not poisoned");
            let Some((child, _)) = &mut *victim else { return true };
            if let Some(status) = child.try_wait().expect("a process") {
                *victim = None;
                return !status.success();
            }
            drop(victim);
            std::thread::yield_now();
        }
    }
}

/// Answers the requests of a connection.
fn serve(mut connection: TcpStream, victim: &Victim, users: &Mutex<Vec<Value>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    loop {
        let (mut target, mut length) = (String::new(), 0);
        reader.read_line(&mut target)?;
        if target.is_empty() {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())?;
        let is_killed_before = kill(victim, 1);
        let (status, body) = answer(&target, &users.lock().expect("not poisoned"));
        if !is_killed_before {
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            connection.write_all((head + &body).as_bytes())?;
            // The process dies while it works on the response.
            kill(victim, 0);
        }
    }
}

/// Kills the process if its time has come: at an odd number before the response, at an even one after it.
fn kill(victim: &Victim, asked: usize) -> bool {
    let mut victim = victim.lock().expect("not poisoned");
    let Some((child, left)) = &mut *victim else { return false };
    *left = left.saturating_sub(1);
    let is_due = *left == 0 || (asked == 1 && *left == 1);
    if is_due {
        child.kill().expect("killed");
        child.wait().expect("ended");
        *victim = None;
    }
    is_due
}

fn answer(target: &str, users: &[Value]) -> (&'static str, String) {
    let path = target.split(' ').nth(1).unwrap_or_default();
    let Some(query) = path.strip_prefix("/incoming/v2/users") else {
        return ("404 Not Found", json!({ "message": "not here" }).to_string());
    };
    let page: usize = query.split(['?', '&']).find_map(|pair| pair.strip_prefix("page=")?.parse().ok()).unwrap_or(1);
    let shown: Vec<&Value> = users.iter().skip((page - 1) * PAGE).take(PAGE).collect();
    let info =
        json!({ "currentPage": page, "hasMore": page * PAGE < users.len(), "perPage": PAGE, "total": users.len() });
    ("200 OK", json!({ "data": { "APIUsers": { "users": shown, "pageInfo": info } } }).to_string())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// How often each format is killed: 8 times, or as often as `TI_KILLS` says.
fn kills() -> usize {
    std::env::var("TI_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

/// The rows of a database, and the bytes of another file.
fn content(path: &Path) -> Vec<u8> {
    if path.extension().is_some_and(|end| end == "sqlite") {
        let database = rusqlite::Connection::open(path).expect("a database");
        let mut rows = database.prepare("SELECT * FROM users ORDER BY rowid").expect("users");
        let columns = rows.column_count();
        let cell = |row: &rusqlite::Row<'_>, column| row.get::<_, rusqlite::types::Value>(column);
        let rows =
            rows.query_map([], |row| (0..columns).map(|column| cell(row, column)).collect::<Result<Vec<_>, _>>());
        let rows: Vec<_> = rows.expect("rows").map(|row| format!("{row:?}\n")).collect();
        return rows.concat().into_bytes();
    }
    std::fs::read(path).expect("a file")
}

#[test]
fn a_killed_export_continues_to_the_same_file() {
    let (tenant, folder) = (Tenant::start(), folder());
    let mut place = 7_usize;
    for name in ["users.ndjson", "users.ndjson.zst", "users.csv", "users.sqlite"] {
        let whole = folder.path().join(format!("whole-{name}"));
        let (code, text) = tenant.ti(folder.path(), &["export", "users", "--out", whole.to_str().expect("a path")]);
        assert_eq!(code, 0, "{text}");
        for attempt in 0..kills() {
            let file = folder.path().join(format!("{attempt}-{name}"));
            let out = file.to_str().expect("a path");
            // Spread over the run without a source of chance, so that a failure can be repeated.
            place = (place * 37 + 11) % 101;
            let was_killed = tenant.killed(folder.path(), &["export", "users", "--out", out], place + 1);
            if was_killed && attempt % 2 == 0 {
                tenant.killed(folder.path(), &["export", "users", "--out", out, "--resume"], place % 13 + 2);
            }
            if !file.exists() {
                let begun = [format!("{out}.checkpoint.json"), format!("{out}.part")]
                    .iter()
                    .any(|path| Path::new(path).exists());
                let resume: &[&str] = if begun { &["--resume"] } else { &[] };
                let (code, text) = tenant.ti(folder.path(), &[&["export", "users", "--out", out], resume].concat());
                assert_eq!(code, 0, "{name}, killed after {place}: {text}");
            } else if !PathBuf::from(format!("{out}.manifest.json")).exists() {
                let (code, text) = tenant.ti(folder.path(), &["export", "users", "--out", out, "--resume"]);
                assert_eq!(code, 0, "{name}, killed after {place}: {text}");
            }
            assert!(content(&file) == content(&whole), "{name}, killed after {place}");
            let (code, text) = tenant.ti(folder.path(), &["export", "verify", out]);
            assert_eq!(code, 0, "{text}");
        }
    }
}

#[test]
fn changes_between_two_exports_are_shown_field_by_field() {
    let (tenant, folder) = (Tenant::start(), folder());
    let ti = |arguments: &[&str]| tenant.ti(folder.path(), arguments);
    assert_eq!(ti(&["export", "users", "--out", "monday.ndjson", "-q"]), (0, String::new()));
    {
        let mut users = tenant.users.lock().expect("not poisoned");
        users[3]["email"] = json!("new@example.com");
        users.remove(5);
        users.push(user(1_000));
    }
    let (code, text) = ti(&["export", "users", "--out", "tuesday.ndjson", "--changed-since", "monday.ndjson"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("users: 1 added, 1 changed, 1 absent, in tuesday.ndjson.changes.ndjson"), "{text}");
    assert!(text.contains("all rows are read and compared"), "{text}");
    let (code, text) = ti(&["changes", "tuesday.ndjson", "--since", "monday.ndjson", "-o", "csv"]);
    assert_eq!(code, 0, "{text}");
    let expected = "users,changed,u-3,email,u3@example.com,new@example.com\n";
    assert!(text.contains(expected) && text.contains("users,absent,u-5,email,u5@example.com,\n"), "{text}");
    let (code, text) = ti(&["changes", "tuesday.ndjson", "--since", "monday.ndjson", "--ignore", "email"]);
    assert_eq!((code, text.contains("1 added, 0 changed, 1 absent, 329 the same")), (0, true), "{text}");
    let changes = std::fs::read_to_string(folder.path().join("tuesday.ndjson.changes.ndjson")).expect("changes");
    let kinds: Vec<Value> = changes.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let kinds: Vec<&Value> = kinds.iter().map(|change| &change["change"]).collect();
    assert_eq!(kinds, ["changed", "added", "absent"]);
    // A file that was changed is not what its manifest says.
    let path = folder.path().join("monday.ndjson");
    let text = std::fs::read_to_string(&path).expect("text").replacen("u7@", "u8@", 1);
    std::fs::write(&path, text).expect("written");
    let (code, text) = ti(&["export", "verify", "monday.ndjson"]);
    assert_eq!((code, text.as_str()), (1, "monday.ndjson: the content was changed\n"));
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    let (tenant, folder) = (Tenant::start(), folder());
    let ti = |arguments: &[&str]| tenant.ti(folder.path(), arguments);
    std::fs::write(folder.path().join("mine.csv"), "mine").expect("written");
    let (code, text) = ti(&["export", "users", "--out", "mine.csv"]);
    assert_eq!(code, 2);
    assert!(text.contains("mine.csv: the file exists") && text.contains("nothing was overwritten"), "{text}");
    assert_eq!(std::fs::read_to_string(folder.path().join("mine.csv")).expect("text"), "mine");
    let (code, text) = ti(&["export", "users", "--out", "a.csv", "--pseudonymize", "email=hmac"]);
    assert!(code == 2 && text.contains("TI_PSEUDONYM_KEY"), "{text}");
    let (code, text) = ti(&["export", "status", "a.csv"]);
    assert_eq!((code, text.as_str()), (1, "a.csv: no export\n"));
    assert!(tenant.killed(folder.path(), &["export", "users", "--out", "b.csv"], 60));
    let (code, text) = ti(&["export", "status", "b.csv"]);
    assert!(code == 0 && text.contains("b.csv: not done, "), "{text}");
    let (code, text) = ti(&["export", "users", "--deep", "--out", "b.csv", "--resume"]);
    assert!(code == 2 && text.contains("is of users, and not of users, deep"), "{text}");
    let (code, text) = ti(&["export", "verify", "b.csv"]);
    assert!(code == 2 && text.contains("continue it with --resume"), "{text}");
    let (code, text) = ti(&["export", "users", "--out", "b.csv", "--resume", "-o", "json", "--progress", "json"]);
    assert!(code == 0 && text.contains("\"complete\": \"proven\"") && text.contains("\"seconds_left\""), "{text}");
    assert!(std::fs::read_to_string(folder.path().join("b.csv")).expect("text").contains(",'=1+1,"));
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_keeps_what_was_committed() {
    let (tenant, folder) = (Tenant::start(), folder());
    let full = |name: &str, arguments: &str| {
        // A limit for the size of files is a disk that is full.
        let script =
            format!("trap '' XFSZ; ulimit -f 40; exec \"$0\" export users --out {name} --pace off {arguments}");
        let mut command = Command::new("sh");
        let ti = tenant.command(folder.path(), &[]);
        command.args(["-c", &script, env!("CARGO_BIN_EXE_ti")]).current_dir(folder.path());
        command.envs(ti.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.output().expect("sh runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    let (code, text) = full("a.ndjson", "");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("cannot write a.ndjson.part") && text.contains("continue with --resume"), "{text}");
    let (code, text) = tenant.ti(folder.path(), &["export", "users", "--out", "a.ndjson", "--resume"]);
    assert!(code == 0 && text.contains("330 rows in a.ndjson, proven to be complete"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_read_only_is_named() {
    let (tenant, folder) = (Tenant::start(), folder());
    let (code, text) = tenant.ti(folder.path(), &["export", "users", "--out", "/proc/users.csv"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("cannot create /proc/users.csv.lock") && text.contains("may be written to"), "{text}");
}

/// The messages of a tap.
fn messages(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_tap_describes_streams_before_their_records_and_continues_from_a_state() {
    let (tenant, folder) = (Tenant::start(), folder());
    let write =
        |name: &str, value: &Value| std::fs::write(folder.path().join(name), value.to_string()).expect("written");
    write("config.json", &json!({ "url": tenant.url, "api_key": "a-key", "names": "snake" }));
    let (code, text) = tenant.ti(folder.path(), &["tap", "--discover", "--config", "config.json"]);
    assert_eq!(code, 0, "{text}");
    let mut catalog: Value = serde_json::from_str(&text).expect("JSON");
    for stream in catalog["streams"].as_array_mut().expect("streams") {
        stream["metadata"][0]["metadata"]["selected"] = (stream["stream"] == "users").into();
    }
    write("catalog.json", &catalog);
    let tap = |arguments: &[&str]| {
        let (code, text) = tenant.ti(folder.path(), &[&["tap", "--catalog", "catalog.json"], arguments].concat());
        assert!(code == 0 || code == 3, "{text}");
        messages(&text.lines().filter(|line| line.starts_with('{')).collect::<Vec<_>>().join("\n"))
    };
    let all = tap(&["--config", "config.json"]);
    assert_eq!((&all[0]["type"], &all[0]["stream"]), (&json!("SCHEMA"), &json!("users")));
    assert_eq!(
        all[0]["schema"]["properties"]["created_at"],
        json!({ "type": ["null", "string"], "format": "date-time" })
    );
    let of =
        |messages: &[Value], kind: &str| messages.iter().filter(|own| own["type"] == kind).cloned().collect::<Vec<_>>();
    let records = of(&all, "RECORD");
    assert_eq!(records.len(), USERS);
    assert_eq!(records[1]["record"]["first_name"], "=1+1");
    let last = all.last().expect("a message");
    assert_eq!((&last["type"], &last["value"]["last_run"]["complete"]), (&json!("STATE"), &json!("proven")));
    // A run that stopped after its second state goes on there, and repeats nothing that was before.
    let states = of(&all, "STATE");
    let place = all.iter().position(|message| *message == states[1]).expect("a state");
    let before = of(&all[..place], "RECORD").len();
    assert!(before > 0 && before < USERS, "{before}");
    write("state.json", &states[1]["value"]);
    let rest = tap(&["--config", "config.json", "--state", "state.json"]);
    let ids = |records: &[Value]| records.iter().map(|own| own["record"]["id"].to_string()).collect::<Vec<_>>();
    let rest = ids(&of(&rest, "RECORD"));
    assert!(rest.len() < USERS && rest.ends_with(&ids(&records[before..])), "{} of {before}", rest.len());
    write("foreign.json", &json!({ "checkpoint": { "format_version": 1 } }));
    let (code, text) = tenant.ti(folder.path(), &["tap", "--config", "config.json", "--state", "foreign.json"]);
    assert!(code == 2 && text.contains("the checkpoint is not readable"), "{text}");
}

#[test]
fn a_plan_says_what_an_export_takes() {
    let (tenant, folder) = (Tenant::start(), folder());
    let (code, text) = tenant.ti(folder.path(), &["export", "users", "--explain", "-o", "json"]);
    assert_eq!(code, 0, "{text}");
    let plan: Value = serde_json::from_str(&text).expect("JSON");
    let step = &plan["ways"][0]["steps"][0];
    assert_eq!(
        (&step["operation"], &step["entries"], &step["requests"]),
        (&json!("users.list"), &json!(330), &json!(33))
    );
    let (code, text) = tenant.ti(folder.path(), &["export", "users", "--explain", "--share", "10%"]);
    assert!(
        code == 0 && text.contains("used: the lists, each record once") && text.contains("2 min, bound by"),
        "{text}"
    );
    assert!(text.contains("instead: the list, and one request for each user"), "{text}");
}
