//! Exports that are read back, verified and compared.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use thought_industries::Client;
use thought_industries_export::{
    Change, ChangeKind, Error, ErrorKind, Export, Exported, Format, Selection, changes, verify, write_changes,
};
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::support::{Tenant, lines};

const NAMES: [&str; 4] = ["a.ndjson", "a.ndjson.zst", "a.csv", "a.sqlite"];

async fn export(client: &Client, what: &str, path: &Path) {
    let selection = Selection::of(what).expect("streams");
    Export::new(client, selection, path).run(&mut |_| {}).await.expect("exported");
}

async fn of_users(users: usize, change: impl Fn(&mut Vec<Value>) + Send + Sync + 'static, path: &Path) {
    let client = Tenant::new(users, 4, move |request, list| {
        if request == 1 {
            change(list);
        }
    })
    .client();
    export(&client, "users", path).await;
}

fn compare(before: &Path, after: &Path) -> Result<Vec<Change>, Error> {
    let (before, after) = (Exported::open(before)?, Exported::open(after)?);
    let mut found = Vec::new();
    changes(&before, &after, &[], &mut |change| {
        found.push(change);
        Ok(())
    })?;
    Ok(found)
}

fn folder() -> (TempDir, impl Fn(&str) -> PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    (folder, move |name: &str| path.join(name))
}

#[tokio::test]
async fn every_format_is_read_back_as_it_was_written() {
    let (_folder, path) = folder();
    let sandbox = Sandbox::new(Dialect::Documented).users(60).start().await.expect("a sandbox");
    let client = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).without_limits();
    let client = client.build().expect("right settings");
    for (name, format) in ["lines", "compressed", "cells"].into_iter().zip(Format::ALL) {
        let all = Selection::of("all").expect("streams");
        Export::new(&client, all, path(name)).format(format).run(&mut |_| {}).await.expect("exported");
        assert_eq!(verify(&Exported::open(&path(name)).expect("an export")).expect("read"), [""; 0], "{name}");
    }
    export(&client, "all", &path("all.sqlite")).await;
    assert_eq!(verify(&Exported::open(&path("all.sqlite")).expect("an export")).expect("read"), [""; 0]);
    // A value that one format changes would be a difference.
    assert_eq!(compare(&path("lines"), &path("compressed")).expect("compared"), []);
    assert_eq!(compare(&path("lines"), &path("all.sqlite")).expect("compared"), []);
    assert_eq!(compare(&path("cells"), &path("cells")).expect("compared"), []);
    let error = compare(&path("cells"), &path("lines")).expect_err("refused");
    assert!(error.to_string().starts_with("only one of the exports is CSV"), "{error}");
}

#[tokio::test]
async fn each_changed_file_is_noticed() {
    for name in NAMES {
        let (_folder, path) = folder();
        of_users(30, |_| {}, &path(name)).await;
        let exported = || Exported::open(&path(name)).expect("an export");
        assert_eq!(verify(&exported()).expect("read"), [""; 0]);
        let bytes = std::fs::read(path(name)).expect("a file");
        for (place, byte) in [(bytes.len() / 2, 1_u8), (bytes.len() - 3, 4)] {
            let mut changed = bytes.clone();
            changed[place] ^= byte;
            std::fs::write(path(name), changed).expect("written");
            assert!(verify(&exported()).is_ok_and(|problems| !problems.is_empty()), "{name}, byte {place}");
        }
        std::fs::write(path(name), &bytes[..bytes.len() / 2]).expect("written");
        assert!(!verify(&exported()).is_ok_and(|problems| problems.is_empty()), "{name}: cut");
    }
}

#[tokio::test]
async fn changes_are_found_in_every_format() {
    for name in NAMES {
        let (_folder, path) = folder();
        let later = format!("later-{name}");
        of_users(9, |_| {}, &path(name)).await;
        let change = |users: &mut Vec<Value>| {
            users[1]["disabled"] = json!(true);
            users[2]["firstName"] = json!("Ada");
            users.swap(4, 5);
            users.remove(7);
            users.push(json!({ "id": "u-new", "email": "new@example.com" }));
        };
        of_users(9, change, &path(&later)).await;
        let found = compare(&path(name), &path(&later)).expect("compared");
        let shown: Vec<(ChangeKind, &str)> = found.iter().map(|change| (change.change, change.key.as_str())).collect();
        let expected = [
            (ChangeKind::Changed, "u-2"),
            (ChangeKind::Changed, "u-3"),
            (ChangeKind::Added, "u-new"),
            (ChangeKind::Absent, "u-8"),
        ];
        assert_eq!(shown, expected, "{name}");
        let (field, text) = (&found[1].fields[0], |value: &Value| value.to_string());
        assert_eq!(
            (field.name.as_str(), text(&field.before), text(&field.after)),
            ("firstName", "null".into(), "\"Ada\"".into())
        );
        let (before, after) = (Exported::open(&path(name)).expect("one"), Exported::open(&path(&later)).expect("one"));
        let counts = write_changes(&before, &after, &["disabled"], &path("changes")).expect("written");
        assert_eq!((counts[0].added, counts[0].changed, counts[0].absent, counts[0].same), (1, 1, 1, 7));
        assert_eq!(lines(&path("changes")).len(), 3);
        let error = write_changes(&before, &after, &[], &path("changes")).expect_err("it exists");
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
}

#[tokio::test]
async fn what_may_be_incomplete_is_not_compared() {
    let (_folder, path) = folder();
    of_users(5, |_| {}, &path("a.ndjson")).await;
    let client = Tenant::new(5, 4, |_, _| {}).without_total().client();
    export(&client, "users", &path("b.ndjson")).await;
    let error = compare(&path("a.ndjson"), &path("b.ndjson")).expect_err("unproven");
    assert!(error.to_string().contains("b.ndjson may be incomplete (users: the tenant reports no total)"), "{error}");
    let error = compare(&path("a.ndjson"), &path("none.ndjson")).expect_err("no export");
    assert_eq!(error.help(), Some("name the file or the folder of an export"));
    std::fs::write(path("a.ndjson.manifest.json"), "{}").expect("written");
    assert_eq!(Exported::open(&path("a.ndjson")).expect_err("damaged").kind(), ErrorKind::Damaged);
}
