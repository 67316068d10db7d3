//! Exports of a sandbox to each format, and what is refused before anything is read.

use std::collections::BTreeSet;
use std::path::Path;

use futures::TryStreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use thought_industries::Client;
use thought_industries_export::{
    Completeness, Error, ErrorKind, Export, Format, Manifest, Pseudonyms, Selection, Usage,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::support::{Tenant, dump, lines};

const USERS: u64 = 250;

async fn tenant(dialect: Dialect) -> (RunningSandbox, Client, TempDir) {
    let tenant = Sandbox::new(dialect).users(USERS).start().await.expect("a sandbox");
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key());
    let client = builder.without_limits().build().expect("right settings");
    (tenant, client, tempfile::tempdir().expect("a folder"))
}

async fn export(client: &Client, selection: Selection, path: &Path) -> Result<Manifest, Error> {
    Export::new(client, selection, path).run(&mut |_| {}).await
}

fn all() -> Selection {
    Selection::of("all").expect("streams")
}

fn users() -> Selection {
    Selection::of("users").expect("a stream")
}

#[tokio::test]
async fn every_format_has_the_same_rows_in_both_dialects() {
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let (_tenant, client, folder) = tenant(dialect).await;
        let mut digests = Vec::new();
        for (name, format) in [("lines", Format::Ndjson), ("compressed", Format::NdjsonZstd), ("cells", Format::Csv)] {
            let path = folder.path().join(name);
            let manifest = Export::new(&client, all(), &path).format(format).run(&mut |_| {}).await.expect("exported");
            assert_eq!(manifest.files.len(), 4, "{dialect}");
            digests.push((manifest.report.id_digest, manifest.report.rows, manifest.report.complete));
        }
        let database = folder.path().join("tenant.sqlite");
        let manifest = export(&client, all(), &database).await.expect("exported");
        digests.push((manifest.report.id_digest, manifest.report.rows, manifest.report.complete));
        digests.dedup();
        assert_eq!(digests.len(), 1, "{dialect}: {digests:?}");
        let users = lines(&folder.path().join("lines/users.ndjson"));
        assert_eq!(users.len(), usize::try_from(USERS).expect("few"));
        let compressed = std::fs::read(folder.path().join("compressed/users.ndjson.zst")).expect("a file");
        let plain = std::fs::read(folder.path().join("lines/users.ndjson")).expect("a file");
        assert!(zstd::decode_all(compressed.as_slice()).expect("zstd") == plain, "{dialect}");
        let database = rusqlite::Connection::open(database).expect("a database");
        let count = |table: &str| {
            let count = format!("SELECT count(*) FROM {table}");
            database.query_row(&count, [], |row| row.get::<_, u32>(0)).expect(table) as usize
        };
        let mut cells = csv::Reader::from_path(folder.path().join("cells/users.csv")).expect("CSV");
        assert_eq!((count("users"), cells.records().count()), (users.len(), users.len()));
        for table in ["clients", "licenses", "enrollments", "user_licenses", "license_seats", "course_progress"] {
            assert!(count(table) > 0 || dialect == Dialect::Observed, "{dialect}: {table}");
        }
        let orphans = "licenses WHERE clientId NOT IN (SELECT id FROM clients)";
        assert_eq!(count(orphans), 0, "{dialect}");
    }
}

/// The ids of a list, as the library has them.
macro_rules! ids {
    ($list:expr) => {
        $list.items().map_ok(|record| record.id).try_collect::<BTreeSet<String>>().await.expect("a list")
    };
}

