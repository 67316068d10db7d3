//! `ti scim`: what its commands print, what operators see, and a gateway that is killed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::future::{Either, select};
use serde_json::{Value, json};
use tempfile::TempDir;
use thought_industries::Client;
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::place::{parts, ti_in};

/// A tenant, a folder for the store, and a way to talk to gateways.
struct Site {
    sandbox: RunningSandbox,
    http: reqwest::Client,
    folder: TempDir,
}

/// A gateway in a process of its own, which is killed when it is dropped.
struct Gateway {
    process: Child,
    /// The address for directories.
    url: String,
    /// The address for operators.
    operations: String,
}

impl Gateway {
    /// Ends the process at once, wherever it is.
    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

impl Site {
    async fn new(dialect: Dialect) -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::new(dialect).users(40).start().await.expect("a sandbox starts");
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().expect("a client");
        Self { sandbox, http, folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = ti_in(self.folder.path());
        command.env_remove("TI_SCIM_TOKEN").current_dir(self.folder.path());
        command.env("TI_URL", self.sandbox.url()).env("TI_API_KEY", self.sandbox.api_key());
        command.arg("scim").args(arguments);
        command
    }

    /// The exit code, standard output, and standard error.
    fn ti(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        parts(&self.command(arguments).envs(variables.iter().copied()).output().expect("ti runs"))
    }

    /// What a command prints that succeeds, without what each run draws anew.
    fn shown(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.ti(arguments, &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}: {out}");
        self.masked(&out)
    }

    /// Text without times, tokens, ids and addresses, which each run draws anew. What is masked keeps its length.
    fn masked(&self, text: &str) -> String {
        let text = text.replace(&self.sandbox.url(), "https://tenant.example");
        let is_drawn = |word: &str| {
            let is_hex = word.chars().all(|own| own.is_ascii_hexdigit() || own == '-');
            word.starts_with("tiscim_") || (is_hex && word.len() >= 16)
        };
        let mut out = String::new();
        for piece in text.split_inclusive(|own: char| !(own.is_ascii_alphanumeric() || "_-:".contains(own))) {
            let word = piece.trim_end_matches(|own: char| !(own.is_ascii_alphanumeric() || "_-:".contains(own)));
            let is_time = word.len() >= 5 && word.chars().all(|own| own.is_ascii_digit() || "-:TZ".contains(own));
            let masked = if is_time && word.contains(['-', ':']) {
                "0".repeat(word.len())
            } else if is_drawn(word) {
                "x".repeat(word.len())
            } else {
                word.to_owned()
            };
            out.push_str(&masked);
            out.push_str(&piece[word.len()..]);
        }
        out
    }

    /// Starts a gateway, and waits until it listens.
    fn serve(&self) -> Gateway {
        self.serve_with(&[])
    }

    fn serve_with(&self, options: &[&str]) -> Gateway {
        let listen = ["--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"];
        let mut command = self.command(&["serve", "--pace", "off", "--config", "scim.toml"]);
        let mut process = command.args(listen).args(options).stderr(Stdio::piped()).spawn().expect("ti runs");
        let lines = BufReader::new(process.stderr.take().expect("standard error")).lines();
        let (mut url, mut operations) = (None, None);
        for line in lines.map_while(Result::ok) {
            if let Some(rest) = line.strip_prefix("listening on ") {
                let address = rest.split(';').next().expect("an address");
                url = Some(format!("http://{address}/scim/v2"));
            }
            if let Some(address) = line.strip_prefix("operators look at ") {
                operations = Some(address.to_owned());
                break;
            }
        }
        Gateway { process, url: url.expect("an address"), operations: operations.expect("an address") }
    }

    /// Adds a connection without a brake, and returns its token.
    fn connect(&self) -> String {
        std::fs::write(self.path("scim.toml"), "writes-per-minute = 6000\n[brake]\nmost = 100000\npercent = 100.0\n")
            .expect("written");
        let (code, out, err) = self.ti(&["connection", "add", "okta", "--domains", "*"], &[]);
        assert_eq!(code, 0, "{err}");
        out.trim().to_owned()
    }

