//! Exports that are interrupted anywhere, and continue.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures::pin_mut;
use proptest::prelude::*;
use thought_industries_export::{Completeness, ErrorKind, Export, Manifest, Selection};
use tokio::runtime::Runtime;

use crate::support::{Tenant, dump};

const USERS: usize = 95;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn users() -> Selection {
    Selection::of("users").expect("a stream")
}

/// Runs an export until it has reported progress so often, and drops it where it waits next. `None` if it was dropped.
fn interrupt(runtime: &Runtime, export: Export<'_>, after: usize) -> Option<Manifest> {
    let reports = AtomicUsize::new(0);
    runtime.block_on(async {
        let mut on_progress = |_: &_| _ = reports.fetch_add(1, Ordering::Relaxed);
        let run = export.run(&mut on_progress);
        pin_mut!(run);
        while reports.load(Ordering::Relaxed) < after {
            if let Poll::Ready(done) = futures::poll!(run.as_mut()) {
                return Some(done.expect("exported"));
            }
            tokio::task::yield_now().await;
        }
        None
    })
}

/// What is written behind the last commit when a process is killed.
fn tear(path: &Path) {
    let part = path.with_file_name(format!("{}.part", path.file_name().expect("a name").to_string_lossy()));
    if !path.display().to_string().ends_with("sqlite") && part.exists() {
        let mut part = std::fs::OpenOptions::new().append(true).open(part).expect("a part");
        part.write_all(b"{\"id\":\"u-1").expect("written");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn an_interrupted_export_ends_as_an_undisturbed_one(
        format in 0_usize..4,
        cuts in proptest::collection::vec(1_usize..40, 1..4),
    ) {
        let name = ["a.ndjson", "a.ndjson.zst", "a.csv", "a.sqlite"][format];
        let (runtime, folder) = (runtime(), tempfile::tempdir().expect("a folder"));
        let (whole, cut) = (folder.path().join(format!("whole-{name}")), folder.path().join(name));
        let client = Tenant::new(USERS, 2, |_, _| {}).client();
        let export = |path: &Path| Export::new(&client, users(), path);
        let expected = runtime.block_on(export(&whole).run(&mut |_| {})).expect("exported");
        let mut done = None;
        for (place, after) in cuts.iter().enumerate() {
            if done.is_none() {
                done = interrupt(&runtime, export(&cut).resume(place > 0), *after);
                tear(&cut);
            }
        }
        let done = done.unwrap_or_else(|| {
            runtime.block_on(export(&cut).resume(true).run(&mut |_| {})).expect("exported")
        });
        prop_assert_eq!(done.report.complete, Completeness::Proven, "{:?}", done.report.reasons);
        prop_assert_eq!((done.report.id_digest, done.report.rows), (expected.report.id_digest, USERS as u64));
        if name == "a.sqlite" {
            prop_assert_eq!(dump(&cut), dump(&whole));
        } else {
            prop_assert!(std::fs::read(&cut).expect("a file") == std::fs::read(&whole).expect("a file"));
            prop_assert_eq!(&done.files[0].sha256, &expected.files[0].sha256);
        }
    }
}

#[test]
fn an_unfinished_export_is_continued_with_the_same_arguments_only() {
    let (runtime, folder) = (runtime(), tempfile::tempdir().expect("a folder"));
    let client = Tenant::new(USERS, 2, |_, _| {}).client();
    for name in ["a.ndjson", "a.sqlite"] {
        let path = folder.path().join(name);
        assert!(interrupt(&runtime, Export::new(&client, users(), &path), 20).is_none());
        let fails = |export: Export<'_>| {
            let error = runtime.block_on(export.run(&mut |_| {})).expect_err("refused");
            (error.kind(), error.to_string())
        };
        let (kind, message) = fails(Export::new(&client, users(), &path));
        assert_eq!(kind, ErrorKind::Exists, "{message}");
        let columns = users().columns(["email"]).expect("a column");
        let (kind, message) = fails(Export::new(&client, columns, &path).resume(true));
        assert_eq!((kind, message.as_str()), (ErrorKind::Checkpoint, "the export that was begun has other columns"));
        let other = thought_industries::Client::new("other", "key").expect("right settings");
        let (kind, message) = fails(Export::new(&other, users(), &path).resume(true));
        assert_eq!(kind, ErrorKind::Checkpoint);
        assert!(message.ends_with("and not of https://other.thoughtindustries.com/"), "{message}");
        let done = runtime.block_on(Export::new(&client, users(), &path).resume(true).run(&mut |_| {}));
        assert_eq!(done.expect("exported").report.complete, Completeness::Proven);
        let (kind, message) = fails(Export::new(&client, users(), &path).resume(true));
        assert_eq!(kind, ErrorKind::Checkpoint, "{message}");
    }
}

#[test]
fn a_file_that_was_cut_is_not_continued() {
    let (runtime, folder) = (runtime(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("a.csv");
    let client = Tenant::new(USERS, 2, |_, _| {}).client();
    assert!(interrupt(&runtime, Export::new(&client, users(), &path), 20).is_none());
    std::fs::write(folder.path().join("a.csv.part"), "id\n").expect("written");
    let resumed = runtime.block_on(Export::new(&client, users(), &path).resume(true).run(&mut |_| {}));
    let error = resumed.expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    assert_eq!(std::fs::read_to_string(folder.path().join("a.csv.part")).expect("text"), "id\n");
}

#[test]
fn one_process_writes_an_export() {
    let (runtime, folder) = (runtime(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("a.csv");
    let client = Tenant::new(USERS, 2, |_, _| {}).client();
    let lock = std::fs::File::create(folder.path().join("a.csv.lock")).expect("a lock");
    lock.try_lock().expect("locked");
    let error = runtime.block_on(Export::new(&client, users(), &path).run(&mut |_| {})).expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Locked, "{error}");
}