#[tokio::test]
async fn lists_beside_users_are_exported_whole() {
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let (_tenant, client, folder) = tenant(dialect).await;
        let listed = [
            ("content", ids!(client.content().list())),
            ("course_groups", ids!(client.course_groups().list())),
            ("meetings", ids!(client.meetings().list())),
            ("assessment_attempts", ids!(client.assessments().list())),
            ("coupons", ids!(client.coupons().list())),
            ("redemption_codes", ids!(client.redemption_codes().list())),
        ];
        for (stream, ids) in listed {
            assert!(!ids.is_empty(), "{dialect}: {stream}");
            let path = folder.path().join(format!("{stream}.ndjson"));
            let manifest = export(&client, Selection::of(stream).expect("a stream"), &path).await.expect("exported");
            let rows = lines(&path);
            let exported: BTreeSet<String> =
                rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
            assert_eq!((rows.len(), &exported), (ids.len(), &ids), "{dialect}: {stream}");
            assert_ne!(manifest.report.complete, Completeness::ChangedWhileRead, "{dialect}: {stream}");
        }
    }
}

/// Lists that not every tenant has are no part of `all`, and a tenant without one says so.
#[tokio::test]
async fn a_list_that_the_tenant_lacks_is_named() {
    assert_eq!(
        all().streams().iter().map(|stream| stream.name).collect::<Vec<_>>(),
        ["clients", "licenses", "users", "enrollments"]
    );
    let tenant = Tenant::new(3, 2, |_, _| {});
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("content.ndjson");
    let error =
        export(&tenant.client(), Selection::of("content").expect("a stream"), &path).await.expect_err("no list");
    assert!(error.to_string().starts_with("the list of content failed after 0 entries"), "{error}");
    assert!(!path.exists(), "nothing looks like an export");
}

#[tokio::test]
async fn a_manifest_says_what_was_read_and_files_are_private() {
    let (sandbox, _, folder) = tenant(Dialect::Documented).await;
    let usage = Usage::default();
    let counted = usage.clone();
    let builder = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).without_limits();
    let client = builder.on_event(move |event| counted.count(event)).build().expect("right settings");
    let path = folder.path().join("users.ndjson");
    let selection = users().columns(["email", "disabled"]).expect("columns");
    let manifest = Export::new(&client, selection, &path).usage(usage).run(&mut |_| {}).await.expect("exported");
    let kept = std::fs::read(folder.path().join("users.ndjson.manifest.json")).expect("a manifest");
    assert_eq!(serde_json::from_slice::<Manifest>(&kept).expect("a manifest"), manifest);
    let kept: Value = serde_json::from_slice(&kept).expect("JSON");
    for (field, value) in [
        ("format_version", json!(1)),
        ("tenant", json!(client.url())),
        ("rows", json!(USERS)),
        ("total_first", json!(USERS)),
        ("total_last", json!(USERS)),
        ("complete", json!("proven")),
        ("duplicates", json!(0)),
        ("rejects", json!(0)),
        ("gaps", json!([])),
        ("throttled", json!(0)),
    ] {
        assert_eq!(kept[field], value, "{field}");
    }
    // Three pages, which are then compared.
    assert_eq!(kept["routes"], json!({ "GraphQL": 3 }));
    assert!(kept["requests"].as_u64() >= Some(6) && kept["points"].as_u64() > Some(0), "{kept}");
    assert_eq!(kept["files"][0]["path"], "users.ndjson");
    assert_eq!(kept["files"][0]["bytes"], std::fs::metadata(&path).expect("a file").len());
    let keys: Vec<String> = lines(&path)[0].as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, ["disabled", "email", "id"]);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let entry = entry.expect("an entry");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(entry.metadata().expect("a file").permissions().mode() & 0o777, 0o600, "{entry:?}");
        }
        names.push(entry.file_name().into_string().expect("a name"));
    }
    names.sort();
    assert_eq!(names, ["users.ndjson", "users.ndjson.manifest.json"]);
}