    /// The status and the body of an answer; none without one.
    async fn ask(&self, url: &str, method: &str, token: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, url).bearer_auth(token);
        let request = body
            .map(ToString::to_string)
            .into_iter()
            .fold(request, |request, body| request.header("content-type", "application/scim+json").body(body));
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.ok()?;
        Some((status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).ok()? }))
    }

    /// Repeats a request until the gateway has read the roster.
    async fn until_ready(&self, gateway: &Gateway) {
        loop {
            let health = self.http.get(format!("{}/health", gateway.operations)).send().await.expect("an answer");
            if health.status().is_success() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_prints_what_it_did() {
    let place = Site::new(Dialect::Documented).await;
    let mut printed = String::new();
    let mut note = |arguments: &[&str]| {
        let shown = place.shown(arguments);
        printed.extend(["$ ti scim ", &arguments.join(" "), "\n", &shown, "\n"]);
    };
    note(&["connection", "add", "okta", "--domains", "example.com,example.org", "--map", "department=ref1"]);
    note(&["connection", "token", "okta", "--label", "second"]);
    note(&["connection", "list"]);
    note(&["connection", "revoke", "okta", "--label", "first"]);
    note(&["connection", "add", "okta", "--domains", "*", "--replace"]);
    note(&["connection", "list", "-o", "json"]);
    note(&["status"]);
    note(&["queue"]);
    note(&["operator"]);
    let (_, token, _) = place.ti(&["connection", "token", "okta", "--label", "third"], &[]);
    std::fs::write(place.path("scim.toml"), "[brake]\nmost = 1\n").expect("written");
    let gateway = place.serve();
    place.until_ready(&gateway).await;
    let users = format!("{}/Users", gateway.url);
    let off = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
    for (name, status) in [("ada", 200), ("grace", 503)] {
        let body = json!({ "userName": format!("{name}@example.com") });
        let (code, user) = place.ask(&users, "POST", token.trim(), Some(&body)).await.expect("an answer");
        assert_eq!(code, 201, "{user}");
        let path = format!("{users}/{}", user["id"].as_str().expect("an id"));
        assert_eq!(place.ask(&path, "PATCH", token.trim(), Some(&off)).await.expect("an answer").0, status);
    }
    note(&["status"]);
    note(&["status", "-o", "json"]);
    note(&["queue"]);
    note(&["release", "entra"]);
    note(&["release"]);
    note(&["audit"]);
    note(&["audit", "--limit", "1", "-o", "json"]);
    note(&["verify"]);
    note(&["backup", "copy.db"]);
    note(&["verify", "--store", "copy.db"]);
    insta::assert_snapshot!("scim", printed);
    for private in ["ada", "grace@", "tiscim_"] {
        assert!(!printed.contains(private), "{private}");
    }
    for (arguments, code, part) in [
        (&["status", "--store", "none.db"][..], 2, "there is no store none.db"),
        (&["connection", "add", "okta", "--domains", "*"], 2, "there is a connection `okta` already"),
        (&["connection", "token", "okta", "--label", "third"], 2, "has a token `third` already"),
        (&["connection", "token", "none", "--label", "a"], 1, "there is no connection `none`"),
        (&["connection", "revoke", "okta", "--label", "none"], 1, "has no token `none`"),
        (&["backup", "copy.db"], 2, "copy.db exists"),
        (&["serve", "--listen", "127.0.0.1:0"], 2, "another gateway uses this store"),
        (&["doctor", "http://127.0.0.1:1/scim/v2"], 2, "TI_SCIM_TOKEN is not set"),
    ] {
        let (seen, _, err) = place.ti(arguments, &[]);
        assert!(seen == code && err.contains(part), "{arguments:?}: {seen} {err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_sends_what_directories_send_and_explains_each_answer() {
    let place = Site::new(Dialect::Documented).await;
    let token = place.connect();
    let gateway = place.serve();
    place.until_ready(&gateway).await;
    let sent = place.sandbox.received().len();
    let arguments = ["doctor", gateway.url.as_str(), "--create", "test@example.com", "-o", "csv"];
    let (code, out, err) = place.ti(&arguments, &[("TI_SCIM_TOKEN", &token)]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    insta::assert_snapshot!("scim_doctor", out);
    assert!(place.sandbox.received().len() > sent, "the creation reaches the tenant");
    assert!(!out.contains(&token));

    let (code, out, _) = place.ti(&["doctor", &gateway.url, "--directory", "okta"], &[("TI_SCIM_TOKEN", "wrong")]);
    assert!(code == 1 && out.contains("`ti scim connection token`"), "{out}");
    let elsewhere = gateway.url.replace("/scim/v2", "/scim/v2/Users/other");
    let (code, out, _) = place.ti(&["doctor", &elsewhere, "--directory", "google"], &[("TI_SCIM_TOKEN", &token)]);
    assert!(code == 1 && out.contains("/scim/v2"), "{out}");
    let url = gateway.url.clone();
    drop(gateway);
    let (code, out, _) = place.ti(&["doctor", &url, "--directory", "entra"], &[("TI_SCIM_TOKEN", &token)]);
    assert!(code == 1 && out.contains("`ti scim serve`"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_for_the_operator_alone_and_loads_nothing() {
    let place = Site::new(Dialect::Documented).await;
    let token = place.connect();
    let gateway = place.serve();
    place.until_ready(&gateway).await;
    let (_, operator, _) = place.ti(&["operator"], &[]);
    let page = |password: Option<String>| {
        let request = place.http.get(format!("{}/", gateway.operations));
        let request = match &password {
            Some(password) => request.basic_auth("me", Some(password)),
            None => request,
        };
        async move { request.send().await.expect("an answer") }
    };
    for password in [None, Some("wrong".to_owned()), Some(token.clone()), Some(String::new())] {
        let refused = page(password).await;
        assert_eq!(refused.status(), 401);
        assert!(refused.headers()["www-authenticate"].to_str().expect("text").starts_with("Basic"));
    }
    let shown = page(Some(operator.trim().to_owned())).await;
    assert_eq!(shown.status(), 200);
    let header = |name: &str| shown.headers()[name].to_str().expect("text").to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!((header("cache-control"), header("x-content-type-options")), ("no-store".into(), "nosniff".into()));
    let text = shown.text().await.expect("a page");
    for part in ["Running", "okta", "For you to do (0)", "Under way (0)", "<h2>Seats</h2>", "class=\"meter\""] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for part in ["<script", "src=", "href=", "url(", &token, operator.trim()] {
        assert!(!text.contains(part), "{part}");
    }
    // A new token ends the old one.
    let (_, _, _) = place.ti(&["operator"], &[]);
    assert_eq!(page(Some(operator.trim().to_owned())).await.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_reach_a_gateway_with_a_certificate_of_its_own_however_slow_others_are() {
    let place = Site::new(Dialect::Documented).await;
    let token = place.connect();
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    std::fs::write(place.path("cert.pem"), &certificate).expect("written");
    std::fs::write(place.path("key.pem"), key.serialize_pem()).expect("written");
    std::fs::write(place.path("other.pem"), rcgen::KeyPair::generate().expect("a key").serialize_pem())
        .expect("written");
    let gateway = place.serve_with(&["--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    place.until_ready(&gateway).await;
    let port = gateway.url.trim_end_matches("/scim/v2").rsplit(':').next().expect("a port").to_owned();
    // These never begin their handshake.
    let slow: Vec<_> =
        (0..20).map(|_| std::net::TcpStream::connect(format!("127.0.0.1:{port}")).expect("connected")).collect();
    let trusted = reqwest::Certificate::from_pem(certificate.as_bytes()).expect("a certificate");
    let https = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().expect("a client");
    let answer = https.get(format!("https://localhost:{port}/scim/v2/Users?count=1")).bearer_auth(&token).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
    let location = body["Resources"][0]["meta"]["location"].as_str().expect("a location");
    assert!(location.starts_with(&format!("https://127.0.0.1:{port}/scim/v2/Users/")), "{location}");
    assert!(place.ask(&format!("{}/Users", gateway.url), "GET", &token, None).await.is_none(), "without TLS");
    drop((slow, gateway));
    for (options, part) in [
        (["--tls-cert", "none.pem", "--tls-key", "key.pem"], "none.pem: no certificate can be read"),
        (["--tls-cert", "cert.pem", "--tls-key", "cert.pem"], "cert.pem: no key can be read"),
        (["--tls-cert", "cert.pem", "--tls-key", "other.pem"], "cert.pem: cannot be used with this key"),
        (["--tls-cert", "key.pem", "--tls-key", "key.pem"], "key.pem: "),
    ] {
        let arguments = ["serve", "--listen", "127.0.0.1:0"].into_iter().chain(options).collect::<Vec<_>>();
        let (code, _, err) = place.ti(&arguments, &[]);
        assert!(code == 2 && err.contains(part) && err.contains("PEM"), "{options:?}: {code} {err}");
    }
}

/// How often the process is killed: `TI_SCIM_KILLS` times.
fn kills() -> usize {
    std::env::var("TI_SCIM_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

async fn provision_while_killed(dialect: Dialect) {
    let place = Site::new(dialect).await;
    let token = place.connect();
    let mut gateway = place.serve();
    place.until_ready(&gateway).await;
    let users = kills() * 2;
    let mut state = BTreeMap::new();
    for number in 0..users {
        let body = json!({ "userName": format!("user{number}@killed.example"), "externalId": format!("e{number}") });
        let off = json!({ "Operations": [{ "op": "replace", "value": { "active": false } }] });
        let is_leaver = number % 3 != 1;
        // Every second user's requests are cut off: behind some request to the tenant, which goes on with each user.
        let mut left = (number % 2 == 0).then_some((number / 2) % 7);
        let mut id = None;
        while id.is_none() {
            let url = format!("{}/Users", gateway.url);
            match place.killed_at(&mut left, &mut gateway, place.ask(&url, "POST", &token, Some(&body))).await {
                Some((201, user)) => id = user["id"].as_str().map(str::to_owned),
                Some((409, _)) => {
                    let filter = format!("{url}?filter=externalId%20eq%20%22e{number}%22");
                    let found = place.ask(&filter, "GET", &token, None).await.expect("an answer").1;
                    id = found["Resources"][0]["id"].as_str().map(str::to_owned);
                }
                None | Some((503 | 429, _)) => {}
                Some(other) => panic!("user {number}: {other:?}"),
            }
        }
        let mut is_off = !is_leaver;
        while !is_off {
            let url = format!("{}/Users/{}", gateway.url, id.as_deref().expect("an id"));
            match place.killed_at(&mut left, &mut gateway, place.ask(&url, "PATCH", &token, Some(&off))).await {
                Some((200, user)) => is_off = user["active"] == false,
                None | Some((503 | 429, _)) => {}
                Some(other) => panic!("user {number}: {other:?}"),
            }
        }
        state.insert(format!("user{number}@killed.example"), Some(is_leaver));
    }
    loop {
        let (_, out, _) = place.ti(&["status", "-o", "json"], &[]);
        let status: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!((&status["failed"], &status["held"]), (&json!(0), &json!(0)));
        if status["waiting"] == 0 {
            break;
        }
    }
    let client = Client::builder().set_url(place.sandbox.url()).set_api_key(place.sandbox.api_key()).without_limits();
    let listed: Vec<_> = client.build().expect("a client").users().list().items().try_collect().await.expect("users");
    let own = listed.into_iter().filter_map(|user| Some((user.email.clone()?, user.disabled)));
    let own: Vec<_> = own.filter(|(email, _)| email.ends_with("@killed.example")).collect();
    assert_eq!(own.len(), users, "no user is there twice");
    assert_eq!(own.into_iter().collect::<BTreeMap<_, _>>(), state);
    let effects = |operation: &str| place.sandbox.effects().iter().filter(|own| own.operation == operation).count();
    assert_eq!(effects("users.create"), users);
    assert_eq!(effects("users.update-status"), state.values().filter(|own| **own == Some(true)).count());
}

impl Site {
    /// Waits for an answer; but if requests to the tenant are counted, the gateway is killed behind the last of them and started
    /// again.
    async fn killed_at(
        &self,
        left: &mut Option<usize>,
        gateway: &mut Gateway,
        asked: impl Future<Output = Option<(u16, Value)>>,
    ) -> Option<(u16, Value)> {
        let Some(requests) = *left else { return asked.await };
        let until = self.sandbox.received().len() + requests;
        let reached = async {
            while self.sandbox.received().len() < until {
                tokio::task::yield_now().await;
            }
        };
        match select(Box::pin(asked), Box::pin(reached)).await {
            Either::Left((answer, _)) => {
                // The answer came first: the next request is cut off earlier.
                *left = Some(requests.saturating_sub(1));
                answer
            }
            Either::Right(_) => {
                *left = None;
                gateway.kill();
                *gateway = self.serve();
                None
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_writes_each_change_once_as_documented() {
    provision_while_killed(Dialect::Documented).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_writes_each_change_once_as_observed() {
    provision_while_killed(Dialect::Observed).await;
}