#[tokio::test]
async fn pseudonyms_are_the_same_in_each_format_and_hide_the_address() {
    let (_tenant, client, folder) = tenant(Dialect::Documented).await;
    let pseudonyms = || Pseudonyms::new("0123456789abcdef", ["email", "id"]).expect("a key");
    let selection = || users().columns(["email"]).and_then(|users| users.pseudonyms(pseudonyms())).expect("columns");
    let (text, cells) = (folder.path().join("a.ndjson"), folder.path().join("a.csv"));
    export(&client, selection(), &text).await.expect("exported");
    export(&client, selection(), &cells).await.expect("exported");
    assert!(!std::fs::read_to_string(&text).expect("text").contains('@'));
    let from_cells: Vec<String> = csv::Reader::from_path(&cells)
        .expect("CSV")
        .records()
        .map(|record| record.expect("a record")[1].to_owned())
        .collect();
    let from_text: Vec<String> =
        lines(&text).iter().map(|user| user["email"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(from_text, from_cells);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = || Tenant::new(5, 2, |_, _| {}).client();
    let refused = async |name: &str| {
        let error = export(&client(), users(), &folder.path().join(name)).await.expect_err("refused");
        (error.kind(), error.to_string().replace(&folder.path().display().to_string(), "DIR"))
    };
    let write = |name: &str| std::fs::write(folder.path().join(name), "mine").expect("written");
    write("users.ndjson");
    assert_eq!(refused("users.ndjson").await, (ErrorKind::Exists, "DIR/users.ndjson: the file exists".to_owned()));
    for other in ["a.csv.part", "a.csv.manifest.json", "a.csv.rejects.ndjson", "a.csv.seen"] {
        write(other);
        assert_eq!(refused("a.csv").await, (ErrorKind::Exists, format!("DIR/{other}: the file exists")));
        assert_eq!(std::fs::read_to_string(folder.path().join(other)).expect("text"), "mine");
        std::fs::remove_file(folder.path().join(other)).expect("removed");
    }
    let unknown = refused("users.xml").await;
    assert_eq!(unknown, (ErrorKind::Argument, "DIR/users.xml: the name does not show the format".to_owned()));
    let nowhere = refused("none/users.csv").await;
    assert_eq!(nowhere, (ErrorKind::Argument, "DIR/none/users.csv: the folder DIR/none does not exist".to_owned()));
    let resumed = Export::new(&client(), users(), folder.path().join("b.csv")).resume(true).run(&mut |_| {}).await;
    let error = resumed.expect_err("none was begun");
    assert_eq!(error.kind(), ErrorKind::Checkpoint);
    assert_eq!(error.help(), Some("leave out --resume to begin"));
}

#[tokio::test]
async fn an_entry_without_an_id_is_rejected_and_ends_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let without_id = |number: usize, users: &mut Vec<Value>| {
        if number == 1 {
            users[2]["id"] = json!("");
        }
    };
    for name in ["a.ndjson", "a.sqlite"] {
        let path = folder.path().join(name);
        let client = Tenant::new(5, 2, without_id).client();
        let manifest = export(&client, users(), &path).await.expect("exported");
        assert_eq!((manifest.report.rows, manifest.report.rejects), (4, 1));
        let rejects = lines(&folder.path().join(format!("{name}.rejects.ndjson")));
        assert_eq!(rejects[0]["reason"], "it has no id");
        assert_eq!(rejects[0]["record"]["email"], "u3@example.com");
        assert_eq!(rejects[0]["page"], 2);
    }
    let rows = dump(&folder.path().join("a.sqlite")).into_iter().filter(|line| line.contains("@example.com"));
    assert_eq!(rows.filter(|line| !line.contains("CREATE")).count(), 8, "the table and the view");
}

#[tokio::test]
async fn a_tenant_without_a_total_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = Tenant::new(5, 2, |_, _| {}).without_total().client();
    let manifest = export(&client, users(), &folder.path().join("a.csv")).await.expect("exported");
    assert_eq!((manifest.report.rows, manifest.report.complete), (5, Completeness::Unproven));
    assert_eq!(manifest.report.reasons, ["users: the tenant reports no total"]);
}
